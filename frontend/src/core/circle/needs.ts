/** What in a circle waits for this person before all else, and the order that makes of many circles. */
import type { UserId } from "../ids.ts"
import type { CircleSummary } from "../model.ts"
import { acksIn, isUnread, once } from "./entries.ts"
import type { StoredMessage } from "./items.ts"
import type { Chunk, ItemRun } from "./run.ts"
import type { Snapshot } from "./snapshot.ts"

type Needs = Pick<CircleSummary, "mentioned" | "toConfirm">

interface Asking {
  readonly at: string
  readonly message: StoredMessage
}

/** Among what is in memory. `read`: up to where this person has read. */
export function needsOf({ items }: Pick<Snapshot, "items">, me: UserId, read: number, mayConfirm: boolean): Needs {
  return { mentioned: mentionsIn(items, me, read), toConfirm: mayConfirm ? toConfirm(items, me) : null }
}

function mentionsIn({ chunks }: ItemRun, me: UserId, read: number): number {
  return chunks
    .filter((chunk) => (chunk.at(-1)?.seq ?? 0) > read)
    .flat()
    .filter(({ seq }) => seq > read)
    .flatMap(({ entries }) => entries)
    .filter((entry) => entry.kind === "message" && isUnread(entry, me) && entry.mentions.includes(me)).length
}

/** Who came in later was not asked: what is older than one's own joining is somebody else's. */
function toConfirm(items: ItemRun, me: UserId): Needs["toConfirm"] {
  const acks = acksIn(items)
  const asking = sinceJoining(items, me)
    .flatMap((chunk) => once(askingOfChunks, chunk, askingIn))
    .filter(({ message }) => message.author !== me && acks.get(message.id)?.by.has(me) !== true)
  const [first] = asking
  return first === undefined ? null : { count: asking.length, since: first.at }
}

const askingOfChunks = new WeakMap<Chunk, readonly Asking[]>()

function askingIn(chunk: Chunk): readonly Asking[] {
  return chunk.flatMap(({ at, entries }) =>
    entries.flatMap((entry) => (entry.kind === "message" && entry.urgent ? [{ at, message: entry }] : [])),
  )
}

const joinedInChunks = new WeakMap<Chunk, ReadonlyMap<UserId, number>>()

/** Where in a chunk each person came in last. */
function joinedIn(chunk: Chunk): ReadonlyMap<UserId, number> {
  return new Map(
    chunk.flatMap(({ entries, seq }) =>
      entries.flatMap((entry) =>
        entry.kind === "event" && entry.event.type === "joined" ? [[entry.event.user, seq] as const] : [],
      ),
    ),
  )
}

function sinceJoining({ chunks }: ItemRun, me: UserId): readonly Chunk[] {
  const at = chunks.findLastIndex((chunk) => once(joinedInChunks, chunk, joinedIn).has(me))
  const own = chunks[at]
  if (own === undefined) return chunks
  const joined = joinedIn(own).get(me) ?? 0
  return [own.filter(({ seq }) => seq > joined), ...chunks.slice(at + 1)]
}

/** Refused, urgent, naming me, unread, the rest; each the most recently touched first. For sorting. */
export function byNeed(a: CircleSummary, b: CircleSummary): number {
  return rank(b) - rank(a) || (a.touched < b.touched ? 1 : a.touched > b.touched ? -1 : 0)
}

function rank({ composer, mentioned, toConfirm: urgent, unread }: CircleSummary): number {
  if (composer === "refused") return 4
  if (urgent !== null) return 3
  if (mentioned > 0) return 2
  return unread > 0 ? 1 : 0
}
