/** Identifier and secret of a program, this once. */
import { useTranslation } from "react-i18next"
import type { SystemSecret } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"

const unchanged = (): void => undefined

export function SecretShown({ secret, onClose }: { secret: SystemSecret; onClose: () => void }) {
  const { t } = useTranslation("careteam")
  return (
    <>
      <p>{t("systems.secretNote")}</p>
      <Field code label={t("systems.clientId")} value={secret.client_id} onChange={unchanged} />
      <Field code label={t("systems.secret")} value={secret.client_secret} onChange={unchanged} />
      <div className="dialog-actions">
        <Button variant="primary" onPress={onClose}>
          {t("close")}
        </Button>
      </div>
    </>
  )
}
