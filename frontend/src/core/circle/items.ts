/**
 * An item of the log as this device keeps it: what is shown of it, opened once and stored (under the platform's
 * sealing), with its place so that a later claim about the log can be checked.
 */
import { toBase64 } from "../encoding/base64.ts"
import type { Json, JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { DeviceId, MessageId, UserId } from "../ids.ts"
import type { CircleEvent, EventEntry, GapEntry, MessageEntry, UnreadableEntry } from "../model.ts"
import { END_CODES } from "../policy/change.ts"
import { GROUNDS, ROLES } from "../policy/person.ts"
import { record, table, type Table } from "../store/table.ts"

export type StoredEntry =
  | Pick<MessageEntry, "kind" | "id" | "author" | "device" | "text" | "created">
  | Pick<EventEntry, "kind" | "event">
  | Pick<GapEntry, "kind" | "author" | "missing">
  /** `env` stays for the day when the key is there. */
  | (Pick<UnreadableEntry, "kind" | "author" | "why"> & { readonly env: string })
  | { readonly kind: "erased" }

export interface ItemRecord {
  readonly seq: number
  readonly at: string
  /** Chained hash of the log up to here. */
  readonly hash: Uint8Array
  /** Nothing for a commit that only renews keys. */
  readonly entries: readonly StoredEntry[]
}

/** Under circle and place. */
export const items: Table<ItemRecord> = table(
  "items",
  record(
    ({ at, entries, hash, seq }) => ({ at, entries: entries.map(writeEntry), hash: toBase64(hash), seq, v: 1 }),
    (fields) => {
      fields.version()
      return {
        seq: fields.count("seq"),
        at: fields.text("at"),
        hash: fields.bytes("hash", 32),
        entries: fields.list("entries", 100).map(readEntry),
      }
    },
  ),
)

function writeEntry(entry: StoredEntry): JsonObject {
  return entry.kind === "event" ? { kind: entry.kind, event: { ...entry.event } } : { ...entry }
}

function readEntry(value: Json): StoredEntry {
  const fields = new Fields(value)
  const entry = readKnownEntry(fields)
  fields.end()
  return entry
}

function readKnownEntry(fields: Fields): StoredEntry {
  const kind = fields.oneOf("kind", ["message", "event", "gap", "unreadable", "erased"])
  switch (kind) {
    case "message":
      return {
        kind,
        id: fields.id<MessageId>("id"),
        author: fields.id<UserId>("author"),
        device: fields.id<DeviceId>("device"),
        text: fields.text("text"),
        created: fields.text("created"),
      }
    case "event":
      return { kind, event: readEvent(fields.object("event")) }
    case "gap":
      return { kind, author: fields.id<UserId>("author"), missing: fields.count("missing") }
    case "unreadable":
      return {
        kind,
        author: fields.maybe("author", (from, name) => from.id<UserId>(name)),
        why: fields.oneOf("why", ["no_key", "unknown_device", "not_as_signed", "newer_version"]),
        env: fields.text("env"),
      }
    case "erased":
      return { kind }
  }
}

function readEvent(fields: Fields): CircleEvent {
  const event = readKnownEvent(fields)
  fields.end()
  return event
}

function readKnownEvent(fields: Fields): CircleEvent {
  const type = fields.oneOf("type", ["opened", "invited", "joined", "device_added", "ended"])
  switch (type) {
    case "opened":
      return { type, by: fields.id<UserId>("by") }
    case "invited":
      return {
        type,
        by: fields.id<UserId>("by"),
        user: fields.id<UserId>("user"),
        role: fields.oneOf("role", ROLES),
        ground: fields.oneOf("ground", GROUNDS),
        notAfter: fields.maybe("notAfter", (from, name) => from.text(name)),
      }
    case "joined":
      return { type, user: fields.id<UserId>("user") }
    case "device_added":
      return { type, user: fields.id<UserId>("user"), device: fields.id<DeviceId>("device") }
    case "ended":
      return {
        type,
        by: fields.id<UserId>("by"),
        user: fields.id<UserId>("user"),
        code: fields.oneOf("code", END_CODES),
      }
  }
}
