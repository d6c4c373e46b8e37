/** Who can read what is written from now on, said where the members are. */
import { useTranslation } from "react-i18next"
import type { CircleView } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Icon } from "../../ui/Icon.tsx"

export function EncryptionCard({ view }: { view: CircleView }) {
  const { t } = useTranslation("chat")
  const dates = useDates()
  const count = view.detail?.members.length ?? 0
  const people = t("encryption.people", { count })
  if (view.composer.state === "refused") {
    return (
      <div className="encryption">
        <p className="encryption-head encryption-failed">
          <Icon name="shield-cross" />
          <b>{t("encryption.failed", { hour: dates.hour(view.composer.refusal.at) })}</b>
        </p>
        <p className="soft">{t("encryption.failedNote", { people })}</p>
      </div>
    )
  }
  if (view.detail === null || view.composer.state === "left") return null
  return (
    <div className="encryption">
      <p className="encryption-head">
        <Icon name="shield" />
        <b>{t("encryption.title")}</b>
      </p>
      <p className="soft">{t("encryption.note", { people, count })}</p>
    </div>
  )
}
