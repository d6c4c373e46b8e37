/** Who can read what is written from now on, said where the members are. */
import { useTranslation } from "react-i18next"
import type { CircleView } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Icon } from "../../ui/Icon.tsx"

export function EncryptionCard({ view }: { view: CircleView }) {
  const { t } = useTranslation("chat")
  const dates = useDates()
  if (view.composer.state === "left") return null
  const words = view.readers && {
    people: t("encryption.people", { count: view.readers.people }),
    devices: t("encryption.devices", { count: view.readers.devices }),
  }
  if (view.composer.state === "refused") {
    return (
      <div className="encryption">
        <p className="encryption-head encryption-failed">
          <Icon name="shield-cross" />
          <b>{t("encryption.failed", { hour: dates.hour(view.composer.refusal.at) })}</b>
        </p>
        {words && <p className="soft">{t("encryption.failedNote", words)}</p>}
      </div>
    )
  }
  if (words === null) return null
  return (
    <div className="encryption">
      <p className="encryption-head">
        <Icon name="shield" />
        <b>{t("encryption.title")}</b>
      </p>
      <p className="soft">{t("encryption.note", words)}</p>
    </div>
  )
}
