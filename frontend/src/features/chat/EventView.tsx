/** A signed act, as a knot on the rope and a sentence. */
import { useTranslation } from "react-i18next"
import type { CircleEvent, EventEntry, Person, Sex, UserId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import type { IconName } from "../../ui/Icon.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Knot } from "../../ui/Rope.tsx"
import { useMe } from "../auth/me.ts"
import { useSexWords } from "../circles/patient.ts"
import { fullName } from "../directory/professional.ts"

const icons: Record<CircleEvent["type"], IconName> = {
  opened: "circles",
  invited: "people",
  joined: "check",
  device_added: "screen",
  role: "people",
  admitted: "check",
  identity_reset: "key",
  identity_rotated: "key",
  device_revoked: "screen",
  restored: "people",
  history_granted: "eye",
  ended: "leave",
}

interface EventViewProps {
  entry: EventEntry
  people: ReadonlyMap<UserId, Person>
  /** The patient's, for the words of a ground that is theirs to give. */
  sex: Sex
}

export function EventView({ entry, people, sex }: EventViewProps) {
  const dates = useDates()
  return (
    <div className="event">
      <Knot icon={icons[entry.event.type]} />
      <p>
        <EventSentence event={entry.event} people={people} sex={sex} />{" "}
        <time dateTime={entry.at}>{dates.hour(entry.at)}</time>
      </p>
    </div>
  )
}

interface SentenceProps {
  event: CircleEvent
  people: ReadonlyMap<UserId, Parameters<typeof fullName>[0]>
  sex: Sex
}

export function EventSentence({ event, people, sex }: SentenceProps) {
  const { t } = useTranslation("chat")
  const dates = useDates()
  const sexWords = useSexWords()(sex)
  const me = useMe()

  const name = (user: UserId) => {
    const person = people.get(user)
    return person === undefined ? t("someone") : fullName(person)
  }
  const mine = (user: UserId) => user === me.id

  switch (event.type) {
    case "opened":
      return <Marked text={mine(event.by) ? t("event.openedByMe") : t("event.opened", { name: name(event.by) })} />
    case "invited": {
      const role = t(`event.role.${event.role}`)
      const ground = t(`event.ground.${event.ground}`, sexWords)
      const values = { by: name(event.by), name: name(event.user), role, ground }
      const end = event.notAfter === null ? t("event.noEnd") : t("event.until", { date: dates.numeric(event.notAfter) })
      return <Marked text={(mine(event.by) ? t("event.invitedByMe", values) : t("event.invited", values)) + end} />
    }
    case "joined":
      return <Marked text={mine(event.user) ? t("event.joinedByMe") : t("event.joined", { name: name(event.user) })} />
    case "device_added":
      return (
        <Marked
          text={mine(event.user) ? t("event.deviceAddedByMe") : t("event.deviceAdded", { name: name(event.user) })}
        />
      )
    case "role": {
      const values = { by: name(event.by), name: name(event.user), role: t(`event.role.${event.role}`) }
      return <Marked text={t("event.roleChanged", values)} />
    }
    case "admitted":
    case "identity_reset":
    case "identity_rotated":
    case "device_revoked":
    case "restored":
    case "history_granted":
      return <Marked text={t(`event.${event.type}`, { by: name(event.by), name: name(event.user) })} />
    case "ended": {
      const values = { by: name(event.by), name: name(event.user), of: sexWords.of }
      if (event.code === "removed" && mine(event.by)) return <Marked text={t("event.removedByMe", values)} />
      return <Marked text={t(`event.ended.${event.code}`, values)} />
    }
  }
}
