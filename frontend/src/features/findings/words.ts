/** What a finding says: its facts in words, and whom it is about by their codes. */
import { useTranslation } from "react-i18next"
import type { Finding } from "../../core/index.ts"
import { subjectCode } from "../trail/code.ts"

const HEALTH = ["lag", "rejected", "gaps", "witnesses_missing", "outside_days"] as const
const OUTSIDE = ["tries", "without", "withdrawn"] as const

export function useFacts(): (finding: Finding) => string {
  const { t } = useTranslation("findings")
  return ({ facts, rule }) => {
    switch (rule) {
      case "outside_team": {
        const kind = OUTSIDE.find((each) => each in facts)
        return kind === undefined ? "" : t(`fact.${kind}`, facts)
      }
      case "staff_patient":
        return t(facts["own"] ? "fact.own" : "fact.staff_patient", facts)
      case "dormant":
        return t(facts["departed"] ? "fact.departed" : "fact.dormant", facts)
      case "log_health":
        return HEALTH.flatMap((each) => (facts[each] ? [t(`fact.${each}`, { count: facts[each] })] : [])).join(", ")
      default:
        return t(`fact.${rule}`, facts)
    }
  }
}

/** `P-71KD4`, `T-…`, `C-…`: those that the finding is about. */
export function codesOf({ cir, pat, who }: Finding): readonly string[] {
  return [
    ...(who === null ? [] : [subjectCode("Person", who)]),
    ...(pat === null ? [] : [subjectCode("Patient", pat)]),
    ...(cir === null ? [] : [subjectCode("Circle", cir)]),
  ]
}
