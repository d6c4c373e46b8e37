/**
 * One envelope of the log: verified, opened, and set against what its sender said of its own count and of the log.
 */
import type { Item } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import type { AckContent, Counted, NoticeContent, TextContent } from "../envelope/content.ts"
import { openEnvelope, verifyEnvelope, type VerifiedEnvelope } from "../envelope/envelope.ts"
import { readEnvelope, type UnverifiedEnvelope } from "../envelope/header.ts"
import { itemDigest, LOG_START } from "../envelope/log.ts"
import { EnvelopeRefused } from "../envelope/refused.ts"
import type { CircleId, DeviceId, UserId } from "../ids.ts"
import { withClaim, withCount, type Count } from "./border.ts"
import type { Draft, Outcome } from "./draft.ts"
import { erasureEntry, erasureOutcome } from "./erasing.ts"
import type { StoredEntry, StoredMessage, StoredUnreadable } from "./items.ts"
import type { Own } from "./own.ts"
import { CircleRefused } from "./refused.ts"
import type { KnownDevice } from "./snapshot.ts"

type Unreadable = StoredUnreadable["why"]
/** What is written in the log and can be read. */
type Said = TextContent | NoticeContent | AckContent

/** Where an envelope stands, and what is known there. */
export interface Reading {
  readonly circle: CircleId
  readonly epoch: number
  readonly device: (id: DeviceId) => KnownDevice | undefined
  readonly contentKey: (epoch: number) => Uint8Array | undefined
  /** By the policy at that place; in the past, by the chain as a whole. */
  readonly isCoordinator: (user: UserId) => boolean
  /** Coordinators, where there is no patient. */
  readonly mayAnnounce: (user: UserId) => boolean
  /** In the past a certificate or a key may be missing; in the present its absence is a refusal. */
  readonly isPast: boolean
}

/** What a message says of its sender's count and of the log; unknown when it cannot be read. */
export type Spoken = Counted | "unreadable"

/** An envelope of the log, verified and opened as far as it can be; not yet set against what else is known. */
export interface OpenedMessage {
  readonly header: UnverifiedEnvelope
  readonly sender: KnownDevice | undefined
  readonly entry: StoredEntry
  /** Null for an erasure, which is not counted. */
  readonly spoken: Spoken | null
}

/** Throws CircleRefused or EnvelopeRefused. */
export async function openMessage(raw: Uint8Array, reading: Reading): Promise<OpenedMessage> {
  const header = readEnvelope(raw)
  const sender = reading.device(header.device)
  const unreadable = (why: Unreadable): OpenedMessage => ({
    header,
    sender,
    entry: { kind: "unreadable", author: sender?.user ?? null, why, env: toBase64(raw) },
    spoken: "unreadable",
  })

  let envelope: VerifiedEnvelope
  try {
    envelope = await verifyEnvelope(raw, { circle: reading.circle, epoch: reading.epoch, leafKey: () => sender?.key })
  } catch (error) {
    if (reading.isPast && error instanceof EnvelopeRefused && error.code === "unknown_device")
      return unreadable("unknown_device")
    throw error
  }
  if (envelope.kind === "receipt") throw new CircleRefused("wrong_place", "a receipt in the log", raw)
  if (sender === undefined) throw new TypeError("verified without a sender")
  if (envelope.kind === "notice" && !reading.mayAnnounce(sender.user)) {
    throw new CircleRefused("policy_without_right", "announces without right", raw)
  }
  if (envelope.kind === "erase") {
    return { header, sender, entry: erasureEntry(envelope, sender.user, reading.isCoordinator), spoken: null }
  }

  const opened = open(envelope, reading)
  if (typeof opened === "string") return unreadable(opened)
  return { header, sender, entry: entryOf(envelope, opened, sender), spoken: opened }
}

/** A message of the present, set against its sender's count and against the log. Throws as `openMessage`. */
export async function readMessage(
  draft: Draft,
  item: Item,
  raw: Uint8Array,
  reading: Reading,
  own: Own,
): Promise<Outcome> {
  const { entry, header, sender, spoken } = await openMessage(raw, reading)
  const mine = header.device === own.device
  if (entry.kind === "erasure") return erasureOutcome(draft, entry, raw, mine ? header.id : undefined)
  if (spoken === null || spoken === "unreadable") {
    return {
      entries: [entry],
      effect(saved) {
        // Its count is not known, so the next message of this device says nothing about a gap.
        saved.patch({ counters: new Map([...saved.record.counters].filter(([device]) => device !== header.device)) })
        noteCount(saved, header.device, null)
      },
    }
  }
  await checkLogClaim(draft, item, raw, spoken)
  const { counter } = spoken
  const last = mine ? draft.record.counter : draft.record.counters.get(header.device)
  if (last !== undefined && counter <= last) throw new CircleRefused("replayed", `counter ${counter}`, raw)

  const missing = last === undefined || sender === undefined ? 0 : counter - last - 1
  const gap = missing > 0 && sender !== undefined ? [{ kind: "gap", author: sender.user, missing } as const] : []
  return {
    entries: [...gap, entry],
    effect(saved) {
      if (last === undefined) noteCount(saved, header.device, { counter, seq: item.seq })
      noteClaim(saved, spoken, raw)
      if (!mine && spoken.checkpoint !== undefined) saved.hear(spoken.checkpoint)
      if (mine) {
        saved.patch({ counter })
        saved.removeOutbox(header.id)
      } else saved.patch({ counters: new Map([...saved.record.counters, [header.device, counter]]) })
    },
  }
}

function open(envelope: VerifiedEnvelope, reading: Reading): Said | Unreadable {
  const key = reading.contentKey(envelope.epoch)
  if (key === undefined) return "no_key"
  try {
    const content = openEnvelope(envelope, key)
    return content.type === "read" ? "not_as_signed" : content
  } catch (error) {
    if (!(error instanceof EnvelopeRefused)) throw error
    // Signed by its sender, so the fault is the sender's alone and does not stop the circle.
    if (error.code === "not_as_signed") return "not_as_signed"
    // In the past the key that was given may be the wrong one; in the present the sender stands in another group than
    // we do.
    if (reading.isPast) return "wrong_key"
    throw error
  }
}

/** The sender signed what the log was for them: if it was another log than ours, someone shows two. */
async function checkLogClaim(draft: Draft, item: Item, raw: Uint8Array, { log }: Counted): Promise<void> {
  if (log.seq >= item.seq) throw new CircleRefused("altered_log", "the sender knew a later log", raw)
  const known = await draft.hashAt(log.seq)
  if (known !== undefined && !sameBytes(known, log.hash)) {
    throw new CircleRefused("altered_log", "the sender saw another log", raw)
  }
}

/** For the page below that will be joined to it. */
export function noteCount(draft: Draft, device: DeviceId, count: Count | null): void {
  const { border } = draft.snapshot()
  if (border !== undefined && border.place.seq > LOG_START.seq) draft.setBorder(withCount(border, device, count))
}

/** Likewise, of a place that is not here yet. */
function noteClaim(draft: Draft, { log }: Counted, evidence: Uint8Array): void {
  const { border } = draft.snapshot()
  if (border !== undefined && log.seq !== LOG_START.seq && log.seq < border.place.seq) {
    draft.setBorder(withClaim(border, log, evidence))
  }
}

/** Unreadable for want of the right key. */
export function waitsForKey(entry: StoredEntry): entry is StoredUnreadable {
  return entry.kind === "unreadable" && (entry.why === "no_key" || entry.why === "wrong_key")
}

/** A message of the past whose key has come: what it says, or the entry as it was. */
export async function reopen(
  entry: StoredEntry,
  circle: CircleId,
  devices: ReadonlyMap<DeviceId, KnownDevice>,
  keys: ReadonlyMap<number, Uint8Array>,
): Promise<StoredEntry> {
  if (!waitsForKey(entry)) return entry
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

function entryOf(envelope: VerifiedEnvelope, content: Said, sender: KnownDevice): StoredEntry {
  switch (content.type) {
    case "text":
      return messageEntry(envelope, { notice: null, ...content }, sender)
    case "notice":
      return messageEntry(envelope, { files: [], mentions: [], ...content }, sender)
    case "ack":
    case "taken":
      return { kind: "ack", author: sender.user, target: content.target, takes: content.type === "taken" }
  }
}

function messageEntry(
  { created, device, id, kind, raw }: VerifiedEnvelope,
  { files, mentions, notice, text }: Pick<StoredMessage, "files" | "mentions" | "notice" | "text">,
  { user }: KnownDevice,
): StoredMessage {
  return {
    kind: "message",
    id,
    author: user,
    device,
    text,
    files,
    mentions,
    notice,
    urgent: kind === "urgent",
    created: writeTime(created),
    digest: toBase64(itemDigest(raw)),
  }
}
