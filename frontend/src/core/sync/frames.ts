/**
 * The frames of the socket (docs/protocol.md, "Socket"): what a client writes, and a strict reader for what the server
 * says.
 */
import * as read from "../api/read.ts"
import type { Base64, CalendarDate, ConsentHow, EndCode, Item, SealedKeys, Timestamp } from "../api/types.ts"
import { fromUtf8, utf8 } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { CircleId, CommitRef, DeviceId, GrantId, MessageId, RoleId, UserId } from "../ids.ts"

export const SUBPROTOCOL = "cordee.v1"
export const SOCKET_PATH = "/ws"

/** What the server's tables need to know of a commit and the chain does not carry. */
export type Act =
  | {
      readonly do: "invite"
      readonly role_id: RoleId
      readonly invitation: Base64
      /** With the ground `outside_team`. */
      readonly consent: { readonly given_on: CalendarDate; readonly how: ConsentHow } | null
      /** Whose secretariat a delegate is. */
      readonly for: UserId | null
    }
  | { readonly do: "end"; readonly user: UserId; readonly code: EndCode; readonly reason: string }
  | { readonly do: "join" }
  | { readonly do: "update" }
  | { readonly do: "hand_over"; readonly to: UserId; readonly until: Timestamp | null }
  | { readonly do: "policy" }

export interface CommitFrame {
  readonly t: "commit"
  readonly ref: CommitRef
  readonly circle: CircleId
  readonly commit: Base64
  readonly external_pub: Base64
  readonly group_info_sig: Base64
  readonly keys: SealedKeys
  readonly act: Act
}

export type ClientFrame =
  | { readonly t: "hello"; readonly v: 1; readonly device: DeviceId; readonly sig: Base64 }
  | { readonly t: "join"; readonly circle: CircleId }
  | { readonly t: "leave"; readonly circle: CircleId }
  | {
      readonly t: "send"
      readonly env: Base64
      /** Of an ack: what it is about, which is encrypted inside, so that its sender is not reminded. */
      readonly answers: MessageId | null
      readonly takes: boolean
    }
  | { readonly t: "receipt"; readonly env: Base64 }
  | { readonly t: "received"; readonly circle: CircleId; readonly seq: number }
  | CommitFrame
  | { readonly t: "seen"; readonly statement: Base64 }
  | { readonly t: "report"; readonly statement: Base64 }
  | {
      readonly t: "grant"
      readonly ref: GrantId
      readonly circle: CircleId
      readonly grant: Base64
      /** By epoch. */
      readonly keys: Readonly<Record<string, Base64>>
    }
  | { readonly t: "ping" }

/** What to fetch again. */
const CHANGED = ["circles", "invitations", "circle", "devices", "notices"] as const
type Changed = (typeof CHANGED)[number]

export type ServerFrame =
  | { readonly t: "challenge"; readonly nonce: Base64 }
  | { readonly t: "ready"; readonly now: string }
  | {
      readonly t: "joined"
      readonly circle: CircleId
      readonly seq: number
      readonly epoch: number
      readonly rekeyRequired: boolean
    }
  | { readonly t: "item"; readonly circle: CircleId; readonly item: Item }
  | {
      readonly t: "ack"
      readonly id: MessageId
      readonly circle: CircleId
      readonly seq: number
      readonly at: string
      readonly hash: Base64
    }
  | {
      readonly t: "committed"
      readonly ref: CommitRef
      readonly circle: CircleId
      readonly seq: number
      readonly epoch: number
      readonly hash: Base64
    }
  | {
      readonly t: "granted"
      readonly ref: GrantId
      readonly circle: CircleId
      readonly seq: number
      readonly hash: Base64
    }
  | {
      readonly t: "receipt"
      readonly circle: CircleId
      readonly device: DeviceId
      readonly user: UserId
      readonly env: Base64
    }
  | { readonly t: "seen"; readonly circle: CircleId; readonly statement: Base64 }
  | {
      readonly t: "delivered"
      readonly circle: CircleId
      readonly device: DeviceId
      readonly user: UserId
      readonly seq: number
    }
  | { readonly t: "changed"; readonly what: Changed; readonly circle: CircleId | null }
  | { readonly t: "left"; readonly circle: CircleId; readonly code: string }
  | { readonly t: "error"; readonly code: string; readonly ref: string | null; readonly circle: CircleId | null }
  | { readonly t: "pong" }

export type FrameOf<T extends ServerFrame["t"]> = Extract<ServerFrame, { t: T }>

/** Close codes after which coming back is no use. After all others the client connects again. */
export const CLOSE = { signedOut: 4401, deviceEnded: 4410, version: 4426 } as const

export function writeFrame(frame: ClientFrame): Uint8Array {
  return utf8(JSON.stringify(frame))
}

const KINDS = [
  "challenge",
  "ready",
  "joined",
  "item",
  "ack",
  "committed",
  "granted",
  "seen",
  "receipt",
  "delivered",
  "changed",
  "left",
  "error",
  "pong",
] as const

/** Throws NotCanonical. Fields that this client does not know are left alone. */
export function readFrame(bytes: Uint8Array): ServerFrame {
  let fields: Fields
  try {
    fields = new Fields(JSON.parse(fromUtf8(bytes)))
  } catch (cause) {
    throw new NotCanonical("not a frame", cause)
  }
  const t = fields.oneOf("t", KINDS)
  switch (t) {
    case "challenge":
      return { t, nonce: fields.text("nonce") }
    case "ready":
      return { t, now: fields.text("now") }
    case "joined":
      return {
        t,
        ...inCircle(fields),
        ...at(fields),
        epoch: fields.count("epoch"),
        rekeyRequired: fields.flag("rekey_required"),
      }
    case "item":
      return { t, ...inCircle(fields), item: read.item(fields) }
    case "ack":
      return {
        t,
        ...inCircle(fields),
        ...at(fields),
        id: fields.id("id"),
        at: fields.text("at"),
        hash: read.hash(fields),
      }
    case "granted":
      return { t, ...inCircle(fields), ...at(fields), ref: fields.id("ref"), hash: read.hash(fields) }
    case "committed":
      return {
        t,
        ...inCircle(fields),
        ...at(fields),
        ref: fields.id("ref"),
        epoch: fields.count("epoch"),
        hash: read.hash(fields),
      }
    case "seen":
      return { t, ...inCircle(fields), statement: fields.text("statement") }
    case "receipt":
      return { t, ...inCircle(fields), ...from(fields), env: fields.text("env") }
    case "delivered":
      return { t, ...inCircle(fields), ...from(fields), ...at(fields) }
    case "changed":
      return {
        t,
        what: fields.oneOf("what", CHANGED),
        circle: fields.maybe("circle", (each, name) => each.id<CircleId>(name)),
      }
    case "left":
      return { t, ...inCircle(fields), code: fields.text("code") }
    case "error":
      return {
        t,
        code: fields.text("code"),
        ref: fields.has("ref") ? fields.maybe("ref", (each, name) => each.text(name)) : null,
        circle: fields.has("circle") ? fields.maybe("circle", (each, name) => each.id<CircleId>(name)) : null,
      }
    case "pong":
      return { t }
  }
}

function inCircle(fields: Fields): { readonly circle: CircleId } {
  return { circle: fields.id("circle") }
}

function at(fields: Fields): { readonly seq: number } {
  return { seq: fields.count("seq") }
}

function from(fields: Fields): { readonly device: DeviceId; readonly user: UserId } {
  return { device: fields.id("device"), user: fields.id("user") }
}
