/** Everything is lost: what a new identity means, in plain words and before the button that makes it. */
import { useTranslation } from "react-i18next"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { useCordee } from "../cordee.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { Problem } from "./Problem.tsx"
import { ProveForm } from "./ProveForm.tsx"
import { useProvenAct } from "./provenAct.ts"

const consequences = ["seen", "confirmed", "history", "devices"] as const

export function ResetIdentity({ onBack }: { onBack: () => void }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const act = useProvenAct()
  return (
    <GatePanes headline={t("device.headline")} explanation={t("reset.before")} wide>
      <GateTitle>{t("reset.title")}</GateTitle>
      <p>{t("reset.what")}</p>
      <ul className="consequences">
        {consequences.map((each) => (
          <li key={each}>
            <Icon name="right" small />
            <span>{t(`reset.${each}`)}</span>
          </li>
        ))}
      </ul>
      {act.proving ? (
        <ProveForm withPasskey onClose={act.giveUp} onProven={act.goOn} />
      ) : (
        <>
          <Problem words={act.problem} />
          <Button
            large
            variant="danger"
            isPending={act.running}
            onPress={() => {
              act.run(() => cordee.resetIdentity())
            }}
          >
            {act.running ? t("reset.running") : t("reset.submit")}
          </Button>
          <Button onPress={onBack}>{t("reset.back")}</Button>
        </>
      )}
    </GatePanes>
  )
}
