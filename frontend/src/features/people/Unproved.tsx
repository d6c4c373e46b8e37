/**
 * Whose keys the log of keys has not proved for some time (level 1): what is written goes meanwhile, for a day; then it
 * waits. Gone by itself when the proof is there.
 */
import "./waiting.css"
import { useTranslation } from "react-i18next"
import type { CircleView } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Notice } from "../../ui/Notice.tsx"
import { fullName } from "../directory/professional.ts"

export function Unproved({ view }: { view: CircleView }) {
  const { t, i18n } = useTranslation(["people", "chat"])
  const dates = useDates()
  const { people, unproved } = view
  if (unproved === null) return null
  const { isStopped, since, users } = unproved
  const names = users.map((user) => {
    const person = people.get(user)
    return person === undefined ? t("chat:someone") : fullName(person)
  })
  return (
    <div className="waiting" role="status">
      <Notice icon="key">
        {t("unproved.what", {
          names: new Intl.ListFormat(i18n.language).format(names),
          date: dates.numeric(since),
          hour: dates.hour(since),
        })}{" "}
        {t(isStopped ? "unproved.stopped" : "unproved.goes")}
      </Notice>
    </div>
  )
}
