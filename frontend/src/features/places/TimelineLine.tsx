/** One line of the timeline: a knot, a sentence, how far it is proved, and what a coordinator may do about it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import {
  asId,
  type Circle,
  type CircleRow,
  type CircleTimeline,
  type CircleView,
  type OppositionId,
  type TimelineEntry,
  type TimelineRow,
  type UserId,
} from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import type { IconName } from "../../ui/Icon.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Knot } from "../../ui/Rope.tsx"
import { EventSentence } from "../chat/EventView.tsx"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { fullName } from "../directory/professional.ts"
import { Asked } from "./Asked.tsx"

interface LineProps {
  entry: TimelineEntry
  timeline: CircleTimeline
  circle: Circle
  row: CircleRow
  view: CircleView
  onChanged: () => void
}

const icons: Record<TimelineRow["what"], IconName> = {
  opened: "circles",
  invited: "people",
  joined: "check",
  ended: "leave",
  consent: "check",
  consent_withdrawn: "cross",
  opposition: "cross",
  opposition_lifted: "check",
  handed_over: "key",
  given_back: "key",
  closed: "eye",
  reopened: "circles",
  break_glass: "triangle",
}

export function TimelineLine({ entry, timeline, circle, row, view, onChanged }: LineProps) {
  const { t } = useTranslation("places")
  const dates = useDates()
  const people = new Map([...timeline.people, ...view.people])
  return (
    <li className="timeline-line">
      <Knot
        icon={entry.kind === "row" ? icons[entry.row.what] : "people"}
        tone={entry.proof === "contradicted" ? "urgent" : "rope"}
      />
      <div className="timeline-words">
        <p>
          {entry.kind === "event" ? (
            <EventSentence event={entry.event} people={people} sex={sexOf(row.patient)} />
          ) : (
            <Sentence told={entry.row} row={row} people={people} />
          )}
        </p>
        <p className="timeline-when">
          <time dateTime={entry.at}>
            {t("timeline.when", { day: dates.long(entry.at), hour: dates.hour(entry.at) })}
          </time>
          {entry.proof !== "signed" && (
            <Chip
              tone={entry.proof === "contradicted" ? "urgent" : "neutral"}
              icon={entry.proof === "contradicted" ? "triangle" : "eye"}
            >
              {t(`timeline.proof.${entry.proof}`)}
            </Chip>
          )}
        </p>
        {entry.kind === "row" && (
          <Lift told={entry.row} timeline={timeline} circle={circle} view={view} done={onChanged} />
        )}
      </div>
    </li>
  )
}

type Names = ReadonlyMap<UserId, Parameters<typeof fullName>[0]>

function Sentence({ told, row, people }: { told: TimelineRow; row: CircleRow; people: Names }) {
  const { t } = useTranslation(["places", "chat", "invitations"])
  const dates = useDates()
  const patient = useSexWords()(sexOf(row.patient))
  const nameOf = (user: UserId | null) => {
    const person = user === null ? undefined : people.get(user)
    return person === undefined ? t("someone") : fullName(person)
  }
  const values = {
    ...patient,
    name: nameOf(told.user),
    by: nameOf(told.by),
    role: told.role === null ? "" : t(`chat:event.role.${told.role}`),
    ground: told.ground === null ? "" : t(`chat:event.ground.${told.ground}`, patient),
    until: told.until === null ? "" : t("timeline.until", { date: dates.numeric(told.until) }),
    on: told.on === null ? "" : dates.numeric(told.on),
    because: told.because === null ? "" : t(`invitations:decline.because.${told.because}`),
    how: told.how === null ? "" : t(`how.in.${told.how}`),
  }
  return <Marked text={t(`timeline.what.${keyOf(told)}`, values)} />
}

/** Some lines read otherwise by why they happened. */
function keyOf({ because, code, until, user, what }: TimelineRow) {
  switch (what) {
    case "invited":
      return because === null ? what : "declined"
    case "ended":
      return `ended_${endCode(code)}` as const
    case "closed":
      return code === "opposition" || code === "nobody_left" ? (`closed_${code}` as const) : "closed"
    case "opposition":
    case "opposition_lifted":
      return user === null ? (`${what}_circle` as const) : what
    case "handed_over":
      return until === null ? "handed_over" : "lent"
    default:
      return what
  }
}

const ENDS = ["removed", "declined", "left", "expired", "withdrawn", "opposition"] as const

function endCode(code: string | null): (typeof ENDS)[number] {
  return ENDS.find((each) => each === code) ?? "removed"
}

interface LiftProps {
  told: TimelineRow
  timeline: CircleTimeline
  circle: Circle
  view: CircleView
  done: () => void
}

/** An opposition that still stands can be lifted, also when it has closed the circle. */
function Lift({ told, timeline, circle, view, done }: LiftProps) {
  const { t } = useTranslation("places")
  const [asking, setAsking] = useState(false)
  const isLifted = timeline.entries.some(
    (each) =>
      each.kind === "row" && each.row.what === "opposition_lifted" && each.row.user === told.user && each.at > told.at,
  )
  const { id } = told
  if (told.what !== "opposition" || id === null || isLifted || view.detail?.role !== "coordinator") return null
  return (
    <>
      <div>
        <Button
          onPress={() => {
            setAsking(true)
          }}
        >
          {t("opposition.lift.begin")}
        </Button>
      </div>
      <Asked
        title={t("opposition.lift.title")}
        consequence={t("opposition.lift.consequence")}
        submit={t("opposition.lift.submit")}
        done={t("opposition.lift.done")}
        isOpen={asking}
        onClose={() => {
          setAsking(false)
        }}
        act={async (reason) => {
          await circle.liftOpposition(asId<OppositionId>(id), reason)
          done()
        }}
      />
    </>
  )
}
