/** Histories of keys with their proofs, as the server gives them (docs/protocol.md, "Key log"). */
import { fromBase64 } from "../encoding/base64.ts"
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import type { UserId } from "../ids.ts"
import type { NamedKey } from "../log/keys.ts"
import { many, textOrNull } from "./read.ts"

export interface ApiPerson {
  readonly user: UserId
  /** All of them, in order. */
  readonly events: readonly {
    readonly raw: Uint8Array
    /** Place in the log; null while it is not sealed. */
    readonly index: number | null
    readonly path: readonly Uint8Array[]
  }[]
}

export interface KeyLogAnswer {
  /** Those that have signed the log, the oldest first. None while nothing was ever signed. */
  readonly keys: readonly NamedKey[]
  /** The newest signed checkpoint; null while nothing has been sealed. */
  readonly checkpoint: string | null
  /** From each size that was asked for to the checkpoint's, as far as the log is that long. */
  readonly consistency: readonly { readonly size: number; readonly path: readonly Uint8Array[] }[]
  /** Those of the people asked for of whom this person may know. */
  readonly people: readonly ApiPerson[]
}

/** More than the path of any tree below 2^53 leaves. */
const LONGEST_PATH = 128

export function readKeyLog(fields: Fields): KeyLogAnswer {
  return {
    keys: many(fields, "keys", namedKey),
    checkpoint: textOrNull(fields, "checkpoint"),
    consistency: many(fields, "consistency", (row) => ({ size: row.count("size"), path: readPath(row) })),
    people: many(fields, "people", (person) => ({
      user: person.id<UserId>("user"),
      events: many(person, "events", (row) => ({
        raw: row.bytes("raw"),
        index: row.maybe("index", (from, name) => from.count(name)),
        path: readPath(row),
      })),
    })),
  }
}

export function namedKey(row: Fields): NamedKey {
  return { vkey: row.text("vkey"), note: textOrNull(row, "note") }
}

export function keyLogPath(users: readonly UserId[], seen: readonly number[]): string {
  const query = new URLSearchParams([
    ...users.map((user): [string, string] => ["user", user]),
    ...seen.map((size): [string, string] => ["seen", String(size)]),
  ])
  return `/api/key-log?${query.toString()}`
}

function readPath(row: Fields): readonly Uint8Array[] {
  return row.list("path", LONGEST_PATH).map(hash)
}

function hash(value: Json): Uint8Array {
  const bytes = typeof value === "string" ? fromBase64(value) : new Uint8Array()
  if (bytes.length !== 32) throw new NotCanonical("not a hash")
  return bytes
}
