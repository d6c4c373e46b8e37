/** What is in the log and cannot be shown: said in words, never silently left out. */
import { useTranslation } from "react-i18next"
import type { ErasedEntry, GapEntry, Person, UnreadableEntry, UserId } from "../../core/index.ts"
import { Knot } from "../../ui/Rope.tsx"
import { fullName } from "../directory/professional.ts"

type People = ReadonlyMap<UserId, Person>

export function GapView({ entry, people }: { entry: GapEntry; people: People }) {
  const { t } = useTranslation("chat")
  const author = people.get(entry.author)
  return (
    <div className="event">
      <Knot icon="cut" tone="vigilance" />
      <p>{t("gap", { count: entry.missing, name: author === undefined ? t("someone") : fullName(author) })}</p>
    </div>
  )
}

export function UnreadableView({ entry, people }: { entry: UnreadableEntry; people: People }) {
  const { t } = useTranslation("chat")
  const author = entry.author === null ? undefined : people.get(entry.author)
  return (
    <div className="event">
      <Knot icon="key" tone="vigilance" />
      <p>
        {t("unreadable.what", { name: author === undefined ? t("someone") : fullName(author) })}{" "}
        {t(`unreadable.${entry.why}`)}
      </p>
    </div>
  )
}

export function ErasedView({ entry, people }: { entry: ErasedEntry; people: People }) {
  const { t } = useTranslation("chat")
  const by = entry.by === null ? undefined : people.get(entry.by)
  return (
    <div className="event">
      <span />
      <p>
        <i>{by === undefined ? t("erased") : t("erasedBy", { name: fullName(by) })}</i>
      </p>
    </div>
  )
}
