/** The columns of the plot: the last 26 weeks by their Mondays; an empty one is an answer too. Pure. */
import type { Rule, RuleWeek } from "../../core/index.ts"
import { later } from "../trail/filters.ts"

const WEEKS = 26

export type Week = Omit<RuleWeek, "rule">

/** `rule` null: all of them together. */
export function weeksOf(weeks: readonly RuleWeek[], rule: Rule | null, today: string): readonly Week[] {
  const weekday = (new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7
  const monday = later(today, -weekday)
  const wanted = weeks.filter((each) => rule === null || each.rule === rule)
  return Array.from({ length: WEEKS }, (_, index) => {
    const week = later(monday, 7 * (index + 1 - WEEKS))
    const here = wanted.filter((each) => each.week === week)
    return {
      week,
      n: here.reduce((sum, each) => sum + each.n, 0),
      confirmed: here.reduce((sum, each) => sum + each.confirmed, 0),
    }
  })
}
