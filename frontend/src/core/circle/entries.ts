/**
 * The conversation as a screen shows it: the stored items with the fate of one's own messages, and below them what has
 * not reached the server. An entry that did not change stays the same object, so that a list redraws only what moved.
 */
import { writeTime } from "../encoding/time.ts"
import type { FileContent } from "../envelope/file.ts"
import { fileName } from "../files/name.ts"
import type { DeviceId, MessageId, UserId } from "../ids.ts"
import type { Entry, FileEntry, MessageEntry, Sending } from "../model.ts"
import type { ItemRecord, StoredEntry } from "./items.ts"
import type { OutboxRecord, ReceiptRecord } from "./records.ts"
import type { Snapshot } from "./snapshot.ts"
import type { UploadProgress } from "./uploads.ts"

export interface Author {
  readonly user: UserId
  readonly device: DeviceId
}

/** Where one's own messages are that the log does not have. */
export interface OnTheWay {
  /** The message that the server has been sent and not answered. */
  readonly inFlight: MessageId | undefined
  readonly isOnline: boolean
  readonly uploading: (message: OutboxRecord) => UploadProgress | undefined
}

export class Entries {
  readonly #me: Author
  #items = new Map<ItemRecord, readonly Entry[]>()
  #sent = new Map<MessageId, { readonly fate: string; readonly entry: Entry }>()
  #acked = new Map<MessageId, MessageEntry>()

  constructor(me: Author) {
    this.#me = me
  }

  of(now: Snapshot, way: OnTheWay): readonly Entry[] {
    const items = new Map<ItemRecord, readonly Entry[]>()
    const positions = positionsOf(now.receipts, this.#me.user)
    const acks = acksIn(now.items)
    const shown = now.items.flatMap((item) => {
      const entries = this.#items.get(item) ?? item.entries.flatMap((entry, at) => this.#entry(item, entry, at) ?? [])
      items.set(item, entries)
      return entries.map((entry) => {
        if (entry.kind !== "message") return entry
        const told = this.#withAcks(entry, acks.get(entry.id))
        return told.mine ? this.#withFate(told, item.seq, positions) : told
      })
    })
    this.#items = items
    return [...shown, ...now.outbox.flatMap((message) => this.#waiting(message, way) ?? [])]
  }

  /** Undefined for what is shown at another entry. */
  #entry(item: ItemRecord, stored: StoredEntry, index: number): Entry | undefined {
    const placed = { key: `${item.seq}.${index}`, seq: item.seq, at: item.at }
    switch (stored.kind) {
      case "message": {
        const { digest: _, files, ...message } = stored
        // The key of a message is its id: it stays when the message leaves the outbox.
        return {
          ...placed,
          ...message,
          key: stored.id,
          files: files.map(shownFile),
          acks: [],
          mine: stored.author === this.#me.user,
          sending: null,
        }
      }
      case "unreadable":
        return { ...placed, kind: stored.kind, author: stored.author, why: stored.why }
      case "withheld":
        return { ...placed, kind: "unreadable", author: null, why: stored.kind }
      case "ack":
      case "erasure":
        return undefined
      case "event":
      case "gap":
      case "erased":
        return { ...placed, ...stored }
    }
  }

  #withAcks(entry: MessageEntry, acks: ReadonlySet<UserId> | undefined): MessageEntry {
    if (!entry.urgent || acks === undefined) return entry
    const before = this.#acked.get(entry.id)
    if (before?.acks.length === acks.size) return before
    const shown = { ...entry, acks: [...acks] }
    this.#acked.set(entry.id, shown)
    return shown
  }

  #withFate(entry: MessageEntry, seq: number, positions: readonly Position[]): Entry {
    const delivered = positions.filter((position) => position.delivered >= seq).map(({ user }) => user)
    const read = positions.filter((position) => position.read >= seq).map(({ user }) => user)
    const fate = `${delivered.join()}|${read.join()}|${entry.acks.join()}`
    const before = this.#sent.get(entry.id)
    if (before?.fate === fate) return before.entry
    const shown: Entry = { ...entry, sending: { state: "sent", delivered, read } }
    this.#sent.set(entry.id, { fate, entry: shown })
    return shown
  }

  /** An acknowledgement or an erasure shows where it leads once it is in the log. */
  #waiting(message: OutboxRecord, way: OnTheWay): Entry | undefined {
    const { outgoing } = message
    if (outgoing.kind === "ack" || outgoing.kind === "erase") return undefined
    const sending = sendingOf(message, way)
    const fate = JSON.stringify(sending)
    const before = this.#sent.get(message.id)
    if (before?.fate === fate) return before.entry
    const created = writeTime(message.created)
    const entry: Entry = {
      kind: "message",
      key: message.id,
      seq: null,
      at: created,
      id: message.id,
      author: this.#me.user,
      device: this.#me.device,
      mine: true,
      text: outgoing.text,
      files: outgoing.files.map(shownFile),
      urgent: outgoing.kind === "urgent",
      acks: [],
      created,
      sending,
    }
    this.#sent.set(message.id, { fate, entry })
    return entry
  }
}

function sendingOf(message: OutboxRecord, { inFlight, isOnline, uploading }: OnTheWay): Sending {
  if (message.failed !== null) return { state: "failed", code: message.failed }
  if (message.id === inFlight) return { state: "sending" }
  const progress = isOnline ? uploading(message) : undefined
  return progress === undefined ? { state: "waiting" } : { state: "uploading", ...progress }
}

/** Who has acknowledged what. */
function acksIn(items: readonly ItemRecord[]): ReadonlyMap<MessageId, ReadonlySet<UserId>> {
  const acks = new Map<MessageId, Set<UserId>>()
  for (const { entries } of items) {
    for (const entry of entries) {
      if (entry.kind !== "ack") continue
      acks.set(entry.target, (acks.get(entry.target) ?? new Set()).add(entry.author))
    }
  }
  return acks
}

function shownFile({ id, name, size, type }: FileContent): FileEntry {
  return { id, name: fileName(name), size, type }
}

interface Position {
  readonly user: UserId
  delivered: number
  read: number
}

/** How far each other person got, on the device that got furthest. What was read was delivered. */
function positionsOf(receipts: ReadonlyMap<DeviceId, ReceiptRecord>, me: UserId): readonly Position[] {
  const positions = new Map<UserId, Position>()
  for (const { delivered, read, user } of receipts.values()) {
    if (user === me) continue
    const position = positions.get(user) ?? { user, delivered: 0, read: 0 }
    position.delivered = Math.max(position.delivered, delivered, read)
    position.read = Math.max(position.read, read)
    positions.set(user, position)
  }
  return [...positions.values()]
}

/** False for what is shown at another entry. */
export function isShown({ kind }: StoredEntry): boolean {
  return kind !== "ack" && kind !== "erasure"
}

/** Up to where this person has read, on any device. */
export function readUpTo(now: Snapshot, me: UserId): number {
  const own = [...now.receipts.values()].filter(({ user }) => user === me).map(({ read }) => read)
  return Math.max(now.record?.read ?? 0, ...own)
}

/** Messages of others after `read`. */
export function unreadAfter(read: number, { items }: Snapshot, me: UserId): number {
  let unread = 0
  for (let at = items.length - 1; at >= 0; at -= 1) {
    const item = items[at]
    if (item === undefined || item.seq <= read) break
    unread += item.entries.filter((entry) => isUnread(entry, me)).length
  }
  return unread
}

function isUnread(entry: StoredEntry, me: UserId): boolean {
  return (entry.kind === "message" || entry.kind === "unreadable") && entry.author !== me
}
