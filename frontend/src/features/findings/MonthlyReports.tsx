/** The report of each month, to be fetched and printed. */
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { MonthlyReport } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Icon } from "../../ui/Icon.tsx"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { useDesk } from "../trail/desk.ts"

export function MonthlyReports() {
  const { t } = useTranslation("findings")
  const { findings } = useCordee()
  const { id } = useDesk().organisation
  const words = useErrorWords()
  const { data, error } = useQuery({ queryKey: ["monthly reports", id], queryFn: () => findings.reports(id) })
  return (
    <main className="finding-form" data-region>
      <h2>{t("reports.title")}</h2>
      <p className="soft small">{t("reports.note")}</p>
      <Problem words={error === null ? null : words(error)} />
      {data?.length === 0 && <p>{t("reports.none")}</p>}
      <ul className="report-list">
        {data?.map((report) => (
          <li key={report.month} className="report-row">
            <Row report={report} address={findings.reportAddress(id, report.month)} />
          </li>
        ))}
      </ul>
    </main>
  )
}

function Row({ address, report }: { address: string; report: MonthlyReport }) {
  const { i18n, t } = useTranslation("findings")
  const dates = useDates()
  const month = new Intl.DateTimeFormat(i18n.language, { month: "long", year: "numeric", timeZone: "UTC" }).format(
    new Date(report.month),
  )
  return (
    <>
      <div>
        <p>
          <b>{month}</b>
        </p>
        <p className="soft small">
          {t("reports.row", { count: report.findings, open: report.open })},{" "}
          {t("reports.made", { date: dates.day(report.made) })}
        </p>
      </div>
      <a className="button" href={address} download aria-label={t("reports.pdf", { month })}>
        <Icon name="export" small />
        PDF
      </a>
    </>
  )
}
