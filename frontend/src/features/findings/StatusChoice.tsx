/** Which findings are listed: those that wait, or what officers made of them; on a phone also of which rule. */
import { useTranslation } from "react-i18next"
import { FINDING_STATUSES, RULES, type FindingFilters, type RuleCount } from "../../core/index.ts"
import { Select } from "../../ui/Select.tsx"

interface StatusChoiceProps {
  filters: FindingFilters
  counts: readonly RuleCount[]
  onChange: (changed: Partial<FindingFilters>) => void
}

const ALL = "all"

export function StatusChoice({ counts, filters, onChange }: StatusChoiceProps) {
  const { t } = useTranslation("findings")
  const shown = counts.filter(({ rule }) => filters.rule === null || rule === filters.rule)
  const sum = (status: (typeof FINDING_STATUSES)[number]) => shown.reduce((all, each) => all + each[status], 0)
  return (
    <div className="finding-filters">
      <div className="finding-rule-narrow">
        <Select
          label={t("rules.label")}
          choices={[
            { value: ALL, label: t("rules.all") },
            ...RULES.map((rule) => ({ value: rule, label: t(`rule.${rule}.name`) })),
          ]}
          value={filters.rule ?? ALL}
          onChange={(value) => {
            onChange({ rule: RULES.find((rule) => rule === value) ?? null })
          }}
        />
      </div>
      <Select
        label={t("status.label")}
        choices={[
          { value: ALL, label: t("status.all") },
          ...FINDING_STATUSES.map((status) => ({ value: status, label: `${t(`status.${status}`)} (${sum(status)})` })),
        ]}
        value={filters.status ?? ALL}
        onChange={(value) => {
          onChange({ status: FINDING_STATUSES.find((status) => status === value) ?? null })
        }}
      />
    </div>
  )
}
