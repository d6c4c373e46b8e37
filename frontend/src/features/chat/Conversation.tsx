/**
 * The messages of a circle along its rope. Long logs are drawn in part (TanStack Virtual), anchored at the newest.
 *
 * Rows come and go as one scrolls, so the log itself is a silent live region (a screen reader would read old messages
 * as new ones); what is truly new is announced by `useNewMessages`.
 */
import "./conversation.css"
import { useEffect, useMemo, useRef, useState, type RefObject } from "react"
import { useTranslation } from "react-i18next"
import { useVirtualizer } from "@tanstack/react-virtual"
import type { Circle, CircleView, Entry } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { dayOf } from "../../locales/today.ts"
import { announce } from "../../ui/announce.ts"
import { useAct } from "../act.ts"
import { Button } from "../../ui/Button.tsx"
import { sexOf } from "../circles/patient.ts"
import { useObserved } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { EventView } from "./EventView.tsx"
import { lastSeq, logRows, type LogRow } from "./logRows.ts"
import { MessageView } from "./MessageView.tsx"
import { ErasedView, GapView, UnreadableView } from "./MissingViews.tsx"
import { useLooking, useNewLine } from "./newLine.ts"

/** A message of two lines with its heading; the true height is measured as soon as it is drawn. */
const ESTIMATED_PX = 88
/** Closer to the end than this, one is reading the newest. */
const AT_END_PX = 80

export function Conversation({ circle }: { circle: Circle }) {
  const { t } = useTranslation("chat")
  const dates = useDates()
  const view = useObserved(circle.view)
  const scroller = useRef<HTMLDivElement>(null)
  const looking = useLooking()
  const line = useNewLine(view, looking)
  const [oldest] = view.entries
  const begun = view.hasEarlier && oldest !== undefined ? dayOf(oldest.at) : ""
  const rows = useMemo(() => logRows(view.entries, line, begun), [view.entries, line, begun])
  // eslint-disable-next-line react-hooks/incompatible-library -- it keeps its own state; nothing here is memoised on it
  const log = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_PX,
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 8,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: AT_END_PX,
    initialRect: { width: 0, height: typeof window === "undefined" ? 0 : window.innerHeight },
  })
  const visible = log.getVirtualItems()
  const seen = lastSeq(visible.flatMap(({ index }) => rows[index] ?? []))

  useScrollToNewest(log, rows)
  useStayAtNewest(scroller)
  useMarkRead(circle, looking ? seen : 0)
  useNewMessages(view)
  const earlier = useEarlier(circle, view.hasEarlier, visible[0]?.index)

  return (
    <div className="log-frame">
      <div className="log" ref={scroller} role="log" aria-live="off" aria-label={t("log")} tabIndex={0} data-region>
        {view.hasEarlier && (
          <div className="log-earlier">
            <Button icon="clock" isPending={earlier.running} onPress={earlier.load}>
              {earlier.running ? t("earlierAsking") : t("earlier")}
            </Button>
            {begun !== "" && <h2 className="log-day">{dates.heading(begun)}</h2>}
          </div>
        )}
        <div className="log-rope" style={{ height: log.getTotalSize() }}>
          {visible.map(({ index, key, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            return (
              <div
                key={key}
                ref={log.measureElement}
                data-index={index}
                className="log-row"
                style={{ transform: `translateY(${start}px)` }}
              >
                <Row row={row} view={view} circle={circle} />
              </div>
            )
          })}
        </div>
        {rows.length === 0 && <p className="log-empty">{view.detail === null ? t("asking") : t("empty")}</p>}
      </div>
      <ToNewest scroller={scroller} />
    </div>
  )
}

function Row({ row, view, circle }: { row: LogRow; view: CircleView; circle: Circle }) {
  const { t } = useTranslation("chat")
  const dates = useDates()
  switch (row.kind) {
    case "day":
      return <h2 className="log-day">{dates.heading(row.day)}</h2>
    case "new":
      return <h2 className="log-day log-new">{t("new")}</h2>
    case "entry":
      return <EntryView entry={row.entry} view={view} circle={circle} />
  }
}

function EntryView({ entry, view, circle }: { entry: Entry; view: CircleView; circle: Circle }) {
  switch (entry.kind) {
    case "message":
      return <MessageView entry={entry} view={view} circle={circle} />
    case "event":
      return <EventView entry={entry} people={view.people} sex={sexOf(view.detail?.patient ?? null)} />
    case "unreadable":
      return <UnreadableView entry={entry} people={view.people} />
    case "erased":
      return <ErasedView entry={entry} people={view.people} />
    case "gap":
      return <GapView entry={entry} people={view.people} />
  }
}

type Log = ReturnType<typeof useVirtualizer<HTMLDivElement, Element>>

/** Opens at the newest, and goes there when I have written. */
function useScrollToNewest(log: Log, rows: readonly LogRow[]): void {
  const last = rows.at(-1)
  const mineLast = last?.kind === "entry" && last.entry.kind === "message" && last.entry.mine ? last.key : ""
  const filled = rows.length > 0
  useEffect(() => {
    if (filled) log.scrollToEnd()
  }, [log, filled, mineLast])
}

/**
 * Keeps the newest in sight when the room changes: what one writes grows, a keyboard opens, a card takes the composer's
 * place.
 */
function useStayAtNewest(scroller: RefObject<HTMLDivElement | null>): void {
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    let atEnd = true
    const look = () => {
      atEnd = element.scrollHeight - element.scrollTop - element.clientHeight <= AT_END_PX
    }
    const stay = new ResizeObserver(() => {
      if (atEnd) element.scrollTop = element.scrollHeight
    })
    element.addEventListener("scroll", look, { passive: true })
    stay.observe(element)
    return () => {
      element.removeEventListener("scroll", look)
      stay.disconnect()
    }
  }, [scroller])
}

/** From how many rows below the top the page before is asked for by itself. */
const NEAR_TOP_ROWS = 6

/** What came before, when one scrolls up to it or asks for it; once at a time, and not again by itself when it failed. */
function useEarlier(
  circle: Circle,
  hasEarlier: boolean,
  first: number | undefined,
): { running: boolean; load: () => void } {
  const act = useAct()
  const { problem, running, run } = act
  const [scrolled, setScrolled] = useState(false)
  const load = () => {
    run(() => circle.loadEarlier())
  }
  if (!scrolled && first !== undefined && first > NEAR_TOP_ROWS) setScrolled(true)
  const isDue = scrolled && hasEarlier && !running && problem === null && (first ?? NEAR_TOP_ROWS + 1) <= NEAR_TOP_ROWS
  useEffect(() => {
    if (isDue) run(() => circle.loadEarlier())
    // eslint-disable-next-line react-hooks/exhaustive-deps -- `run` is new with each drawing; it is due when it becomes due
  }, [isDue, circle])
  return { running, load }
}

/** What stands on a page that one is looking at has been read. */
function useMarkRead(circle: Circle, seen: number): void {
  useEffect(() => {
    if (seen > 0) circle.markRead(seen)
  }, [circle, seen])
}

/** Says messages of others that arrive while the conversation is open. */
function useNewMessages({ entries, people }: CircleView): void {
  const { t } = useTranslation("chat")
  const said = useRef<number | null>(null)
  useEffect(() => {
    const last = entries.findLast((entry) => entry.seq !== null)?.seq ?? 0
    const before = said.current
    said.current = last
    if (before === null) return
    const fresh = entries.filter((entry) => entry.kind === "message" && !entry.mine && (entry.seq ?? 0) > before)
    const words = fresh.map((entry) => {
      if (entry.kind !== "message") return ""
      const author = people.get(entry.author)
      const text = [entry.notice?.title ?? "", entry.text, ...entry.files.map(({ name }) => name)].join(" ")
      return t("announced", { author: author === undefined ? t("someone") : fullName(author), text })
    })
    if (words.length > 0) announce(words.join(" "))
  }, [entries, people, t])
}

/** Back to the newest, when one has scrolled away from it. */
function ToNewest({ scroller }: { scroller: RefObject<HTMLDivElement | null> }) {
  const { t } = useTranslation("chat")
  const [away, setAway] = useState(false)
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const look = () => {
      setAway(element.scrollHeight - element.scrollTop - element.clientHeight > element.clientHeight)
    }
    element.addEventListener("scroll", look, { passive: true })
    return () => {
      element.removeEventListener("scroll", look)
    }
  }, [scroller])
  if (!away) return null
  return (
    <div className="log-newest">
      <Button
        icon="down"
        onPress={() => {
          scroller.current?.scrollTo({ top: scroller.current.scrollHeight })
        }}
      >
        {t("toNewest")}
      </Button>
    </div>
  )
}
