/**
 * The conversation as a screen shows it: the stored items with the fate of one's own messages, and below them what has
 * not reached the server. An entry that did not change stays the same object, so that a list redraws only what moved.
 */
import { writeTime } from "../encoding/time.ts"
import type { FileContent } from "../envelope/file.ts"
import { fileName } from "../files/name.ts"
import type { DeviceId, MessageId, UserId } from "../ids.ts"
import type { Entry, FileEntry, MessageEntry, Sending } from "../model.ts"
import type { ItemRecord, StoredAck, StoredEntry } from "./items.ts"
import { shownNotice } from "./notices.ts"
import { filesOf } from "./outgoing.ts"
import type { OutboxRecord, ReceiptRecord } from "./records.ts"
import type { Chunk, ItemRun } from "./run.ts"
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

/** A chunk of items as it was drawn last, and what beside the items went into it. */
interface Drawn {
  readonly receipts: Snapshot["receipts"]
  readonly fate: string
  readonly acks: string
  readonly entries: readonly Entry[]
}

export class Entries {
  readonly #me: Author
  readonly #items = new WeakMap<ItemRecord, readonly Entry[]>()
  #drawn = new Map<Chunk, Drawn>()
  #sent = new Map<MessageId, { readonly fate: string; readonly entry: Entry }>()
  #acked = new Map<MessageId, MessageEntry>()

  constructor(me: Author) {
    this.#me = me
  }

  /** Only chunks that changed are drawn. */
  of({ items, outbox, receipts }: Snapshot, way: OnTheWay): readonly Entry[] {
    const acks = acksIn(items)
    const positions = positionsOf(receipts, this.#me.user)
    this.#drawn = new Map(items.chunks.map((chunk) => [chunk, this.#draw(chunk, receipts, positions, acks)]))
    const waiting = outbox.flatMap((message) => this.#waiting(message, way) ?? [])
    return ([] as Entry[]).concat(...[...this.#drawn.values()].map(({ entries }) => entries), waiting)
  }

  #draw(chunk: Chunk, receipts: Snapshot["receipts"], positions: readonly Position[], acks: Acks): Drawn {
    const before = this.#drawn.get(chunk)
    const told = acksFor(chunk, acks)
    if (before?.receipts === receipts && before.acks === told) return before
    const fate = fateOf(chunk, positions)
    if (before?.fate === fate && before.acks === told) return { ...before, receipts }
    const entries = chunk.flatMap((item) =>
      this.#plain(item).map((entry) => {
        if (entry.kind !== "message") return entry
        const acked = this.#withAcks(entry, acks.get(entry.id))
        return acked.mine ? this.#withFate(acked, item.seq, positions) : acked
      }),
    )
    return { receipts, fate, acks: told, entries }
  }

  #plain(item: ItemRecord): readonly Entry[] {
    const known = this.#items.get(item)
    if (known !== undefined) return known
    const entries = item.entries.flatMap((entry, at) => this.#entry(item, entry, at) ?? [])
    this.#items.set(item, entries)
    return entries
  }

  /** Undefined for what is shown at another entry. */
  #entry(item: ItemRecord, stored: StoredEntry, index: number): Entry | undefined {
    const placed = { key: `${item.seq}.${index}`, seq: item.seq, at: item.at }
    switch (stored.kind) {
      case "message": {
        const { author, created, device, files, id, mentions, notice, text, urgent } = stored
        // The key of a message is its id: it stays when the message leaves the outbox.
        return {
          ...placed,
          kind: stored.kind,
          key: id,
          id,
          author,
          device,
          text,
          urgent,
          created,
          files: files.map(shownFile),
          mentions,
          notice: notice && shownNotice(notice),
          acks: [],
          takers: [],
          mine: author === this.#me.user,
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

  #withAcks(entry: MessageEntry, acks: Acknowledged | undefined): MessageEntry {
    if (!entry.urgent || acks === undefined) return entry
    const before = this.#acked.get(entry.id)
    if (before?.acks.length === acks.by.size && before.takers.length === acks.takers.size) return before
    const shown = { ...entry, acks: [...acks.by], takers: [...acks.takers] }
    this.#acked.set(entry.id, shown)
    return shown
  }

  #withFate(entry: MessageEntry, seq: number, positions: readonly Position[]): Entry {
    const delivered = positions.filter((position) => position.delivered >= seq).map(({ user }) => user)
    const read = positions.filter((position) => position.read >= seq).map(({ user }) => user)
    const fate = `${delivered.join()}|${read.join()}|${entry.acks.join()}|${entry.takers.join()}`
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
      files: filesOf(outgoing).map(shownFile),
      urgent: outgoing.kind === "urgent",
      mentions: outgoing.kind === "notice" ? [] : outgoing.mentions,
      notice: outgoing.kind === "notice" ? shownNotice(outgoing.notice) : null,
      acks: [],
      takers: [],
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

interface Acknowledged {
  readonly by: ReadonlySet<UserId>
  readonly takers: ReadonlySet<UserId>
}
export type Acks = ReadonlyMap<MessageId, Acknowledged>

const acksOfChunks = new WeakMap<Chunk, readonly StoredAck[]>()

/** Who has acknowledged what. */
export function acksIn({ chunks }: ItemRun): Acks {
  const acks = new Map<MessageId, { by: Set<UserId>; takers: Set<UserId> }>()
  for (const { author, takes, target } of chunks.flatMap((chunk) => once(acksOfChunks, chunk, acksOf))) {
    const known = acks.get(target) ?? { by: new Set(), takers: new Set() }
    known.by.add(author)
    if (takes) known.takers.add(author)
    acks.set(target, known)
  }
  return acks
}

function acksOf(chunk: Chunk): readonly StoredAck[] {
  return chunk.flatMap(({ entries }) => entries.filter((entry) => entry.kind === "ack"))
}

const urgentInChunks = new WeakMap<Chunk, readonly MessageId[]>()

/** What the acknowledgements say of a chunk's messages, to be compared. */
function acksFor(chunk: Chunk, acks: Acks): string {
  return once(urgentInChunks, chunk, urgentIn)
    .map((id) => {
      const known = acks.get(id)
      return known === undefined ? "" : `${known.by.size}+${known.takers.size}`
    })
    .join()
}

function urgentIn(chunk: Chunk): readonly MessageId[] {
  return chunk.flatMap(({ entries }) =>
    entries.flatMap((entry) => (entry.kind === "message" && entry.urgent ? [entry.id] : [])),
  )
}

/** How far each person got among a chunk's items, to be compared. */
function fateOf(chunk: Chunk, positions: readonly Position[]): string {
  const [from, to] = [chunk[0]?.seq ?? 0, chunk.at(-1)?.seq ?? 0]
  const within = (seq: number): number => (seq < from ? 0 : Math.min(seq, to))
  return positions.map(({ delivered, read, user }) => `${user}:${within(delivered)}:${within(read)}`).join()
}

/** What a chunk comes to, made once: a chunk never changes. */
export function once<T>(known: WeakMap<Chunk, T>, chunk: Chunk, make: (chunk: Chunk) => T): T {
  const found = known.get(chunk) ?? make(chunk)
  known.set(chunk, found)
  return found
}

/** On any device; once is enough. Who takes a message has acknowledged it. */
export function hasAcknowledged(
  { items }: Pick<Snapshot, "items">,
  message: MessageId,
  user: UserId,
  takes: boolean,
): boolean {
  const known = acksIn(items).get(message)
  return (takes ? known?.takers : known?.by)?.has(user) === true
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

/** Messages of others after `read`; those that are not in memory are counted by their places. */
export function unreadAfter(read: number, { items, record }: Snapshot, me: UserId): number {
  const first = items.first?.seq ?? (record?.head.seq ?? 0) + 1
  // Nothing is known of what one has read before: then only what is here counts.
  const below = read === 0 ? 0 : Math.max(0, first - 1 - read)
  return below + items.chunks.reduce((unread, chunk) => unread + unreadIn(chunk, read, me), 0)
}

function unreadIn(chunk: Chunk, read: number, me: UserId): number {
  if ((chunk.at(-1)?.seq ?? 0) <= read) return 0
  return chunk.reduce(
    (unread, { entries, seq }) => unread + (seq <= read ? 0 : entries.filter((entry) => isUnread(entry, me)).length),
    0,
  )
}

export function isUnread(entry: StoredEntry, me: UserId): boolean {
  return (entry.kind === "message" || entry.kind === "unreadable") && entry.author !== me
}
