/** Storage that lives as long as the process: Node (the demo's seed, load tests) and the tests. */
import type { Change, Entry, Storage, TableName } from "./storage.ts"

export function createMemoryStorage(): Storage {
  const tables = new Map<TableName, Map<string, Uint8Array>>()
  const table = (name: TableName): Map<string, Uint8Array> => {
    const found = tables.get(name) ?? new Map<string, Uint8Array>()
    tables.set(name, found)
    return found
  }
  return {
    // Copies in and out, as a database would: nobody holds the stored bytes themselves.
    get: (name, key) => Promise.resolve(table(name).get(key)?.slice()),
    list: (name, prefix) => Promise.resolve(inOrder(table(name), (key) => key.startsWith(prefix))),
    range: (name, from, to) => Promise.resolve(inOrder(table(name), (key) => from <= key && key <= to)),
    write(changes: readonly Change[]) {
      for (const { key, table: name, value } of changes) {
        if (value === null) table(name).delete(key)
        else table(name).set(key, value.slice())
      }
      return Promise.resolve()
    },
    close: () => Promise.resolve(),
  }
}

function inOrder(table: ReadonlyMap<string, Uint8Array>, wanted: (key: string) => boolean): readonly Entry[] {
  const found = [...table].filter(([key]) => wanted(key)).sort(([a], [b]) => (a < b ? -1 : 1))
  return found.map(([key, value]) => [key, value.slice()])
}
