/**
 * What a device keeps of a circle, record by record. Everything here is written in the transactions of `state.ts` only.
 */
import { toBase64 } from "../encoding/base64.ts"
import type { Fields } from "../encoding/fields.ts"
import type { LogPlace } from "../envelope/content.ts"
import { asId, type CommitRef, type DeviceId, type MessageId, type UserId } from "../ids.ts"
import { REFUSAL_CODES, type Refusal } from "../refusal.ts"
import { BYTES, record, table, type Table } from "../store/table.ts"
import { readPlace, writePlace } from "./places.ts"
import { readEpochHash, writeEpochHash, type EpochHash } from "./standing.ts"
import { readOutgoing, writeOutgoing, type Outgoing } from "./outgoing.ts"

/** The circle as a whole; small, because every item of the log rewrites it. */
export interface CircleRecord {
  /** Hash of change 0: what an invitation pins. */
  readonly change0: Uint8Array
  /** The last item applied. */
  readonly head: LogPlace
  /** The item by which this device came in: what is up to it is read with sealed keys (`page.ts`). */
  readonly joined: LogPlace
  /** This device's own count of messages in the log. */
  readonly counter: number
  /** The same of the other devices, as far as seen. */
  readonly counters: ReadonlyMap<DeviceId, number>
  /** The last epoch whose own sealed copy was seen to be right. */
  readonly keyChecked: number
  /** When this device last renewed its leaf keys: the time of its last commit here. */
  readonly renewed: number
  /** Up to where this person has read on this device. */
  readonly read: number
  readonly refusal: Refusal | null
  readonly left: string | null
}

/**
 * A commit of this device that the server has not answered: sent again with the same bytes, adopted when it appears.
 */
export interface PendingCommit {
  readonly ref: CommitRef
  readonly commit: Uint8Array
  /** The socket frame, exactly. */
  readonly frame: Uint8Array
  /** The MLS state that follows. */
  readonly next: Uint8Array
  readonly change0: Uint8Array
  /** Of a joining: the epoch that the server showed. */
  readonly shown: EpochHash | null
}

/** What this device writes and the log does not have: a message, an acknowledgement, an erasure. */
export interface OutboxRecord {
  readonly id: MessageId
  readonly order: number
  readonly outgoing: Outgoing
  readonly created: number
  /** What was sent, so that a repeat is the same bytes; null before the first attempt and after an epoch passed. */
  readonly sent: Uint8Array | null
  readonly failed: string | null
}

/** How far a device of a member got. */
export interface ReceiptRecord {
  readonly user: UserId
  readonly delivered: number
  readonly read: number
}

export const circles: Table<CircleRecord> = table(
  "circles",
  record(
    (value) => ({
      change0: toBase64(value.change0),
      counter: value.counter,
      counters: Object.fromEntries(value.counters),
      head: writePlace(value.head),
      joined: writePlace(value.joined),
      keyChecked: value.keyChecked,
      left: value.left,
      read: value.read,
      refusal: value.refusal === null ? null : { ...value.refusal },
      renewed: value.renewed,
      v: 1,
    }),
    (fields) => {
      fields.version()
      return {
        change0: fields.bytes("change0", 32),
        counter: fields.count("counter"),
        counters: readCounters(fields, "counters"),
        head: readPlace(fields.object("head")),
        joined: readPlace(fields.object("joined")),
        keyChecked: fields.count("keyChecked"),
        left: fields.maybe("left", (from, name) => from.text(name)),
        read: fields.count("read"),
        refusal: fields.maybe("refusal", readRefusal),
        renewed: fields.count("renewed"),
      }
    },
  ),
)

/** MLS states, under the circle's id. */
export const groups: Table<Uint8Array> = table("groups", BYTES)

export const pendings: Table<PendingCommit> = table(
  "pending",
  record(
    ({ change0, commit, frame, next, ref, shown }) => ({
      change0: toBase64(change0),
      commit: toBase64(commit),
      frame: toBase64(frame),
      next: toBase64(next),
      ref,
      shown: shown === null ? null : writeEpochHash(shown),
      v: 1,
    }),
    (fields) => {
      fields.version()
      return {
        change0: fields.bytes("change0", 32),
        commit: fields.bytes("commit"),
        frame: fields.bytes("frame"),
        next: fields.bytes("next"),
        ref: fields.id<CommitRef>("ref"),
        shown: fields.maybe("shown", readEpochHash),
      }
    },
  ),
)

/** Content keys, under circle and epoch. */
export const keys: Table<Uint8Array> = table("keys", BYTES)

/** Certificates that the circle's policy vouched for, under circle and device; kept when the device has left. */
export const certificates: Table<Uint8Array> = table("certificates", BYTES)

export const outbox: Table<OutboxRecord> = table(
  "outbox",
  record(
    ({ created, failed, id, order, outgoing, sent }) => ({
      created,
      failed,
      id,
      order,
      outgoing: writeOutgoing(outgoing),
      sent: sent === null ? null : toBase64(sent),
      v: 1,
    }),
    (fields) => {
      fields.version()
      return {
        created: fields.count("created"),
        failed: fields.maybe("failed", (from, name) => from.text(name)),
        id: fields.id<MessageId>("id"),
        order: fields.count("order"),
        outgoing: readOutgoing(fields.object("outgoing")),
        sent: fields.maybe("sent", (from, name) => from.bytes(name)),
      }
    },
  ),
)

/** Under circle and device. */
export const receipts: Table<ReceiptRecord> = table(
  "receipts",
  record(
    ({ delivered, read, user }) => ({ delivered, read, user, v: 1 }),
    (fields) => {
      fields.version()
      return { delivered: fields.count("delivered"), read: fields.count("read"), user: fields.id<UserId>("user") }
    },
  ),
)

function readCounters(fields: Fields, name: string): ReadonlyMap<DeviceId, number> {
  const inner = fields.object(name)
  return new Map(inner.names().map((device) => [asId<DeviceId>(device), inner.count(device)]))
}

function readRefusal(fields: Fields, name: string): Refusal {
  const inner = fields.object(name)
  const refusal: Refusal = {
    code: inner.oneOf("code", REFUSAL_CODES),
    detail: inner.text("detail"),
    at: inner.text("at"),
    seq: inner.maybe("seq", (from, key) => from.count(key)),
    evidence: inner.text("evidence"),
  }
  inner.end()
  return refusal
}
