/** Ways to fill an identity without typing it: an INS datamatrix, pasted, scanned or photographed; the national service. */
import "./identity.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { FileTrigger } from "react-aria-components"
import { isDatamatrix, readDatamatrix, type InsiAnswer } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { announce } from "../../ui/announce.ts"
import { useCordee } from "../cordee.ts"
import { searched, withFound, withScanned, type IdentityForm } from "./identityForm.ts"
import { NationalAnswer } from "./NationalAnswer.tsx"
import { readPhoto } from "./photo.ts"

interface CaptureProps {
  form: IdentityForm
  change: (form: IdentityForm) => void
}

type Told = { readonly problem: string } | { readonly answer: InsiAnswer } | null

export function Capture({ form, change }: CaptureProps) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const words = useErrorWords()
  const today = useToday()
  const [text, setText] = useState("")
  const [running, setRunning] = useState<"photo" | "insi" | null>(null)
  const [told, setTold] = useState<Told>(null)
  const asked = searched(form, today)

  const take = (code: string, whole: boolean) => {
    const traits = readDatamatrix(code)
    if (traits !== null) {
      change(withScanned(form, traits))
      setText("")
      setTold(null)
      announce(t("capture.read"))
    } else {
      setText(code)
      setTold(whole ? { problem: t("capture.unreadable") } : null)
    }
  }
  const photograph = async (files: FileList | null) => {
    const file = files?.item(0)
    if (!file) return
    setRunning("photo")
    const code = await readPhoto(file).catch(() => null)
    setRunning(null)
    if (code === null) setTold({ problem: t("capture.noCode") })
    else take(code, true)
  }
  const ask = async () => {
    if (asked === null) {
      setTold({ problem: t("insi.incomplete") })
      return
    }
    setRunning("insi")
    setTold(
      await cordee.patients
        .insi({ ...asked, attributes: form.attributes, matricule: null, oid: null })
        .then((answer) => ({ answer }))
        .catch((error: unknown) => ({ problem: words(error) })),
    )
    setRunning(null)
  }

  return (
    <div className="capture">
      <Field
        label={t("capture.label")}
        help={t("capture.help")}
        value={text}
        onChange={(typed) => {
          // A paste comes at once, a scanner key by key: whole is what can be read.
          take(typed, typed.length - text.length > 1 && isDatamatrix(typed))
        }}
        autoComplete="off"
        code
      />
      <div className="capture-ways">
        <FileTrigger
          acceptedFileTypes={["image/*"]}
          defaultCamera="environment"
          onSelect={(files) => {
            void photograph(files)
          }}
        >
          <Button icon="picture" isPending={running === "photo"}>
            {running === "photo" ? t("capture.reading") : t("capture.photo")}
          </Button>
        </FileTrigger>
        <Button icon="search" isPending={running === "insi"} onPress={() => void ask()}>
          {running === "insi" ? t("insi.asking") : t("insi.ask")}
        </Button>
      </div>
      {told !== null && "problem" in told && <Notice role="status">{told.problem}</Notice>}
      {told !== null && "answer" in told && (
        <NationalAnswer
          answer={told.answer}
          take={(found) => {
            change(withFound(form, found))
            setTold(null)
            announce(t("insi.taken"))
          }}
        />
      )}
    </div>
  )
}
