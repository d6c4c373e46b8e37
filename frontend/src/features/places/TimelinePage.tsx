/** Who came into a circle, on what ground and until when, who left and why: along its rope, the oldest first. */
import "./timeline.css"
import { useEffect, useState } from "react"
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import { asId, type Circle, type CircleId, type CircleRow, type CircleTimeline } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { ropeClass } from "../../ui/Rope.tsx"
import { CircleBanner } from "../chat/CircleBanner.tsx"
import { Missing } from "../chat/CirclePage.tsx"
import { useCircles } from "../circles/useCircles.ts"
import { useCircle, useObserved } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { CircleEnd } from "./CircleEnd.tsx"
import { ClosedNotice } from "./ClosedNotice.tsx"
import { TimelineLine } from "./TimelineLine.tsx"

export function TimelinePage() {
  const { circle = "" } = useParams()
  const { t } = useTranslation("places")
  useTitle(t("timeline.title"))
  const id = idIn(circle)
  return id === null ? <Missing /> : <OfCircle key={id} id={id} />
}

function idIn(text: string): CircleId | null {
  try {
    return asId<CircleId>(text)
  } catch {
    return null
  }
}

function OfCircle({ id }: { id: CircleId }) {
  const { t } = useTranslation("places")
  const { circles } = useCircles()
  const circle = useCircle(id)
  const view = useObserved(circle.view)
  const row = view.detail ?? circles?.find((each) => each.row.id === id)?.row
  if (row !== undefined) return <Timeline circle={circle} row={row} />
  if (circles !== null) return <Missing />
  return (
    <p className="circle-asking" role="status">
      {t("timeline.asking")}
    </p>
  )
}

function Timeline({ circle, row }: { circle: Circle; row: CircleRow }) {
  const { t } = useTranslation("places")
  const { near } = useCircles()
  const view = useObserved(circle.view)
  const { problem, refresh, timeline } = useTimeline(circle, view.entries.length, row.state)
  const mayDecide = view.abilities.includes("remove")
  const contradicted = timeline?.entries.filter(({ proof }) => proof === "contradicted").length ?? 0
  return (
    <div className={`timeline-page ${ropeClass(row)}`}>
      <CircleBanner row={row} near={near.get(row.id) ?? []}>
        <IconButton icon="cross" label={t("timeline.close")} href={paths.circle(row.id)} />
      </CircleBanner>
      <main className="timeline" data-region>
        <h2>{t("timeline.title")}</h2>
        <p className="soft">{t("timeline.note")}</p>
        <ClosedNotice circle={circle} view={view} />
        {contradicted > 0 && (
          <Notice tone="urgent" role="alert">
            {t("timeline.contradicted", { count: contradicted })}
          </Notice>
        )}
        {problem !== null && (
          <Notice role="alert" action={<Button onPress={refresh}>{t("timeline.again")}</Button>}>
            {problem}
          </Notice>
        )}
        {timeline === null && problem === null && <p role="status">{t("timeline.asking")}</p>}
        {timeline !== null && (
          <ol className="timeline-rope" aria-label={t("timeline.title")}>
            {timeline.entries.map((entry, index) => (
              <TimelineLine
                key={`${entry.at}-${String(index)}`}
                entry={entry}
                timeline={timeline}
                circle={circle}
                row={row}
                view={view}
                onChanged={refresh}
              />
            ))}
          </ol>
        )}
        {mayDecide && row.state === "open" && row.kind !== "direct" && <CircleEnd circle={circle} row={row} />}
      </main>
    </div>
  )
}

/** Asked again when something has happened in the circle meanwhile. */
function useTimeline(circle: Circle, happened: number, state: string) {
  const words = useErrorWords()
  const [timeline, setTimeline] = useState<CircleTimeline | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const [asked, setAsked] = useState(0)
  useEffect(() => {
    let isCurrent = true
    circle.timeline().then(
      (answer) => {
        if (!isCurrent) return
        setTimeline(answer)
        setProblem(null)
      },
      (error: unknown) => {
        if (isCurrent) setProblem(words(error))
      },
    )
    return () => {
      isCurrent = false
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the words are no reason to ask again
  }, [circle, happened, state, asked])
  return {
    timeline,
    problem,
    refresh: () => {
      setAsked((before) => before + 1)
    },
  }
}
