/**
 * What a device keeps: named tables of byte values under text keys, changed in transactions.
 *
 * `store/memory.ts` keeps them in memory, `src/platform/indexeddb.ts` in the browser, sealed. The records inside
 * are the business of those who keep them (`circle/records.ts`, `session/deviceRecord.ts`), through `table.ts`.
 */

export const TABLES = [
  "device",
  "circles",
  "groups",
  "standings",
  "pending",
  "items",
  "borders",
  "outbox",
  "uploads",
  "pieces",
  "keys",
  "certificates",
  "receipts",
  "people",
  "checkpoints",
  "keylog",
] as const

export type TableName = (typeof TABLES)[number]

export interface Change {
  readonly table: TableName
  readonly key: string
  /** null deletes. */
  readonly value: Uint8Array | null
}

export type Entry = readonly [key: string, value: Uint8Array]

export interface Storage {
  readonly get: (table: TableName, key: string) => Promise<Uint8Array | undefined>
  /** All entries whose key starts with `prefix`, in the order of their keys. */
  readonly list: (table: TableName, prefix: string) => Promise<readonly Entry[]>
  /** The entries from one key to another, both included, in their order. */
  readonly range: (table: TableName, from: string, to: string) => Promise<readonly Entry[]>
  /** All changes or none, also when the page dies in the middle. */
  readonly write: (changes: readonly Change[]) => Promise<void>
  readonly close: () => Promise<void>
}
