/** What is announced: its title, and of an event when and where, with the way into one's own calendar. */
import "./team.css"
import { useTranslation } from "react-i18next"
import type { MessageEntry, ShownNotice } from "../../core/index.ts"
import { useDates, type Dates } from "../../locales/dates.ts"
import { withBoundPunctuation } from "../../locales/punctuation.ts"
import { dayOf } from "../../locales/today.ts"
import { announce } from "../../ui/announce.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { save } from "../files/leave.ts"
import { calendarFile } from "./ics.ts"

type Event = Extract<ShownNotice, { type: "event" }>

export function NoticeView({ entry, notice }: { entry: MessageEntry; notice: ShownNotice }) {
  const { t } = useTranslation("network")
  return (
    <div className="notice-head">
      <p className="notice-kind">
        <Icon name={notice.type === "event" ? "calendar" : "message"} small />
        {t(`team.${notice.type}`)}
      </p>
      <p className="notice-title">{withBoundPunctuation(notice.title)}</p>
      {notice.type === "event" && <When entry={entry} event={notice} />}
    </div>
  )
}

function When({ entry, event }: { entry: MessageEntry; event: Event }) {
  const { t } = useTranslation("network")
  const dates = useDates()
  return (
    <>
      <p>{useWhenWords()(event)}</p>
      {event.place !== "" && <p>{t("team.at", { place: event.place })}</p>}
      <div>
        <Button
          icon="calendar"
          aria-label={t("team.toCalendarOf", { title: event.title, day: dates.fullDay(dayOf(event.starts)) })}
          onPress={() => {
            const file = calendarFile(entry.id, event, entry.text, entry.created)
            save(new Blob([file]), t("team.fileName"))
            announce(t("team.saved"))
          }}
        >
          {t("team.toCalendar")}
        </Button>
      </div>
    </>
  )
}

/** `Jeudi 3 décembre, de 13:30 à 14:30`; over midnight with both days. */
function useWhenWords(): (event: Event) => string {
  const { t } = useTranslation("network")
  const dates: Dates = useDates()
  return ({ ends, starts }) => {
    const [from, to] = [dayOf(starts), dayOf(ends)]
    const values = { day: dates.fullDay(from), from: dates.hour(starts), to: dates.hour(ends) }
    return from === to ? t("team.when", values) : t("team.whenLong", { ...values, last: dates.fullDay(to) })
  }
}
