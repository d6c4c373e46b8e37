/**
 * What a device keeps for one person, in IndexedDB: values sealed under a key that cannot leave the browser, bound to
 * their place, so that whoever copies the profile's files reads nothing and whoever edits them is found out. Keys (ids,
 * places in a log) are not secret.
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb"
import type { Profile } from "../core/platform.ts"
import { TABLES, type Change, type Entry, type Storage, type TableName } from "../core/store/storage.ts"
import { deviceKey, newDevicePair } from "./devicekey.ts"
import { newSealingKey, open, seal } from "./sealing.ts"

/** One more whenever a table is added. */
const VERSION = 4
/** Above every key with the same beginning. */
const LAST = "\uffff"

/** Neither can be extracted. */
interface PlatformKeys {
  readonly storage: CryptoKey
  readonly unlocker: CryptoKeyPair
}

type Schema = DBSchema &
  Record<TableName, { key: string; value: Uint8Array }> & {
    platform_keys: { key: keyof PlatformKeys; value: PlatformKeys[keyof PlatformKeys] }
  }

type Database = IDBPDatabase<Schema>

export async function openProfile(user: string): Promise<Profile> {
  const database = await openDB<Schema>(`cordee-${user}`, VERSION, {
    upgrade(created) {
      for (const table of [...TABLES, "platform_keys"] as const) {
        if (!created.objectStoreNames.contains(table)) created.createObjectStore(table)
      }
    },
  })
  return {
    storage: sealedStorage(database, await platformKey(database, "storage", newSealingKey)),
    deviceKey: await deviceKey(await platformKey(database, "unlocker", newDevicePair)),
  }
}

/** Made once: of two tabs that start together, both end with the key that was written first. */
async function platformKey<Name extends keyof PlatformKeys>(
  database: Database,
  name: Name,
  make: () => Promise<PlatformKeys[Name]>,
): Promise<PlatformKeys[Name]> {
  const known = await database.get("platform_keys", name)
  if (known !== undefined) return known as PlatformKeys[Name]
  const made = await make()
  const transaction = database.transaction("platform_keys", "readwrite")
  const first = await transaction.store.get(name)
  if (first === undefined) await transaction.store.put(made, name)
  await transaction.done
  return (first ?? made) as PlatformKeys[Name]
}

function sealedStorage(database: Database, key: CryptoKey): Storage {
  return {
    async get(table, at) {
      const sealed = await database.get(table, at)
      return sealed === undefined ? undefined : open(key, sealed, placeOf(table, at))
    },
    list: (table, prefix) => opened(database, key, table, IDBKeyRange.bound(prefix, `${prefix}${LAST}`)),
    range: (table, from, to) => opened(database, key, table, IDBKeyRange.bound(from, to)),
    async write(changes) {
      // A transaction ends as soon as nothing of it is waited for: everything is sealed before it begins.
      const sealed = await Promise.all(changes.map((change) => sealedChange(key, change)))
      const tables = [...new Set(changes.map(({ table }) => table))]
      if (tables.length === 0) return
      const transaction = database.transaction(tables, "readwrite", { durability: "strict" })
      await Promise.all([
        ...sealed.map(({ at, table, value }) => {
          const store = transaction.objectStore(table)
          return value === null ? store.delete(at) : store.put(value, at)
        }),
        transaction.done,
      ])
    },
    close() {
      database.close()
      return Promise.resolve()
    },
  }
}

async function opened(
  database: Database,
  key: CryptoKey,
  table: TableName,
  range: IDBKeyRange,
): Promise<readonly Entry[]> {
  const transaction = database.transaction(table, "readonly")
  const [keys, values] = await Promise.all([
    transaction.store.getAllKeys(range),
    transaction.store.getAll(range),
    transaction.done,
  ])
  return Promise.all(
    keys.map(async (at, index) => {
      const sealed = values[index]
      if (sealed === undefined) throw new TypeError("a key without its value")
      return [at, await open(key, sealed, placeOf(table, at))] as const
    }),
  )
}

async function sealedChange(
  key: CryptoKey,
  { key: at, table, value }: Change,
): Promise<{ readonly table: TableName; readonly at: string; readonly value: Uint8Array | null }> {
  return { table, at, value: value === null ? null : await seal(key, value, placeOf(table, at)) }
}

function placeOf(table: TableName, at: string): Uint8Array {
  return new TextEncoder().encode(`${table}/${at}`)
}
