/** The rules, each with what it finds and how much waits there; one is chosen, or all. */
import { useTranslation } from "react-i18next"
import { ListBox, ListBoxItem, Text } from "react-aria-components"
import { RULES, type Rule, type RuleCount } from "../../core/index.ts"
import { Count } from "../../ui/Chip.tsx"

interface RuleChoiceProps {
  counts: readonly RuleCount[]
  rule: Rule | null
  onChange: (rule: Rule | null) => void
}

const ALL = "all"

export function RuleChoice({ counts, onChange, rule }: RuleChoiceProps) {
  const { t } = useTranslation("findings")
  const open = (each: Rule) => counts.find((count) => count.rule === each)?.open ?? 0
  const all = RULES.reduce((sum, each) => sum + open(each), 0)
  return (
    <ListBox
      className="rule-list"
      aria-label={t("rules.label")}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[rule ?? ALL]}
      onSelectionChange={(keys) => {
        onChange(RULES.find((each) => keys !== "all" && keys.has(each)) ?? null)
      }}
    >
      <ListBoxItem id={ALL} textValue={t("rules.all")} className="rule">
        <Text slot="label">{t("rules.all")}</Text>
        <Waiting count={all} />
      </ListBoxItem>
      {RULES.map((each) => (
        <ListBoxItem key={each} id={each} textValue={t(`rule.${each}.name`)} className="rule">
          <Text slot="label">{t(`rule.${each}.name`)}</Text>
          <Waiting count={open(each)} />
          {rule === each && (
            <Text slot="description" className="mini soft rule-means">
              {t(`rule.${each}.means`)}
            </Text>
          )}
        </ListBoxItem>
      ))}
    </ListBox>
  )
}

function Waiting({ count }: { count: number }) {
  const { t } = useTranslation("findings")
  return count === 0 ? <span /> : <Count value={count} meaning={t("status.open")} />
}
