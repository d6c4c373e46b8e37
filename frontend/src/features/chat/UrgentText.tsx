/**
 * The text of an urgent message: who still has to confirm, and who has, by name. Filled red only for what I have to do
 * now; an outline once I have; calm when all have.
 */
import "./urgent.css"
import { useTranslation } from "react-i18next"
import type { Circle, CircleView, MessageEntry, Person, UserId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { useMe } from "../auth/me.ts"
import { listedName } from "../directory/professional.ts"
import { MessageText } from "./MessageText.tsx"

interface UrgentTextProps {
  entry: MessageEntry
  view: CircleView
  circle: Circle
}

export function UrgentText({ entry, view, circle }: UrgentTextProps) {
  const { t } = useTranslation(["chat", "reaching"])
  const me = useMe()
  const act = useAct()
  const dates = useDates()
  const reminder = view.reminders.get(entry.id)
  // Who came in later was not asked.
  const waiting = (view.detail?.members ?? [])
    .filter(({ since, user }) => user !== entry.author && Date.parse(since) <= Date.parse(entry.at))
    .map(({ user }) => user)
    .filter((user) => !entry.acks.includes(user))
  const isMine = entry.mine || entry.acks.includes(me.id)
  const mayConfirm = !isMine && view.abilities.includes("send")
  const mayTake = !entry.mine && !entry.takers.includes(me.id) && view.abilities.includes("send")
  const isTaken = entry.takers.length > 0
  const state = mayConfirm ? "now" : waiting.length > 0 ? "waiting" : "done"
  const acknowledge = (takes: boolean) => {
    act.run(() => circle.acknowledge(entry.id, takes))
  }
  return (
    <div className={`urgent urgent-${state}`}>
      <p className="urgent-head">
        <Icon name="triangle" small />
        {mayConfirm ? t("urgent.now") : isTaken ? t("reaching:urgent.takenTitle") : t("urgent.title")}
        <span className="urgent-count">
          {t("urgent.count", { count: entry.acks.length, of: entry.acks.length + waiting.length })}
        </span>
      </p>
      {entry.text !== "" && <MessageText entry={entry} people={view.people} className="message-text urgent-text" />}
      {(entry.acks.length > 0 || waiting.length > 0) && (
        <div className="urgent-who small">
          <Names words="reaching:urgent.takenBy" users={entry.takers} people={view.people} />
          <Names words="urgent.confirmed" users={entry.acks} people={view.people} />
          <Names words="urgent.waiting" users={waiting} people={view.people} />
        </div>
      )}
      {reminder !== undefined && (
        <p className="urgent-reminder mini soft">
          <Icon name="clock" small />
          {t("reaching:urgent.reminded", { time: dates.hour(reminder.reminded) })}
          {reminder.escalated !== null &&
            ` ${t("reaching:urgent.escalated", { time: dates.hour(reminder.escalated) })}`}
        </p>
      )}
      {(mayConfirm || (mayTake && !isTaken)) && (
        <div className="urgent-do">
          {mayConfirm && (
            <Button
              variant="danger"
              icon="check"
              isPending={act.running}
              onPress={() => {
                acknowledge(false)
              }}
            >
              {t("urgent.confirm")}
            </Button>
          )}
          {mayTake && !isTaken && (
            <Button
              isPending={act.running}
              onPress={() => {
                acknowledge(true)
              }}
            >
              {t("reaching:urgent.take")}
            </Button>
          )}
          {act.problem !== null && (
            <Notice tone="urgent" role="alert">
              {act.problem}
            </Notice>
          )}
        </div>
      )}
    </div>
  )
}

interface NamesProps {
  words: "urgent.confirmed" | "urgent.waiting" | "reaching:urgent.takenBy"
  users: readonly UserId[]
  people: ReadonlyMap<UserId, Person>
}

function Names({ words, users, people }: NamesProps) {
  const { t, i18n } = useTranslation(["chat", "reaching"])
  const me = useMe()
  if (users.length === 0) return null
  const names = users.map((user) => {
    if (user === me.id) return t("urgent.you")
    const person = people.get(user)
    return person === undefined ? t("someone") : listedName(person)
  })
  return <p>{t(words, { names: new Intl.ListFormat(i18n.language).format(names) })}</p>
}
