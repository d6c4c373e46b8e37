/** What I was told beside the conversations. Having it on the screen is having seen it. */
import "./notices.css"
import { useEffect, useRef, useState } from "react"
import { useTranslation } from "react-i18next"
import type { NoticeRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { LinkButton } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { circleTitle } from "../circles/circleTitle.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"

export function NoticesPage() {
  const { t } = useTranslation("reaching")
  const cordee = useCordee()
  const told = useObserved(cordee.notices)
  useTitle(t("notices.title"))
  const fresh = useFresh(told?.notices ?? [])
  return (
    <main className="screen notices">
      <h1 className="notices-title">{t("notices.title")}</h1>
      {told !== null && told.notices.length === 0 && <p className="soft">{t("notices.none")}</p>}
      {told !== null && told.notices.length > 0 && (
        <ul className="notice-rows" aria-label={t("notices.list")}>
          {told.notices.map((notice) => (
            <Row key={notice.id} notice={notice} isNew={fresh.has(notice.id)} />
          ))}
        </ul>
      )}
    </main>
  )
}

/** Those that were new when the page was opened, or came since; told to the server once. */
function useFresh(notices: readonly NoticeRow[]): ReadonlySet<string> {
  const { reaching } = useCordee()
  const asked = useRef(new Set<string>())
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set())
  useEffect(() => {
    const unseen = notices.filter(({ id, seen }) => seen === null && !asked.current.has(id)).map(({ id }) => id)
    if (unseen.length === 0) return
    for (const id of unseen) asked.current.add(id)
    setFresh(new Set(asked.current))
    // Not marked now, it is with the next visit.
    reaching.seen(unseen).catch(() => undefined)
  }, [notices, reaching])
  return fresh
}

function Row({ notice, isNew }: { notice: NoticeRow; isNew: boolean }) {
  const { t } = useTranslation("reaching")
  const dates = useDates()
  const circles = useObserved(useCordee().circles) ?? []
  const circle = circles.find(({ row }) => row.id === notice.circle)?.row
  const { by, what } = notice
  const to = circle === undefined ? placeOf(notice) : paths.circle(circle.id)
  return (
    <li className="notice-row">
      <div>
        <p className="name">
          {t(`notices.what.${what ?? "other"}`)} {isNew && <Chip tone="action">{t("notices.new")}</Chip>}
        </p>
        {circle !== undefined && <p className="small">{circleTitle(circle)}</p>}
        <p className="mini faint">
          <time dateTime={notice.created}>{dates.brief(notice.created)}</time>
          {by !== null && `, ${by.name}, ${by.profession.label}`}
        </p>
      </div>
      {to !== null && <LinkButton href={to}>{t("notices.open")}</LinkButton>}
    </li>
  )
}

/** Where something is to be done about it, when it is no circle of mine. */
function placeOf({ what }: NoticeRow): string | null {
  if (what === "contact_asked" || what === "contact_accepted") return paths.network
  return what === "invited" || what === "reminded" || what === "admitted" || what === "proposed" ? paths.circles : null
}
