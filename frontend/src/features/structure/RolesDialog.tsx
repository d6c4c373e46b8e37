/** Which roles somebody holds in the organisation: given and taken one by one, with what each allows. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ORGANISATION_ROLES, type OrganisationId, type OrganisationRole, type StaffRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"

export interface StaffDialogProps {
  organisation: OrganisationId
  person: StaffRow | null
  onClose: () => void
  onDone: () => Promise<void>
}

export function RolesDialog({ person, ...form }: StaffDialogProps) {
  const { t } = useTranslation("organisation")
  return (
    <Dialog title={t("rolesOf", { name: person?.name ?? "" })} isOpen={person !== null} onClose={form.onClose}>
      {person && <RolesForm {...form} person={person} />}
    </Dialog>
  )
}

function RolesForm({ organisation, person, onClose, onDone }: StaffDialogProps & { person: StaffRow }) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const act = useAct()
  const [held, setHeld] = useState<readonly OrganisationRole[]>(person.roles)
  // The operator alone brings in somebody from elsewhere.
  const offered = ORGANISATION_ROLES.filter((role) => person.here || person.roles.includes(role))
  const save = async () => {
    for (const role of offered) {
      const before = person.roles.includes(role)
      if (held.includes(role) === before) continue
      await (before ? structure.dismiss : structure.appoint)(organisation, person.user, role)
    }
    await onDone()
    onClose()
    toast(t("rolesDone", { name: person.name }))
  }
  return (
    <>
      <Checkboxes
        label={t("rolesLabel")}
        boxes={offered.map((value) => ({
          value,
          label: t("roleThatMay", { role: t(`roles.${value}`), may: t(`may.${value}`) }),
        }))}
        values={held}
        onChange={setHeld}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          variant="primary"
          isPending={act.running}
          onPress={() => {
            act.run(save)
          }}
        >
          {t("save")}
        </Button>
      </div>
    </>
  )
}
