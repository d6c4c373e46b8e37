/** From what an officer knows of a patient or a professional to their codes; what was looked for is in the trail. */
import "../circles/openCircle.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { KnownSubject, SubjectFound } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { emptyIdentity, searched } from "../identity/identityForm.ts"
import { PatientPart } from "../identity/IdentityParts.tsx"
import { subjectCode } from "./code.ts"
import { useDesk } from "./desk.ts"
import type { Followed } from "./filters.ts"

interface WhoDialogProps {
  isOpen: boolean
  onClose: () => void
  onChoose: (key: Followed, value: string) => void
}

const KNOWN = ["person", "patient"] as const

export function WhoDialog({ isOpen, onChoose, onClose }: WhoDialogProps) {
  const { t } = useTranslation("trail")
  return (
    <Dialog title={t("who.title")} isOpen={isOpen} onClose={onClose}>
      <WhoForm onChoose={onChoose} onClose={onClose} />
    </Dialog>
  )
}

function WhoForm({ onChoose, onClose }: Omit<WhoDialogProps, "isOpen">) {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const today = useToday()
  const act = useAct()
  const [of, setOf] = useState<(typeof KNOWN)[number]>("person")
  const [name, setName] = useState("")
  const [form, setForm] = useState(emptyIdentity)
  const [found, setFound] = useState<readonly SubjectFound[] | null>(null)
  const traits = searched(form, today)
  const patient = traits === null ? null : { patient: traits }
  const known: KnownSubject | null = of === "patient" ? patient : name.trim() === "" ? null : { person: name.trim() }
  return (
    <form
      className="dialog-form who"
      onSubmit={(event) => {
        event.preventDefault()
        if (known === null) return
        act.run(async () => {
          setFound(await trail.subjects(id, known))
        })
      }}
    >
      <Segmented
        label={t("who.title")}
        choices={KNOWN.map((value) => ({ value, label: t(`who.of.${value}`) }))}
        value={of}
        onChange={(value) => {
          setOf(value)
          setFound(null)
        }}
      />
      {of === "person" ? (
        <Field label={t("who.name")} help={t("who.nameHelp")} value={name} onChange={setName} autoFocus />
      ) : (
        <PatientPart
          form={form}
          change={(changes) => {
            setForm({ ...form, ...changes })
            setFound(null)
          }}
          problem={() => undefined}
        />
      )}
      <p className="small soft">{t("who.recorded")}</p>
      <Problem words={act.problem} />
      {found !== null && <Answer found={found} onChoose={onChoose} />}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("who.cancel")}</Button>
        <Button variant="primary" type="submit" isDisabled={known === null} isPending={act.running}>
          {t("who.submit")}
        </Button>
      </div>
    </form>
  )
}

function Answer({ found, onChoose }: { found: readonly SubjectFound[]; onChoose: WhoDialogProps["onChoose"] }) {
  const { t } = useTranslation("trail")
  if (found.length === 0) return <p role="status">{t("who.none")}</p>
  return (
    <ul className="who-found" role="status">
      {found.map(({ circles, kind, name, pseudonym }) => {
        const code = subjectCode(kind, pseudonym)
        return (
          <li key={pseudonym}>
            <span>
              <b>{code}</b>
              {name !== null && <> {name}</>}
              {circles.length > 0 && (
                <span className="soft small">
                  {" "}
                  {t("who.circles", {
                    count: circles.length,
                    codes: circles.map((each) => subjectCode("Circle", each)).join(", "),
                  })}
                </span>
              )}
            </span>
            <Button
              aria-label={t("who.chooseCode", { code })}
              onPress={() => {
                onChoose(kind === "Person" ? "who" : kind === "Patient" ? "pat" : "cir", pseudonym)
              }}
            >
              {t("who.choose")}
            </Button>
          </li>
        )
      })}
    </ul>
  )
}
