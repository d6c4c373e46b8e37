/** The six digits after the password. */
import { useTranslation } from "react-i18next"
import { Button } from "../../ui/Button.tsx"
import { useCordee } from "../cordee.ts"
import { CodeForm } from "./CodeForm.tsx"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"
import { useSignOut } from "./signOut.ts"

export function SecondFactor() {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  const signOut = useSignOut()
  return (
    <GatePanes headline={t("signIn.headline")} explanation={t("signIn.explanation")}>
      <GateTitle>{t("secondFactor.title")}</GateTitle>
      <p className="small soft">{t("secondFactor.explanation")}</p>
      <CodeForm submit={(code) => cordee.confirmCode(code)} />
      <Button variant="quiet" onPress={signOut}>
        {t("secondFactor.back")}
      </Button>
    </GatePanes>
  )
}
