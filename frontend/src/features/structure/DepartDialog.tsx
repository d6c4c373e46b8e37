/** Somebody leaves the organisation: what ends, why, and a proof of who decides it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { StaffRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { toast } from "../../ui/toasts.ts"
import { Problem } from "../auth/Problem.tsx"
import { ProveForm } from "../auth/ProveForm.tsx"
import { useProvenAct } from "../auth/provenAct.ts"
import { useCordee } from "../cordee.ts"
import type { StaffDialogProps } from "./RolesDialog.tsx"

export function DepartDialog({ person, ...form }: StaffDialogProps) {
  const { t } = useTranslation("organisation")
  return (
    <Dialog title={t("departs.title")} role="alertdialog" isOpen={person !== null} onClose={form.onClose}>
      {person && <DepartForm {...form} person={person} />}
    </Dialog>
  )
}

function DepartForm({ organisation, person, onClose, onDone }: StaffDialogProps & { person: StaffRow }) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const act = useProvenAct()
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const { name, user } = person
  const said = reason.trim()
  const depart = async () => {
    const { places, elsewhere } = await structure.depart(organisation, user, said)
    await onDone()
    onClose()
    toast(t(elsewhere ? "departs.doneElsewhere" : "departs.done", { name, count: places }))
  }
  if (act.proving) return <ProveForm withPasskey onClose={act.giveUp} onProven={act.goOn} />
  return (
    <>
      <p>{t("departs.consequence", { name })}</p>
      <p className="small soft">{t("departs.elsewhere")}</p>
      <Field
        label={t("departs.reason")}
        help={t("departs.reasonHelp")}
        value={reason}
        onChange={setReason}
        maxLength={500}
        error={tried && said === "" ? t("departs.reasonMissing") : undefined}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          variant="danger"
          isPending={act.running}
          onPress={() => {
            setTried(true)
            if (said !== "") act.run(depart)
          }}
        >
          {t("departs.submit", { name })}
        </Button>
      </div>
    </>
  )
}
