/**
 * What a device keeps for one person, in IndexedDB: values sealed under a key that cannot leave the browser, bound to
 * their place, so that whoever copies the profile's files reads nothing and whoever edits them is found out. Keys (ids,
 * places in a log) are not secret.
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb"
import type { Profile } from "../core/platform.ts"
import { TABLES, type Change, type Storage, type TableName } from "../core/store/storage.ts"
import { deviceKey } from "./devicekey.ts"
import { newSealingKey, open, seal } from "./sealing.ts"

const VERSION = 1
/** Above every key with the same beginning. */
const LAST = "\uffff"

type KeyName = "storage" | "device"

type Schema = DBSchema &
  Record<TableName, { key: string; value: Uint8Array }> & { platform_keys: { key: KeyName; value: CryptoKey } }

type Database = IDBPDatabase<Schema>

export async function openProfile(user: string): Promise<Profile> {
  const database = await openDB<Schema>(`cordee-${user}`, VERSION, {
    upgrade(created) {
      for (const table of TABLES) created.createObjectStore(table)
      created.createObjectStore("platform_keys")
    },
  })
  return {
    storage: sealedStorage(database, await platformKey(database, "storage")),
    deviceKey: deviceKey(await platformKey(database, "device")),
  }
}

/** Made once: of two tabs that start together, both end with the key that was written first. */
async function platformKey(database: Database, name: KeyName): Promise<CryptoKey> {
  const known = await database.get("platform_keys", name)
  if (known !== undefined) return known
  const made = await newSealingKey()
  const transaction = database.transaction("platform_keys", "readwrite")
  const first = await transaction.store.get(name)
  if (first === undefined) await transaction.store.put(made, name)
  await transaction.done
  return first ?? made
}

function sealedStorage(database: Database, key: CryptoKey): Storage {
  return {
    async get(table, at) {
      const sealed = await database.get(table, at)
      return sealed === undefined ? undefined : open(key, sealed, placeOf(table, at))
    },
    async list(table, prefix) {
      const transaction = database.transaction(table, "readonly")
      const range = IDBKeyRange.bound(prefix, `${prefix}${LAST}`)
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
    },
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

async function sealedChange(
  key: CryptoKey,
  { key: at, table, value }: Change,
): Promise<{ readonly table: TableName; readonly at: string; readonly value: Uint8Array | null }> {
  return { table, at, value: value === null ? null : await seal(key, value, placeOf(table, at)) }
}

function placeOf(table: TableName, at: string): Uint8Array {
  return new TextEncoder().encode(`${table}/${at}`)
}
