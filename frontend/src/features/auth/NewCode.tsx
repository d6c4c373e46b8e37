/** Another recovery code took the old one's place, on a device that was at work: asked for, or after a loss. */
import { useTranslation } from "react-i18next"
import type { RecoveryCode } from "../../core/index.ts"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { KeepCode } from "./KeepCode.tsx"

export function NewCode({ code }: { code: RecoveryCode }) {
  const { t } = useTranslation("auth")
  return (
    <GatePanes headline={t("newCode.headline")} explanation={t("newCode.explanation")} wide>
      <GateTitle>{t("newCode.title")}</GateTitle>
      <p>{t("newCode.note")}</p>
      <KeepCode code={code} />
    </GatePanes>
  )
}
