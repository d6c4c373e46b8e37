/**
 * An item of the log as this device keeps it: what is shown of it, opened once and stored (under the platform's
 * sealing), with its place so that a later claim about the log can be checked.
 */
import { toBase64 } from "../encoding/base64.ts"
import type { Json, JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { readFiles, writeFile, type FileContent } from "../envelope/file.ts"
import { readMentions, writeMentions } from "../envelope/mentions.ts"
import { readNotice, writeNotice, type Notice } from "../envelope/notice.ts"
import type { DeviceId, MessageId, UserId } from "../ids.ts"
import type { CircleEvent, ErasedEntry, EventEntry, GapEntry, MessageEntry, UnreadableEntry } from "../model.ts"
import { GROUNDS, ROLES } from "../policy/person.ts"
import { END_CODES } from "../statements/orders.ts"
import { record, table, type Table } from "../store/table.ts"
import { readTakes } from "./outgoing.ts"

export type StoredEntry =
  | StoredMessage
  | Pick<EventEntry, "kind" | "event">
  | Pick<GapEntry, "kind" | "author" | "missing">
  | StoredUnreadable
  /** An item without ciphertext: erased only once its erasure is in the log. */
  | { readonly kind: "withheld"; readonly digest: string }
  | Pick<ErasedEntry, "kind" | "by">
  | StoredAck
  | StoredErasure

export interface StoredUnreadable extends Pick<UnreadableEntry, "kind" | "author"> {
  readonly why: Exclude<UnreadableEntry["why"], "withheld">
  /** Stays for the day when the key is there. */
  readonly env: string
}

export interface StoredMessage extends Pick<
  MessageEntry,
  "kind" | "id" | "author" | "device" | "text" | "created" | "urgent" | "mentions"
> {
  readonly files: readonly FileContent[]
  readonly notice: Notice | null
  /** SHA-256 of its envelope: what an erasure names. */
  readonly digest: string
}

/** Not shown itself, but at the message. */
export interface StoredAck {
  readonly kind: "ack"
  readonly author: UserId
  readonly target: MessageId
  readonly takes: boolean
}

/** Likewise. */
export interface StoredErasure {
  readonly kind: "erasure"
  readonly author: UserId
  /** By its place in the log the author was a coordinator, who may erase what others wrote. */
  readonly coordinator: boolean
  readonly target: MessageId
  readonly digest: string
}

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
  if (entry.kind === "event") return { kind: entry.kind, event: { ...entry.event } }
  if (entry.kind !== "message") return { ...entry }
  const { mentions, notice, ...message } = entry
  const announced = notice === null ? {} : { notice: writeNotice(notice) }
  return { ...message, ...announced, files: entry.files.map(writeFile), ...writeMentions(mentions) }
}

function readEntry(value: Json): StoredEntry {
  const fields = new Fields(value)
  const entry = readKnownEntry(fields)
  fields.end()
  return entry
}

function readKnownEntry(fields: Fields): StoredEntry {
  const kind = fields.oneOf("kind", ["message", "event", "gap", "unreadable", "withheld", "erased", "ack", "erasure"])
  switch (kind) {
    case "message":
      return {
        kind,
        id: fields.id<MessageId>("id"),
        author: fields.id<UserId>("author"),
        device: fields.id<DeviceId>("device"),
        text: fields.text("text"),
        files: readFiles(fields, "files"),
        mentions: readMentions(fields),
        notice: fields.has("notice") ? readWhole(fields.object("notice")) : null,
        urgent: fields.flag("urgent"),
        created: fields.text("created"),
        digest: fields.text("digest"),
      }
    case "event":
      return { kind, event: readEvent(fields.object("event")) }
    case "gap":
      return { kind, author: fields.id<UserId>("author"), missing: fields.count("missing") }
    case "unreadable":
      return {
        kind,
        author: fields.maybe("author", (from, name) => from.id<UserId>(name)),
        why: fields.oneOf("why", ["no_key", "wrong_key", "unknown_device", "not_as_signed"]),
        env: fields.text("env"),
      }
    case "withheld":
      return { kind, digest: fields.text("digest") }
    case "erased":
      return { kind, by: fields.maybe("by", (from, name) => from.id<UserId>(name)) }
    case "ack":
      return {
        kind,
        author: fields.id<UserId>("author"),
        target: fields.id<MessageId>("target"),
        takes: readTakes(fields),
      }
    case "erasure":
      return {
        kind,
        author: fields.id<UserId>("author"),
        coordinator: fields.flag("coordinator"),
        target: fields.id<MessageId>("target"),
        digest: fields.text("digest"),
      }
  }
}

function readWhole(fields: Fields): Notice {
  const notice = readNotice(fields)
  fields.end()
  return notice
}

function readEvent(fields: Fields): CircleEvent {
  const event = readKnownEvent(fields)
  fields.end()
  return event
}

function readKnownEvent(fields: Fields): CircleEvent {
  const type = fields.oneOf("type", [
    "opened",
    "invited",
    "joined",
    "device_added",
    "role",
    "admitted",
    "identity_reset",
    "identity_rotated",
    "device_revoked",
    "restored",
    "history_granted",
    "ended",
  ])
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
    case "role":
      return {
        type,
        by: fields.id<UserId>("by"),
        user: fields.id<UserId>("user"),
        role: fields.oneOf("role", ROLES),
        notAfter: fields.maybe("notAfter", (from, name) => from.text(name)),
      }
    case "admitted":
    case "identity_reset":
    case "identity_rotated":
    case "restored":
      return { type, by: fields.id<UserId>("by"), user: fields.id<UserId>("user") }
    case "device_revoked":
      return {
        type,
        by: fields.id<UserId>("by"),
        user: fields.id<UserId>("user"),
        device: fields.id<DeviceId>("device"),
      }
    case "history_granted":
      return {
        type,
        by: fields.id<UserId>("by"),
        user: fields.id<UserId>("user"),
        from: fields.count("from"),
        to: fields.count("to"),
      }
    case "ended":
      return {
        type,
        by: fields.id<UserId>("by"),
        user: fields.id<UserId>("user"),
        code: fields.oneOf("code", END_CODES),
      }
  }
}
