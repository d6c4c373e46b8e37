/**
 * Erasures: of one's own message, or by a coordinator. The item keeps its place and hash; what it said goes from this
 * device too. An item without ciphertext counts as erased only once its erasure is in the log.
 */
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import type { VerifiedEnvelope } from "../envelope/envelope.ts"
import { readErasure } from "../envelope/erasure.ts"
import { CordeeError } from "../errors.ts"
import type { MessageId, UserId } from "../ids.ts"
import type { Draft, Outcome } from "./draft.ts"
import type { ItemRecord, StoredEntry, StoredErasure } from "./items.ts"
import type { Outgoing } from "./outgoing.ts"
import { CircleRefused } from "./refused.ts"
import type { Snapshot } from "./snapshot.ts"

export function erasureEntry(
  envelope: VerifiedEnvelope,
  author: UserId,
  isCoordinator: (user: UserId) => boolean,
): StoredErasure {
  const { digest, target } = readErasure(envelope)
  return { kind: "erasure", author, coordinator: isCoordinator(author), target, digest: toBase64(digest) }
}

/**
 * Of an erasure in the present; `sent` is its id when this device wrote it. Throws CircleRefused when this device has
 * the message and its author may not erase it.
 */
export async function erasureOutcome(
  draft: Draft,
  erasure: StoredErasure,
  raw: Uint8Array,
  sent: MessageId | undefined,
): Promise<Outcome> {
  const item = await draft.findItem(({ entries }) => entries.some((entry) => isTarget(entry, erasure)))
  if (item?.entries.some((entry) => isTarget(entry, erasure) && !mayErase(entry, erasure)) === true) {
    throw new CircleRefused("policy_without_right", "erases what is not theirs", raw)
  }
  return {
    entries: [erasure],
    effect(saved) {
      if (item !== undefined) saved.putItem(erased(item, erasure))
      if (sent !== undefined) saved.removeOutbox(sent)
    },
  }
}

/** An item of the past, after the erasures that the log has above it. */
export function afterErasures(item: ItemRecord, erasures: readonly StoredErasure[]): ItemRecord {
  return erasures.filter((erasure) => item.entries.some((entry) => isTarget(entry, erasure))).reduce(erased, item)
}

export function erasuresIn(items: Iterable<ItemRecord>): readonly StoredErasure[] {
  return [...items].flatMap(({ entries }) => entries.filter((entry) => entry.kind === "erasure"))
}

/** What asks for a message's erasure. Rejects `not_found` for a message that this device does not have. */
export function erasureOf({ items }: Pick<Snapshot, "items">, message: MessageId): Outgoing {
  const found = [...items]
    .flatMap(({ entries }) => entries)
    .find((entry) => entry.kind === "message" && entry.id === message)
  if (found?.kind !== "message") throw new CordeeError("not_found")
  const files = found.files.map(({ id }) => id)
  return { kind: "erase", target: message, digest: fromBase64(found.digest), files }
}

/** The item with the message gone, when it holds it. */
function erased(item: ItemRecord, erasure: StoredErasure): ItemRecord {
  const entries = item.entries.map((entry) =>
    isTarget(entry, erasure) && mayErase(entry, erasure) ? ({ kind: "erased", by: erasure.author } as const) : entry,
  )
  return { ...item, entries }
}

function isTarget(entry: StoredEntry, { digest, target }: StoredErasure): boolean {
  if (entry.kind === "message") return entry.id === target || entry.digest === digest
  return entry.kind === "withheld" && entry.digest === digest
}

/** Of a message that this device never had, the author is not known: then the erasure's signature is all there is. */
function mayErase(entry: StoredEntry, { author, coordinator, digest, target }: StoredErasure): boolean {
  if (entry.kind !== "message") return true
  return entry.id === target && entry.digest === digest && (coordinator || entry.author === author)
}
