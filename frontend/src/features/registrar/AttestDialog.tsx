/** Signing that a key is this professional's: only after both checks, which nobody else can make. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQueryClient } from "@tanstack/react-query"
import { Form } from "react-aria-components"
import type { OrganisationId, RegisteredPerson } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { withKey } from "./withKey.ts"

interface AttestDialogProps {
  organisation: OrganisationId
  person: RegisteredPerson | null
  onClose: () => void
}

export function AttestDialog({ organisation, person, onClose }: AttestDialogProps) {
  const { t } = useTranslation("registrar")
  return (
    <Dialog title={t("attest.title")} role="alertdialog" isOpen={person !== null} onClose={onClose}>
      {person && <Attesting organisation={organisation} person={person} onClose={onClose} />}
    </Dialog>
  )
}

const checks = ["card", "number"] as const
type Check = (typeof checks)[number]

function Attesting({ organisation, person, onClose }: AttestDialogProps & { person: RegisteredPerson }) {
  const { t } = useTranslation("registrar")
  const cordee = useCordee()
  const queries = useQueryClient()
  const act = useAct()
  const [made, setMade] = useState<readonly Check[]>([])
  const [tried, setTried] = useState(false)
  const missing = made.length < checks.length
  const { name, number, profession, user } = person

  const attest = () => {
    setTried(true)
    if (missing) return
    act.run(async () => {
      await withKey(() => cordee.attest(organisation, user))
      await queries.invalidateQueries({ queryKey: ["organisation", organisation] })
      onClose()
      toast(t("attest.done", { name }))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        attest()
      }}
    >
      <p>{t("attest.what", { name, number, profession: profession.label })}</p>
      <Checkboxes
        label={t("attest.checks")}
        boxes={checks.map((value) => ({ value, label: t(`attest.check.${value}`, { number }) }))}
        values={made}
        onChange={setMade}
      />
      <Problem words={tried && missing ? t("attest.missing") : act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" icon="check" isPending={act.running}>
          {t("attest.submit")}
        </Button>
      </div>
    </Form>
  )
}
