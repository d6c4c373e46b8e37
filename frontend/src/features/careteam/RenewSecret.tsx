/** Another secret for a program: the old one ends at once. */
import { useTranslation } from "react-i18next"
import type { OrganisationId, SystemRow, SystemSecret } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Problem } from "../auth/Problem.tsx"
import { ProveForm } from "../auth/ProveForm.tsx"
import { useProvenAct } from "../auth/provenAct.ts"
import { useCordee } from "../cordee.ts"

interface RenewSecretProps {
  organisation: OrganisationId
  system: SystemRow
  onClose: () => void
  onMade: (secret: SystemSecret) => void
}

export function RenewSecret({ organisation, system, onClose, onMade }: RenewSecretProps) {
  const { t } = useTranslation("careteam")
  const cordee = useCordee()
  const act = useProvenAct()
  if (act.proving) return <ProveForm withPasskey onClose={act.giveUp} onProven={act.goOn} />
  return (
    <>
      <p>{t("systems.renewConsequence")}</p>
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          variant="primary"
          icon="key"
          isPending={act.running}
          onPress={() => {
            act.run(async () => {
              onMade(await cordee.careTeams.renewSecret(organisation, system.id))
            })
          }}
        >
          {t("systems.renew")}
        </Button>
      </div>
    </>
  )
}
