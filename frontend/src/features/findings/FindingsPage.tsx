/**
 * What stands out in an organisation's trail: the findings of each rule with their evidence, reviewed here; from how much
 * on a rule speaks; the report of each month.
 */
import "./findings.css"
import "../trail/journal.css"
import "../trail/detail.css"
import "../trail/timeline.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { FindingFilters, FindingId } from "../../core/index.ts"
import { Drawer } from "../../ui/Dialog.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { useTitle } from "../shell/title.ts"
import { DeskHeader } from "../trail/TrailLayout.tsx"
import { FindingList } from "./FindingList.tsx"
import { FindingPanel } from "./FindingPanel.tsx"
import { MonthlyReports } from "./MonthlyReports.tsx"
import { DESK } from "./desk.ts"
import { RuleChoice } from "./RuleChoice.tsx"
import { RulePlot } from "./RulePlot.tsx"
import { StatusChoice } from "./StatusChoice.tsx"
import { Thresholds } from "./Thresholds.tsx"
import { useListed } from "./useFindings.ts"

const VIEWS = ["findings", "thresholds", "reports"] as const
type View = (typeof VIEWS)[number]

/** As in trail/journal.css: below, the chosen finding opens as a drawer, the rules become a list to choose from. */
const WIDE = "(min-width: 1181px)"

export function FindingsPage() {
  const { t } = useTranslation("findings")
  useTitle(t("title"))
  const [view, setView] = useState<View>("findings")
  const isDesk = useMedia(DESK)
  return (
    <div className="desk">
      <DeskHeader title={t("title")}>
        <div className="finding-views">
          <Segmented
            label={t("tabs")}
            choices={VIEWS.filter((value) => value !== "thresholds" || isDesk).map((value) => ({
              value,
              label: t(`view.${value}`),
            }))}
            value={view}
            onChange={setView}
          />
        </div>
      </DeskHeader>
      {view === "findings" && <Reviewing />}
      {view === "thresholds" && <Thresholds />}
      {view === "reports" && <MonthlyReports />}
    </div>
  )
}

function Reviewing() {
  const { t } = useTranslation("findings")
  const [filters, setFilters] = useState<FindingFilters>({ rule: null, status: "open" })
  const [chosen, setChosen] = useState<FindingId | null>(null)
  const listed = useListed(filters)
  const isWide = useMedia(WIDE)
  const change = (changed: Partial<FindingFilters>) => {
    setFilters({ ...filters, ...changed })
    setChosen(null)
  }
  const panel = chosen && <FindingPanel key={chosen} finding={chosen} />
  return (
    <div className="journal">
      <aside className="journal-facets finding-rules" aria-label={t("rules.label")} data-region>
        <RuleChoice
          counts={listed.counts?.rules ?? []}
          rule={filters.rule}
          onChange={(rule) => {
            change({ rule })
          }}
        />
      </aside>
      <main className="journal-main finding-main" data-region>
        <RulePlot weeks={listed.counts?.weeks ?? []} rule={filters.rule} />
        <StatusChoice filters={filters} onChange={change} counts={listed.counts?.rules ?? []} />
        <FindingList listed={listed} chosen={chosen} onChoose={setChosen} />
      </main>
      {isWide && (
        <aside className="journal-detail" aria-label={t("detail.title")} data-region>
          {panel ?? <p className="soft small">{t("detail.none")}</p>}
        </aside>
      )}
      <Drawer
        label={t("detail.title")}
        side="end"
        isOpen={chosen !== null && !isWide}
        onClose={() => {
          setChosen(null)
        }}
      >
        {panel}
      </Drawer>
    </div>
  )
}
