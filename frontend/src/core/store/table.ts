/**
 * Typed access to one table of the storage: how its keys are made and how its values become bytes.
 *
 * Reads go straight to the storage; changes are made as values and written together with others in one transaction.
 */
import { decode, encode, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { Change, Storage, TableName } from "./storage.ts"

export interface Codec<Value> {
  readonly write: (value: Value) => Uint8Array
  /** Throws for bytes that this version did not write. */
  readonly read: (bytes: Uint8Array) => Value
}

export interface Table<Value> {
  readonly get: (storage: Storage, ...key: readonly string[]) => Promise<Value | undefined>
  /** The values below a key, in the order of their keys, with the last part of each. */
  readonly list: (
    storage: Storage,
    ...above: readonly string[]
  ) => Promise<readonly (readonly [last: string, value: Value])[]>
  /** The values from one place to another below a key, both included, in their order. */
  readonly range: (storage: Storage, above: string, from: number, to: number) => Promise<readonly Value[]>
  readonly put: (value: Value, ...key: readonly string[]) => Change
  readonly remove: (...key: readonly string[]) => Change
}

export function table<Value>(name: TableName, codec: Codec<Value>): Table<Value> {
  return {
    async get(storage, ...key) {
      const bytes = await storage.get(name, key.join("/"))
      return bytes === undefined ? undefined : codec.read(bytes)
    },
    async list(storage, ...above) {
      const prefix = above.map((part) => `${part}/`).join("")
      const found = await storage.list(name, prefix)
      return found.map(([key, bytes]) => [key.slice(prefix.length), codec.read(bytes)] as const)
    },
    async range(storage, above, from, to) {
      const found = await storage.range(name, `${above}/${place(from)}`, `${above}/${place(to)}`)
      return found.map(([, bytes]) => codec.read(bytes))
    },
    put: (value, ...key) => ({ table: name, key: key.join("/"), value: codec.write(value) }),
    remove: (...key) => ({ table: name, key: key.join("/"), value: null }),
  }
}

export const BYTES: Codec<Uint8Array> = { write: (value) => value, read: (bytes) => bytes }

/** What a device keeps is bounded by its disk, not by a protocol. */
const LIMIT = 64 * 1024 * 1024

/** Records as canonical JSON; `read` names each field, so that a record of another version does not pass. */
export function record<Value>(write: (value: Value) => JsonObject, read: (fields: Fields) => Value): Codec<Value> {
  return {
    write: (value) => encode(write(value)),
    read(bytes) {
      const fields = new Fields(decode(bytes, LIMIT))
      const value = read(fields)
      fields.end()
      return value
    },
  }
}

/** A number as a key: 16 digits, so that keys sort as their numbers do. */
export function place(number: number): string {
  return String(number).padStart(16, "0")
}
