/** The periods of a circle's history. Pure. */
import { dayOf } from "../../locales/today.ts"

/** What was written under one key: from `at` to where the next begins. */
export interface Period {
  readonly epoch: number
  readonly at: string
}

/** From which period to give so that nothing written since a day is missing; the oldest when the day is before all. */
export function periodOf(periods: readonly [Period, ...Period[]], day: string): Period {
  const [oldest] = periods
  return periods.findLast(({ at }) => dayOf(at) < day) ?? oldest
}
