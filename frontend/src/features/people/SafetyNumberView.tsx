/** A safety number to be read aloud, and as a code for the other's camera. */
import "./safety.css"
import { useTranslation } from "react-i18next"
import type { SafetyNumber } from "../../core/index.ts"
import { QrCode } from "../../ui/QrCode.tsx"

export function SafetyNumberView({ digits, qr }: Pick<SafetyNumber, "digits" | "qr">) {
  const { t } = useTranslation("people")
  return (
    <div className="safety">
      <ol className="safety-digits" aria-label={t("safety.digits")}>
        {digits.map((group, index) => (
          <li key={index}>{group}</li>
        ))}
      </ol>
      <QrCode content={qr} label={t("safety.code")} />
    </div>
  )
}
