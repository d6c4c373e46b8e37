/**
 * One envelope of the log: verified, opened, and set against what its sender said of its own count and of the log.
 */
import type { Item } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import type { AckContent, Counted, TextContent } from "../envelope/content.ts"
import { openEnvelope, verifyEnvelope, type VerifiedEnvelope } from "../envelope/envelope.ts"
import { readEnvelope } from "../envelope/header.ts"
import { itemDigest, LOG_START } from "../envelope/log.ts"
import { EnvelopeRefused } from "../envelope/refused.ts"
import type { CircleId, DeviceId, UserId } from "../ids.ts"
import type { Draft, Outcome } from "./draft.ts"
import { erasureOutcome } from "./erasing.ts"
import type { StoredEntry, StoredMessage } from "./items.ts"
import type { Own } from "./own.ts"
import { CircleRefused } from "./refused.ts"
import type { KnownDevice } from "./snapshot.ts"

/** Where an envelope stands, and what is known there. */
export interface Reading {
  readonly own: Own
  readonly circle: CircleId
  /** Undefined at the very beginning of a history that does not tell it. */
  readonly epoch: number | undefined
  readonly device: (id: DeviceId) => KnownDevice | undefined
  readonly contentKey: (epoch: number) => Uint8Array | undefined
  /** By the policy at that place; in the past, by the chain as a whole. */
  readonly isCoordinator: (user: UserId) => boolean
  /** In the past a certificate or a key may be missing; in the present its absence is a refusal. */
  readonly isPast: boolean
}

/** Throws CircleRefused or EnvelopeRefused. */
export async function readMessage(draft: Draft, item: Item, raw: Uint8Array, reading: Reading): Promise<Outcome> {
  const header = readEnvelope(raw)
  const epoch = reading.epoch ?? header.epoch
  const sender = reading.device(header.device)
  const unreadable = (why: Extract<StoredEntry, { kind: "unreadable" }>["why"]): Outcome => ({
    entries: [{ kind: "unreadable", author: sender?.user ?? null, why, env: toBase64(raw) }],
    effect: (saved) => {
      // Its count is not known, so the next message of this device says nothing about a gap.
      const counters = new Map([...saved.record.counters].filter(([device]) => device !== header.device))
      saved.patch({ counters, ...(reading.isPast ? { historyEpoch: epoch } : {}) })
    },
  })

  let envelope: VerifiedEnvelope
  try {
    envelope = await verifyEnvelope(raw, { circle: reading.circle, epoch, leafKey: () => sender?.key })
  } catch (error) {
    if (reading.isPast && error instanceof EnvelopeRefused && error.code === "unknown_device")
      return unreadable("unknown_device")
    throw error
  }
  if (envelope.kind === "receipt") throw new CircleRefused("wrong_place", "a receipt in the log", raw)
  if (envelope.kind === "event") return unreadable("newer_version")
  if (sender === undefined) throw new TypeError("verified without a sender")
  if (envelope.kind === "erase") return erasureOutcome(draft, envelope, sender.user, reading)

  const opened = open(envelope, reading)
  if (typeof opened === "string") return unreadable(opened)
  return countedOutcome(draft, item, envelope, opened, sender, reading)
}

function open(envelope: VerifiedEnvelope, reading: Reading): TextContent | AckContent | "no_key" | "not_as_signed" {
  const key = reading.contentKey(envelope.epoch)
  if (key === undefined) return "no_key"
  try {
    const content = openEnvelope(envelope, key)
    return content.type === "read" ? "not_as_signed" : content
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    // Signed by its sender, so the fault is the sender's alone and does not stop the circle.
    if (error.code === "not_as_signed") return "not_as_signed"
    // In the past the copy of the key may be the wrong one; in the present the sender stands in another group than we
    // do.
    if (reading.isPast) return "no_key"
    throw error
  }
}

function countedOutcome(
  draft: Draft,
  item: Item,
  envelope: VerifiedEnvelope,
  content: TextContent | AckContent,
  sender: KnownDevice,
  { isPast, own }: Reading,
): Outcome {
  checkLogClaim(draft, item, envelope, content)
  const mine = envelope.device === own.device
  const last = mine ? draft.record.counter : draft.record.counters.get(envelope.device)
  if (last !== undefined && content.counter <= last)
    throw new CircleRefused("replayed", `counter ${content.counter}`, envelope.raw)

  const entries: StoredEntry[] = []
  const missing = last === undefined ? 0 : content.counter - last - 1
  if (missing > 0) entries.push({ kind: "gap", author: sender.user, missing })
  entries.push(entryOf(envelope, content, sender))
  return {
    entries,
    effect(saved) {
      const counters = new Map(saved.record.counters)
      if (!mine) counters.set(envelope.device, content.counter)
      saved.patch({
        counters,
        ...(mine ? { counter: content.counter } : {}),
        ...(isPast ? { historyEpoch: envelope.epoch } : {}),
      })
      if (mine) saved.removeOutbox(envelope.id)
    },
  }
}

/** The sender signed what the log was for them: if it was another log than ours, someone shows two. */
function checkLogClaim(draft: Draft, item: Item, envelope: VerifiedEnvelope, { log }: Counted): void {
  if (log.seq >= item.seq) throw new CircleRefused("altered_log", "the sender knew a later log", envelope.raw)
  const known = log.seq === LOG_START.seq ? LOG_START.hash : draft.hashAt(log.seq)
  if (known !== undefined && !sameBytes(known, log.hash)) {
    throw new CircleRefused("altered_log", "the sender saw another log", envelope.raw)
  }
}

/** A message of the past whose key has come: what it says, or the entry as it was. */
export async function reopen(
  entry: StoredEntry,
  circle: CircleId,
  devices: ReadonlyMap<DeviceId, KnownDevice>,
  keys: ReadonlyMap<number, Uint8Array>,
): Promise<StoredEntry> {
  if (entry.kind !== "unreadable" || entry.why !== "no_key") return entry
  const raw = fromBase64(entry.env)
  const { device, epoch } = readEnvelope(raw)
  const sender = devices.get(device)
  const key = keys.get(epoch)
  if (sender === undefined || key === undefined) return entry
  try {
    const envelope = await verifyEnvelope(raw, { circle, epoch, leafKey: () => sender.key })
    const content = openEnvelope(envelope, key)
    return content.type === "read" ? entry : entryOf(envelope, content, sender)
  } catch (error) {
    if (error instanceof EnvelopeRefused) return entry
    throw error
  }
}

function entryOf(
  envelope: VerifiedEnvelope,
  content: TextContent | AckContent,
  sender: KnownDevice,
): StoredEntry {
  if (content.type === "ack") return { kind: "ack", author: sender.user, target: content.target }
  return messageEntry(envelope, content, sender)
}

function messageEntry(
  { created, device, id, kind, raw }: VerifiedEnvelope,
  { files, text }: TextContent,
  { user }: KnownDevice,
): StoredMessage {
  return {
    kind: "message",
    id,
    author: user,
    device,
    text,
    files,
    urgent: kind === "urgent",
    created: writeTime(created),
    digest: toBase64(itemDigest(raw)),
  }
}
