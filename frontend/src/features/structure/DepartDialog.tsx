/** Somebody leaves the organisation: what ends, why, and a proof of who decides it. */
import { useTranslation } from "react-i18next"
import type { StaffRow } from "../../core/index.ts"
import { Dialog } from "../../ui/Dialog.tsx"
import { toast } from "../../ui/toasts.ts"
import { useCordee } from "../cordee.ts"
import { ReasonForm } from "./ReasonForm.tsx"
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
  const { name, user } = person
  return (
    <ReasonForm
      consequence={t("departs.consequence", { name })}
      limits={t("departs.elsewhere")}
      label={t("departs.reason")}
      help={t("departs.reasonHelp")}
      missing={t("departs.reasonMissing")}
      submit={t("departs.submit", { name })}
      onClose={onClose}
      act={async (reason) => {
        const { places, elsewhere } = await structure.depart(organisation, user, reason)
        await onDone()
        onClose()
        toast(t(elsewhere ? "departs.doneElsewhere" : "departs.done", { name, count: places }))
      }}
    />
  )
}
