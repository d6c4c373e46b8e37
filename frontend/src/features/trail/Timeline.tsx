/** The acts along the rope, newest first: arrow keys choose one, Enter folds and unfolds what stands together. */
import "./timeline.css"
import { useMemo, useState } from "react"
import { useTranslation } from "react-i18next"
import {
  Button as AriaButton,
  GridList,
  GridListItem,
  GridListLoadMoreItem,
  ListLayout,
  Virtualizer,
} from "react-aria-components"
import type { EventId, TrailRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { EventRow, GroupRow, toneOf } from "./EventRow.tsx"
import { journalRows, type JournalRow } from "./rows.ts"
import { useTrailWords } from "./words.ts"

interface TimelineProps {
  label: string
  events: readonly TrailRow[]
  chosen: EventId | null
  onChoose: (event: TrailRow) => void
  nameOf: (organisation: string) => string | null
  hasMore: boolean
  onMore: () => void
}

const ROW = 52

export function Timeline({ chosen, events, hasMore, label, nameOf, onChoose, onMore }: TimelineProps) {
  const { t } = useTranslation("trail")
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(() => journalRows(events, unfolded), [events, unfolded])
  const fold = (key: string) => {
    setUnfolded((before) =>
      before.has(key) ? new Set([...before].filter((each) => each !== key)) : new Set([...before, key]),
    )
  }
  const choose = (key: string) => {
    const event = events.find(({ id }) => id === key)
    if (event !== undefined) onChoose(event)
  }
  return (
    <Virtualizer layout={ListLayout} layoutOptions={{ estimatedRowSize: ROW }}>
      <GridList
        className="acts"
        aria-label={label}
        data-region-focus
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={chosen === null ? [] : [chosen]}
        onSelectionChange={(keys) => {
          if (keys !== "all") for (const key of keys) choose(String(key))
        }}
        // A tap, and the press of a screen reader, are actions; a click and the arrow keys select.
        onAction={(key) => {
          if (rows.some((row) => row.key === key && row.kind === "group")) fold(String(key))
          else choose(String(key))
        }}
      >
        {rows.map((row) => (
          <Row key={row.key} row={row} nameOf={nameOf} onFold={fold} />
        ))}
        {hasMore && (
          <GridListLoadMoreItem onLoadMore={onMore} isLoading>
            <p className="acts-more soft small">{t("timeline.more")}</p>
          </GridListLoadMoreItem>
        )}
      </GridList>
    </Virtualizer>
  )
}

interface RowProps {
  row: JournalRow
  nameOf: TimelineProps["nameOf"]
  onFold: (key: string) => void
}

function Row({ nameOf, onFold, row }: RowProps) {
  const { t } = useTranslation("trail")
  const dates = useDates()
  const words = useTrailWords()
  switch (row.kind) {
    case "day":
      return (
        <GridListItem id={row.key} className="acts-day" textValue={dates.fullDay(row.day)} isDisabled>
          <h2>{dates.fullDay(row.day)}</h2>
        </GridListItem>
      )
    case "group":
      return (
        <GridListItem
          id={row.key}
          className={`act act-${row.events[0]?.out === 0 ? "plain" : "urgent"}`}
          textValue={t("timeline.acts", { count: row.events.length })}
        >
          <GroupRow events={row.events} />
          <div className="act-end">
            <span className="act-code">{t("timeline.acts", { count: row.events.length })}</span>
            <AriaButton
              className="act-fold text-link"
              onPress={() => {
                onFold(row.key)
              }}
            >
              {row.isOpen ? t("timeline.fold") : t("timeline.unfold")}
            </AriaButton>
          </div>
        </GridListItem>
      )
    case "event":
      return (
        <GridListItem
          id={row.key}
          className={`act act-${toneOf(row.event)}`}
          textValue={words.sentence(row.event).replaceAll(/<\/?b>/g, "")}
        >
          <EventRow event={row.event} organisation={row.event.org === null ? null : nameOf(row.event.org)} />
        </GridListItem>
      )
  }
}
