/** Findings per week of the last half year, of one rule or of all: as columns, as a sentence, as a table. */
import "../trail/plot.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Rule, RuleWeek } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { weeksOf, type Week } from "./weeks.ts"

export function RulePlot({ rule, weeks }: { rule: Rule | null; weeks: readonly RuleWeek[] }) {
  const { t } = useTranslation("findings")
  const dates = useDates()
  const [isTable, setTable] = useState(false)
  const columns = weeksOf(weeks, rule, useToday())
  const n = columns.reduce((sum, each) => sum + each.n, 0)
  if (n === 0) return <p className="soft small">{t("plot.none")}</p>
  const busiest = columns.reduce((most, each) => (each.n > most.n ? each : most))
  const confirmed = columns.reduce((sum, each) => sum + each.confirmed, 0)
  return (
    <section className="plot" aria-labelledby="rule-plot-title">
      <div className="plot-head">
        <h2 id="rule-plot-title">{t("plot.title")}</h2>
        <ul className="plot-legend mini soft">
          <li className="plot-done">{t("plot.legend.n")}</li>
          <li className="plot-refused">{t("plot.legend.confirmed")}</li>
        </ul>
        <Button
          variant="quiet"
          onPress={() => {
            setTable(!isTable)
          }}
        >
          {isTable ? t("plot.graph") : t("plot.table")}
        </Button>
      </div>
      <p className="unseen">{t("plot.summary", { n, confirmed, week: dates.long(busiest.week), most: busiest.n })}</p>
      {isTable ? <Table columns={columns} /> : <Columns columns={columns} top={busiest.n} />}
    </section>
  )
}

function Columns({ columns, top }: { columns: readonly Week[]; top: number }) {
  const dates = useDates()
  const first = columns[0]
  const last = columns.at(-1)
  return (
    <div aria-hidden="true">
      <div className="rule-columns">
        {columns.map(({ confirmed, n, week }) => (
          <svg key={week} viewBox="0 0 10 100" preserveAspectRatio="none">
            <rect
              className="bar-done"
              x="0"
              width="10"
              y={100 - (100 * n) / top}
              height={(100 * (n - confirmed)) / top}
            />
            <rect
              className="bar-refused"
              x="0"
              width="10"
              y={100 - (100 * confirmed) / top}
              height={(100 * confirmed) / top}
            />
          </svg>
        ))}
      </div>
      <p className="rule-days mini faint">
        <span>{first && dates.short(first.week)}</span>
        <span>{last && dates.short(last.week)}</span>
      </p>
    </div>
  )
}

function Table({ columns }: { columns: readonly Week[] }) {
  const { t } = useTranslation("findings")
  const dates = useDates()
  return (
    <div className="plot-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{t("plot.week")}</th>
            <th scope="col">{t("plot.legend.n")}</th>
            <th scope="col">{t("plot.legend.confirmed")}</th>
          </tr>
        </thead>
        <tbody>
          {columns
            .filter(({ n }) => n > 0)
            .map(({ confirmed, n, week }) => (
              <tr key={week}>
                <th scope="row">{dates.long(week)}</th>
                <td>{n}</td>
                <td>{confirmed}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  )
}
