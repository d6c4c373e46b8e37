/**
 * The rows of the journal: its acts, newest first, with the days between them. What happens all day long stands together
 * until somebody unfolds it, so that what is rare is seen; and so do the same refusals of the same person. Pure.
 */
import type { TrailRow } from "../../core/index.ts"
import { dayOf } from "../../locales/today.ts"

export type JournalRow =
  | { readonly kind: "day"; readonly key: string; readonly day: string }
  | { readonly kind: "event"; readonly key: string; readonly event: TrailRow }
  | { readonly kind: "group"; readonly key: string; readonly events: readonly TrailRow[]; readonly isOpen: boolean }

/** Two in a row are not yet too many to read. */
const FEWEST = 3

export function journalRows(events: readonly TrailRow[], unfolded: ReadonlySet<string>): readonly JournalRow[] {
  const rows: JournalRow[] = []
  let day = ""
  for (const run of runs(events)) {
    const [first] = run
    if (dayOf(first.t) !== day) {
      day = dayOf(first.t)
      rows.push({ kind: "day", key: `day ${day}`, day })
    }
    if (run.length >= FEWEST) {
      const key = `group ${first.id}`
      const isOpen = unfolded.has(key)
      rows.push({ kind: "group", key, events: run, isOpen })
      if (!isOpen) continue
    }
    rows.push(...run.map((event) => ({ kind: "event", key: event.id, event }) as const))
  }
  return rows
}

type Run = [TrailRow, ...TrailRow[]]

function runs(events: readonly TrailRow[]): readonly Run[] {
  const found: Run[] = []
  for (const event of events) {
    const last = found.at(-1)
    if (last !== undefined && together(last[0], event)) last.push(event)
    else found.push([event])
  }
  return found
}

function together(one: TrailRow, other: TrailRow): boolean {
  if (dayOf(one.t) !== dayOf(other.t)) return false
  if (isOrdinary(one) && isOrdinary(other)) return true
  return one.out !== 0 && other.out !== 0 && one.who === other.who && one.act === other.act && one.err === other.err
}

function isOrdinary({ out, severity }: TrailRow): boolean {
  return out === 0 && severity === "informational"
}
