/** Giving a program access: its name, and whom its proposals reach. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { Form } from "react-aria-components"
import type { OrganisationId, SystemSecret, UserId } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Select } from "../../ui/Select.tsx"
import { Problem } from "../auth/Problem.tsx"
import { ProveForm } from "../auth/ProveForm.tsx"
import { useProvenAct } from "../auth/provenAct.ts"
import { useCordee } from "../cordee.ts"

interface AddSystemProps {
  organisation: OrganisationId
  onClose: () => void
  onMade: (secret: SystemSecret) => void
}

export function AddSystem({ organisation, onClose, onMade }: AddSystemProps) {
  const { t } = useTranslation("careteam")
  const cordee = useCordee()
  const act = useProvenAct()
  const { data: staff = [] } = useQuery({
    queryKey: ["staff", organisation],
    queryFn: () => cordee.structure.staff(organisation),
  })
  const [name, setName] = useState("")
  const [coordinator, setCoordinator] = useState<UserId | null>(null)
  if (act.proving) return <ProveForm withPasskey onClose={act.giveUp} onProven={act.goOn} />
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        if (coordinator === null) return
        act.run(async () => {
          onMade(await cordee.careTeams.addSystem(organisation, name.trim(), coordinator))
        })
      }}
    >
      <Field label={t("systems.name")} value={name} onChange={setName} maxLength={80} isRequired autoFocus />
      <Select
        label={t("systems.to")}
        choices={staff.filter(({ here }) => here).map((each) => ({ value: each.user, label: each.name }))}
        value={coordinator}
        onChange={setCoordinator}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          type="submit"
          variant="primary"
          icon="key"
          isDisabled={name.trim() === "" || coordinator === null}
          isPending={act.running}
        >
          {t("systems.submit")}
        </Button>
      </div>
    </Form>
  )
}
