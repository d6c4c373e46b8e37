/** What is inside an envelope: a content as CJ, padded. Unknown fields and versions are refused. */
import { toBase64 } from "../encoding/base64.ts"
import { concat, readU32, u32 } from "../encoding/bytes.ts"
import { decode, encode, NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { padme } from "../encoding/padme.ts"
import type { MessageId, UserId } from "../ids.ts"
import { readFiles, writeFile, type FileContent } from "./file.ts"
import { ENVELOPE_LIMIT, type Kind } from "./header.ts"
import { readNotice, writeNotice, type Notice } from "./notice.ts"
import { readMentions, writeMentions } from "./mentions.ts"

/** Short messages all look alike. */
const SMALLEST = 256
const PREFIX = 4
/** Room for the signatures of a dozen witnesses. */
export const LONGEST_CHECKPOINT = 4096

/** A place in a circle's log: its last item, and the chained hash up to it. */
export interface LogPlace {
  readonly seq: number
  readonly hash: Uint8Array
}

/** What every content of the log says of its sender. */
export interface Counted {
  /** The sending device's own count in this circle, from 1. */
  readonly counter: number
  /** The last place of the log that the sender knew. */
  readonly log: LogPlace
  /** The newest checkpoint of the key log that the sender has seen, as signed; at most once an hour. */
  readonly checkpoint?: string
}

/** Kinds `message` and `urgent`. */
export interface TextContent extends Counted {
  readonly type: "text"
  /** Empty only when there are files. */
  readonly text: string
  readonly files: readonly FileContent[]
  /** People of the circle. */
  readonly mentions: readonly UserId[]
}

/** Kind `notice`. */
export interface NoticeContent extends Counted {
  readonly type: "notice"
  readonly notice: Notice
  /** May be empty. */
  readonly text: string
}

/** Kind `ack`: "seen" of an urgent message, or "seen, and I see to it". */
export interface AckContent extends Counted {
  readonly type: "ack" | "taken"
  readonly target: MessageId
}

export interface ReadContent {
  readonly type: "read"
  readonly read: number
}

export type Content = TextContent | NoticeContent | AckContent | ReadContent

/** The padded plaintext of an envelope. */
export function writeContent(content: Content): Uint8Array {
  const json = encode(asJson(content))
  const length = padme(Math.max(SMALLEST, PREFIX + json.length))
  return concat(u32(json.length), json, new Uint8Array(length - PREFIX - json.length))
}

/** The content that fits an envelope of this kind. Throws NotCanonical. */
export function readContent(kind: Kind, plaintext: Uint8Array): Content {
  if (plaintext.length < SMALLEST) throw new NotCanonical("too short")
  const length = readU32(plaintext, 0)
  const end = PREFIX + length
  if (padme(Math.max(SMALLEST, end)) !== plaintext.length) throw new NotCanonical("not padded as it should be")
  if (plaintext.subarray(end).some((byte) => byte !== 0)) throw new NotCanonical("padding is not zero")
  const fields = new Fields(decode(plaintext.slice(PREFIX, end), ENVELOPE_LIMIT))
  fields.version()
  const content = readOfKind(kind, fields)
  fields.end()
  return content
}

function readOfKind(kind: Kind, fields: Fields): Content {
  switch (kind) {
    case "message":
    case "urgent":
      return readText(fields)
    case "ack":
      return {
        type: fields.oneOf("type", ["ack", "taken"]),
        target: fields.id<MessageId>("target"),
        ...readCounted(fields),
      }
    case "receipt":
      return readReceipt(fields)
    case "notice":
      return { type: "notice", notice: readNotice(fields), text: fields.text("text"), ...readCounted(fields) }
    case "erase":
      throw new NotCanonical("a kind without a content")
  }
}

function readReceipt(fields: Fields): ReadContent {
  return { type: fields.oneOf("type", ["read"]), read: fields.count("read") }
}

function readText(fields: Fields): TextContent {
  const content: TextContent = {
    type: fields.oneOf("type", ["text"]),
    text: fields.text("text"),
    files: readFiles(fields, "files"),
    mentions: readMentions(fields),
    ...readCounted(fields),
  }
  if (content.text === "" && content.files.length === 0) throw new NotCanonical("says nothing")
  return content
}

function readCounted(fields: Fields): Counted {
  const log = fields.object("log")
  const counted = {
    counter: fields.count("counter"),
    log: { seq: log.count("seq"), hash: log.bytes("hash", 32) },
    ...(fields.has("checkpoint") ? { checkpoint: readCheckpoint(fields) } : {}),
  }
  log.end()
  if (counted.counter < 1) throw new NotCanonical("counter begins at 1")
  return counted
}

function readCheckpoint(fields: Fields): string {
  const note = fields.text("checkpoint")
  if (note === "" || note.length > LONGEST_CHECKPOINT) throw new NotCanonical("no checkpoint")
  return note
}

function asJson(content: Content): JsonObject {
  switch (content.type) {
    case "text":
      return {
        ...counted(content),
        ...writeMentions(content.mentions),
        files: content.files.map(writeFile),
        text: content.text,
        type: content.type,
        v: 1,
      }
    case "notice":
      return { ...counted(content), ...writeNotice(content.notice), text: content.text, v: 1 }
    case "ack":
    case "taken":
      return { ...counted(content), target: content.target, type: content.type, v: 1 }
    case "read":
      return { read: content.read, type: content.type, v: 1 }
  }
}

function counted({ checkpoint, counter, log }: Counted): JsonObject {
  const told = checkpoint === undefined ? {} : { checkpoint }
  return { ...told, counter, log: { hash: toBase64(log.hash), seq: log.seq } }
}
