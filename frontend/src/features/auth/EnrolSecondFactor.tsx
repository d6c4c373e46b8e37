/**
 * An account without a second factor gets one here: the secret goes into an authenticator application, a code proves
 * it.
 */
import { useTranslation } from "react-i18next"
import { QrCode } from "../../ui/QrCode.tsx"
import { useCordee } from "../cordee.ts"
import { CodeForm } from "./CodeForm.tsx"
import { GatePanes } from "./GatePanes.tsx"
import { GateTitle } from "./GateTitle.tsx"

export function EnrolSecondFactor({ secret, url }: { secret: string; url: string }) {
  const { t } = useTranslation("auth")
  const cordee = useCordee()
  return (
    <GatePanes headline={t("signIn.headline")} explanation={t("signIn.explanation")}>
      <GateTitle>{t("enrol.title")}</GateTitle>
      <p className="small soft">{t("enrol.explanation")}</p>
      <div className="box">
        <p className="box-head">{t("enrol.scan")}</p>
        <QrCode content={url} label={t("enrol.qr")} />
        <p className="box-head">{t("enrol.secret")}</p>
        <p className="code enrol-secret">{secret.replace(/(.{4})(?=.)/g, "$1 ")}</p>
        <p className="mini faint">
          {t("enrol.onThisPhone")}{" "}
          <a className="text-link" href={url}>
            {t("enrol.openApplication")}
          </a>
        </p>
      </div>
      <CodeForm submit={(code) => cordee.enrolCode(code)} />
    </GatePanes>
  )
}
