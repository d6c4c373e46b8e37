/** The certificates of the organisation that are still kept, newest first. */
import { useTranslation } from "react-i18next"
import { ListBox, ListBoxItem } from "react-aria-components"
import type { CertificateId, CertificateRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { subjectCode } from "../trail/code.ts"

interface CertificateListProps {
  rows: readonly CertificateRow[]
  chosen: CertificateId | null
  onChoose: (id: CertificateId) => void
}

export function CertificateList({ chosen, onChoose, rows }: CertificateListProps) {
  const { t } = useTranslation("access")
  const about = useAboutWords()
  const dates = useDates()
  if (rows.length === 0) return <p className="small soft">{t("list.none")}</p>
  return (
    <ListBox
      aria-label={t("list.title")}
      className="certificates"
      selectionMode="single"
      selectedKeys={chosen === null ? [] : [chosen]}
      onSelectionChange={(keys) => {
        const row = rows.find(({ id }) => keys !== "all" && keys.has(id))
        if (row !== undefined) onChoose(row.id)
      }}
    >
      {rows.map((row) => (
        <ListBoxItem key={row.id} id={row.id} className="certificate-row" textValue={about(row)}>
          <b>{about(row)}</b>
          <span className="small soft">{t("list.people", { count: row.people })}</span>
          <span className="mini faint">
            {t("list.made", { date: dates.numeric(row.made), by: row.by ?? t("list.somebody") })}
          </span>
          <span className="mini faint">{t("list.kept", { date: dates.numeric(row.kept_until) })}</span>
        </ListBoxItem>
      ))}
    </ListBox>
  )
}

/** `Message du 27/11/2025, cercle C-58QFF` */
export function useAboutWords(): (row: CertificateRow) => string {
  const { t } = useTranslation("access")
  const dates = useDates()
  return ({ circle, since, until }) => {
    const from = dates.numeric(since)
    const code = subjectCode("Circle", circle)
    return until === null
      ? t("about.message", { date: from, code })
      : t("about.period", { from, to: dates.numeric(until), code })
  }
}
