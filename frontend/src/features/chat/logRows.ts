/** The rows of a conversation: its entries, with the days between them and the place from where all is new. Pure. */
import type { Entry } from "../../core/index.ts"
import { dayOf } from "../../locales/today.ts"

export type LogRow =
  | { readonly kind: "day"; readonly key: string; readonly day: string }
  | { readonly kind: "new"; readonly key: string }
  | { readonly kind: "entry"; readonly key: string; readonly entry: Entry }

/**
 * `readUpTo` is the place after which all is new (newLine.ts). `begun` is a day that was said before the first row: while
 * more can come before it, the first row is an entry, which stays where it is when a page comes.
 */
export function logRows(entries: readonly Entry[], readUpTo: number, begun = ""): readonly LogRow[] {
  const rows: LogRow[] = []
  let day = begun
  let newBegan = false
  for (const entry of entries) {
    const entryDay = dayOf(entry.at)
    if (entryDay !== day) {
      day = entryDay
      rows.push({ kind: "day", key: `day ${day} ${entry.key}`, day })
    }
    if (!newBegan && readUpTo > 0 && isNews(entry) && entry.seq !== null && entry.seq > readUpTo) {
      newBegan = true
      rows.push({ kind: "new", key: "new" })
    }
    rows.push({ kind: "entry", key: entry.key, entry })
  }
  return rows
}

/** What one has not read oneself: not what one wrote, and not an act, which asks for no reading. */
export function isNews(entry: Entry): boolean {
  return entry.kind === "message" && !entry.mine
}

/** The last place of the log among these rows, or 0. */
export function lastSeq(rows: readonly LogRow[]): number {
  return rows.reduce(
    (last, row) => (row.kind === "entry" && row.entry.seq !== null ? Math.max(last, row.entry.seq) : last),
    0,
  )
}
