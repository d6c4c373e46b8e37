/** Acts per day, or per week of a long period: one column each, to choose from; the same as a sentence and as a table. */
import "./plot.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { ListBox, ListBoxItem } from "react-aria-components"
import type { TrailDay, TrailFacets } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import type { Asked } from "./filters.ts"
import { columnsOf, topOf } from "./plot.ts"

interface DayPlotProps {
  facets: TrailFacets
  asked: Asked
  /** A day, or the Monday of a week; null for the whole period. */
  onChoose: (day: string | null) => void
}

export function DayPlot({ asked, facets, onChoose }: DayPlotProps) {
  const { t } = useTranslation("trail")
  const [isTable, setTable] = useState(false)
  const columns = columnsOf(facets, asked)
  return (
    <section className="plot" aria-labelledby="plot-title">
      <div className="plot-head">
        <h2 id="plot-title">{facets.per === "day" ? t("plot.days") : t("plot.weeks")}</h2>
        <ul className="plot-legend mini soft">
          <li className="plot-done">{t("plot.done")}</li>
          <li className="plot-refused">{t("plot.refused")}</li>
        </ul>
        {asked.day !== null && (
          <Button
            variant="quiet"
            onPress={() => {
              onChoose(null)
            }}
          >
            {t("plot.clear")}
          </Button>
        )}
        {columns.length > 0 && (
          <Button
            variant="quiet"
            onPress={() => {
              setTable(!isTable)
            }}
          >
            {isTable ? t("plot.plot") : t("plot.table")}
          </Button>
        )}
      </div>
      {columns.length === 0 ? (
        <p className="soft small">{t("plot.none")}</p>
      ) : (
        <>
          <Summary columns={columns} per={facets.per} />
          {isTable ? (
            <Table columns={columns} per={facets.per} />
          ) : (
            <Columns columns={columns} per={facets.per} chosen={asked.day} onChoose={onChoose} />
          )}
        </>
      )}
    </section>
  )
}

type Per = TrailFacets["per"]

function useDayWords(per: Per): (day: string) => string {
  const { t } = useTranslation("trail")
  const dates = useDates()
  return (day) => (per === "day" ? dates.fullDay(day) : t("plot.week", { day: dates.day(day) }))
}

function Summary({ columns, per }: { columns: readonly TrailDay[]; per: Per }) {
  const { t } = useTranslation("trail")
  const dates = useDates()
  const words = useDayWords(per)
  const sum = (column: TrailDay) => column.done + column.refused
  const busiest = columns.reduce((most, each) => (sum(each) > sum(most) ? each : most))
  const values = {
    count: columns.reduce((all, each) => all + sum(each), 0),
    refused: columns.reduce((all, each) => all + each.refused, 0),
    from: dates.long(columns[0]?.day ?? busiest.day),
    to: dates.long(columns.at(-1)?.day ?? busiest.day),
    day: words(busiest.day),
    most: sum(busiest),
  }
  return <p className="unseen">{t("plot.summary", values)}</p>
}

interface ColumnsProps {
  columns: readonly TrailDay[]
  per: Per
  chosen: string | null
  onChoose: (day: string) => void
}

function Columns({ chosen, columns, onChoose, per }: ColumnsProps) {
  const { t } = useTranslation("trail")
  const dates = useDates()
  const words = useDayWords(per)
  const top = topOf(columns)
  const isNamed = namedIn(columns, chosen)
  return (
    <div className="plot-frame">
      <div className="plot-lines" aria-hidden="true">
        {[3, 2, 1].map((third) => (
          <span key={third}>{((top / 3) * third).toLocaleString()}</span>
        ))}
      </div>
      <ListBox
        className={chosen === null ? "plot-columns" : "plot-columns plot-narrowed"}
        aria-label={per === "day" ? t("plot.days") : t("plot.weeks")}
        orientation="horizontal"
        selectionMode="single"
        selectedKeys={chosen === null ? [] : [chosen]}
        onSelectionChange={(keys) => {
          const column = columns.find(({ day }) => keys !== "all" && keys.has(day))
          if (column !== undefined) onChoose(column.day)
        }}
      >
        {columns.map(({ day, done, refused }) => (
          <ListBoxItem
            key={day}
            id={day}
            className="plot-column"
            textValue={t("plot.bar", { day: words(day), done, refused })}
            aria-label={t("plot.bar", { day: words(day), done, refused })}
          >
            <svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
              <rect className="bar-done" x="0" width="10" y={100 - share(done, top)} height={share(done, top)} />
              <rect
                className="bar-refused"
                x="0"
                width="10"
                y={100 - share(done, top) - share(refused, top) - (refused > 0 && done > 0 ? 1.5 : 0)}
                height={share(refused, top)}
              />
            </svg>
          </ListBoxItem>
        ))}
      </ListBox>
      <div
        className="plot-days mini faint"
        aria-hidden="true"
        style={{ gridTemplateColumns: `repeat(${columns.length}, 1fr)` }}
      >
        {columns.map(({ day }, index) => (
          <span key={day} className={day === chosen ? "plot-chosen" : ""}>
            {isNamed(index) ? dates.short(day) : ""}
          </span>
        ))}
      </div>
    </div>
  )
}

/** The chosen day, and the first, the middle and the last one where there is room for their names. */
function namedIn(columns: readonly TrailDay[], chosen: string | null): (index: number) => boolean {
  const at = columns.findIndex(({ day }) => day === chosen)
  const named = [0, Math.floor(columns.length / 2), columns.length - 1]
  const apart = columns.length / 7
  return (index) => index === at || (named.includes(index) && (at === -1 || Math.abs(index - at) > apart))
}

function share(count: number, top: number): number {
  return (count / top) * 100
}

function Table({ columns, per }: { columns: readonly TrailDay[]; per: Per }) {
  const { t } = useTranslation("trail")
  const words = useDayWords(per)
  return (
    <div className="plot-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{per === "day" ? t("plot.day") : t("plot.weekHead")}</th>
            <th scope="col">{t("plot.done")}</th>
            <th scope="col">{t("plot.refused")}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map(({ day, done, refused }) => (
            <tr key={day}>
              <th scope="row">{words(day)}</th>
              <td>{done}</td>
              <td>{refused}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
