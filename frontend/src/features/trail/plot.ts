/** The columns of the plot: every day, or week, of the period that was asked for; an empty one is an answer too. Pure. */
import type { TrailDay, TrailFacets } from "../../core/index.ts"
import { later, type Asked } from "./filters.ts"

export function columnsOf({ days, per }: TrailFacets, { from, to }: Pick<Asked, "from" | "to">): readonly TrailDay[] {
  const first = days[0]?.day
  const last = days.at(-1)?.day
  if (first === undefined || last === undefined || per === "week") return days
  const known = new Map(days.map((each) => [each.day, each]))
  const begin = from !== null && from < first ? from : first
  const end = to !== null && to > last ? to : last
  const columns: TrailDay[] = []
  for (let day = begin; day <= end; day = later(day, 1)) columns.push(known.get(day) ?? { day, done: 0, refused: 0 })
  return columns
}

/** The smallest round number of three steps that holds the highest column. */
export function topOf(columns: readonly TrailDay[]): number {
  const most = Math.max(3, ...columns.map(({ done, refused }) => done + refused))
  const step = 10 ** Math.max(0, Math.floor(Math.log10(most / 3)))
  return 3 * step * Math.ceil(most / (3 * step))
}
