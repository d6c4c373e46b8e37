/** What happened in a circle, for its own members: who did what, by name, officers included; newest first. */
import "../places/timeline.css"
import "./timeline.css"
import { useInfiniteQuery } from "@tanstack/react-query"
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import type { CircleAct, CircleId, CircleRow, EventId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { dayOf } from "../../locales/today.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { ropeClass } from "../../ui/Rope.tsx"
import { CircleBanner } from "../chat/CircleBanner.tsx"
import { Missing } from "../chat/CirclePage.tsx"
import { useCircles } from "../circles/useCircles.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { useClock } from "./clock.ts"
import { icons, TrailKnot } from "./EventRow.tsx"
import { useTrailWords } from "./words.ts"

export function CircleTrailPage() {
  const { t } = useTranslation("trail")
  const { circle = "" } = useParams()
  const { circles, near } = useCircles()
  useTitle(t("circle.title"))
  const row = circles?.find((each) => each.row.id === circle)?.row
  if (row === undefined) return circles === null ? <p role="status">{t("timeline.asking")}</p> : <Missing />
  return (
    <div className={`timeline-page ${ropeClass(row)}`}>
      <CircleBanner row={row} near={near.get(row.id) ?? []}>
        <IconButton icon="cross" label={t("circle.close")} href={paths.circle(row.id)} />
      </CircleBanner>
      <main className="timeline" data-region>
        <h2>{t("circle.title")}</h2>
        <p className="soft">{t("circle.note")}</p>
        <Acts row={row} />
      </main>
    </div>
  )
}

function Acts({ row }: { row: CircleRow }) {
  const { t } = useTranslation("trail")
  const words = useErrorWords()
  const { data, error, fetchNextPage, hasNextPage, isFetching, refetch } = useCircleTrail(row.id)
  const acts = data?.pages.flatMap((page) => page.events)
  if (error !== null) {
    return (
      <Notice role="alert" action={<Button onPress={() => void refetch()}>{t("search.again")}</Button>}>
        {words(error)}
      </Notice>
    )
  }
  if (acts === undefined) return <p role="status">{t("timeline.asking")}</p>
  if (acts.length === 0) return <p role="status">{t("circle.none")}</p>
  return (
    <>
      {days(acts).map(([day, ofDay]) => (
        <Day key={day} day={day} acts={ofDay} />
      ))}
      {hasNextPage && (
        <Button isPending={isFetching} onPress={() => void fetchNextPage()}>
          {t("circle.more")}
        </Button>
      )}
    </>
  )
}

/** Looking is itself an act of the circle's trail: asked once, and again when somebody comes back to the page. */
function useCircleTrail(circle: CircleId) {
  const { trail } = useCordee()
  return useInfiniteQuery({
    queryKey: ["circle trail", circle],
    queryFn: ({ pageParam }) => trail.ofCircle(circle, pageParam),
    initialPageParam: null as EventId | null,
    getNextPageParam: (page) => page.next,
    refetchOnWindowFocus: false,
  })
}

function days(acts: readonly CircleAct[]): readonly (readonly [day: string, acts: readonly CircleAct[]])[] {
  const found = new Map<string, CircleAct[]>()
  for (const act of acts) found.set(dayOf(act.t), [...(found.get(dayOf(act.t)) ?? []), act])
  return [...found]
}

function Day({ acts, day }: { acts: readonly CircleAct[]; day: string }) {
  const dates = useDates()
  return (
    <section>
      <h3 className="acts-day">{dates.heading(day)}</h3>
      <ol aria-label={dates.heading(day)}>
        {acts.map((act) => (
          <Act key={act.id} act={act} />
        ))}
      </ol>
    </section>
  )
}

function Act({ act }: { act: CircleAct }) {
  const { t } = useTranslation("trail")
  const words = useTrailWords()
  const clock = useClock()
  const isRefused = act.out !== 0
  return (
    <li className="act act-still">
      <time dateTime={act.t} className="act-time">
        {clock.time(act.t)}
      </time>
      <TrailKnot icon={isRefused ? "shield-cross" : icons[act.group]} tone={isRefused ? "urgent" : "plain"} />
      <div className="act-words">
        <p>
          <Marked text={words.saidBy(act, act.name ?? t(`circle.by.${act.by}`))} />
        </p>
        <p className="soft mini">{[act.profession, act.organisation].filter((each) => each !== null).join(", ")}</p>
      </div>
      <div className="act-end">
        {isRefused && (
          <Chip tone="urgent" icon="cross">
            {t("timeline.refused")}
          </Chip>
        )}
      </div>
    </li>
  )
}
