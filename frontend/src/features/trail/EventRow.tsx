/** One act on the rope: when, its knot, who did what, what is known beside, and what is out of the ordinary. */
import { useTranslation } from "react-i18next"
import type { TrailGroup, TrailRow } from "../../core/index.ts"
import { Chip } from "../../ui/Chip.tsx"
import { Icon, type IconName } from "../../ui/Icon.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { useClock } from "./clock.ts"
import { subjectCode } from "./code.ts"
import { useDesk } from "./desk.ts"
import { subjectsOf, useTrailWords } from "./words.ts"

export const icons: Record<TrailGroup, IconName> = {
  reading: "eye",
  message: "message",
  file: "clip",
  member: "network",
  history: "book",
  device: "phone",
  breakglass: "triangle",
  signin: "door",
  rights: "pin",
  patient: "person",
  directory: "search",
  export: "export",
  trail: "shield",
  system: "building",
}

export type Tone = "plain" | "vigilance" | "urgent"

/** Red for what was refused, amber for what is exceptional. */
export function toneOf({ out, severity }: TrailRow): Tone {
  if (out !== 0) return "urgent"
  return severity === "alert" ? "vigilance" : "plain"
}

export function EventRow({ event, organisation }: { event: TrailRow; organisation: string | null }) {
  const { t } = useTranslation("trail")
  const words = useTrailWords()
  const clock = useClock()
  const names = useNames(event)
  const tone = toneOf(event)
  return (
    <>
      <time dateTime={event.t} className="act-time">
        {clock.time(event.t)}
      </time>
      <TrailKnot icon={tone === "urgent" ? "shield-cross" : icons[event.group]} tone={tone} />
      <div className="act-words">
        <p>
          <Marked text={words.sentence(event)} />
        </p>
        <p className="act-beside soft mini">
          {[...names, ...words.beside(event, organisation)].map((each) => (
            <span key={each}>{each}</span>
          ))}
        </p>
      </div>
      <div className="act-end">
        <span className="act-code">{event.act}</span>
        {event.out !== 0 && (
          <Chip tone="urgent" icon="cross">
            {event.out === 12 ? t("timeline.failed") : t("timeline.refused")}
          </Chip>
        )}
        {tone === "vigilance" && (
          <Chip tone="vigilance" icon="triangle">
            {t("timeline.exceptional")}
          </Chip>
        )}
        {event.place === null && <Chip icon="clock">{t("timeline.pending")}</Chip>}
      </div>
    </>
  )
}

/** `P-71KD4 : Mme Anne-Laure FERRIER`, of those who were resolved at this desk. */
function useNames(event: TrailRow): readonly string[] {
  const { t } = useTranslation("trail")
  const { told } = useDesk()
  return subjectsOf([event]).flatMap((each) => {
    const { kind = null, name = null } = told.get(each) ?? {}
    return kind === null || name === null ? [] : [t("beside.told", { code: subjectCode(kind, each), name })]
  })
}

export function TrailKnot({ icon, tone }: { icon: IconName; tone: Tone }) {
  return (
    <span className={`act-knot act-knot-${tone}`} aria-hidden="true">
      <Icon name={icon} small />
    </span>
  )
}

interface GroupRowProps {
  events: readonly TrailRow[]
}

/** What happens all day long, counted: `14 lectures, 9 messages`. */
export function GroupRow({ events }: GroupRowProps) {
  const { t } = useTranslation("trail")
  const words = useTrailWords()
  const clock = useClock()
  const [newest] = events
  const oldest = events.at(-1)
  if (newest === undefined || oldest === undefined) return null
  const isRefusal = newest.out !== 0
  const counts = new Map<TrailGroup, number>()
  for (const { group } of events) counts.set(group, (counts.get(group) ?? 0) + 1)
  const since = clock.time(oldest.t)
  return (
    <>
      <time dateTime={newest.t} className="act-time">
        {clock.time(newest.t)}
      </time>
      <TrailKnot icon={isRefusal ? "shield-cross" : icons[newest.group]} tone={isRefusal ? "urgent" : "plain"} />
      <div className="act-words">
        <p>
          {isRefusal ? (
            <Marked text={words.sentence(newest)} />
          ) : (
            [...counts].map(([group, count]) => t(`counted.${group}`, { count })).join(", ")
          )}
        </p>
        <p className="soft mini">
          {isRefusal
            ? t("timeline.tries", { count: events.length, since })
            : t("timeline.grouped", { count: new Set(events.map(({ who }) => who)).size, since })}
        </p>
      </div>
    </>
  )
}
