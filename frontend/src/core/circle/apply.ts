/**
 * Applying one item of the log. Up to the item by which this device came in the log is read as history (`past.ts`);
 * after it, messages are checked against the roster of the present epoch and commits are judged (`judge.ts`).
 *
 * Nothing of the draft is touched before the whole item has been judged. Throws CircleRefused.
 */
import type { Item } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { idBytes } from "../encoding/uuid.ts"
import { itemDigest, nextPlace } from "../envelope/log.ts"
import type { UserId } from "../ids.ts"
import { deserialise } from "../mls/group.ts"
import { readCommit } from "../mls/read.ts"
import { readNote } from "../policy/note.ts"
import type { Draft, Outcome } from "./draft.ts"
import { eventsOf } from "./events.ts"
import { liveGroup, type LiveGroup } from "./group.ts"
import { takeIn } from "./judge.ts"
import { readMessage, type Reading } from "./messages.ts"
import type { Own } from "./own.ts"
import { certificateInPast, type PastChain } from "./past.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"

/** `past` is there when the item is history. The item is the one after the draft's head. */
export async function applyItem(draft: Draft, item: Item, own: Own, past: PastChain | undefined): Promise<void> {
  const { head, joined } = draft.record
  if (head?.seq !== item.seq - 1) throw new TypeError("items are applied in order")
  const bytes = bytesOf(item)
  const digest = bytes === undefined ? digestOf(item) : itemDigest(bytes)
  const evidence = bytes ?? digest
  const next = nextPlace(head, digest)
  if (toBase64(next.hash) !== item.hash) throw new CircleRefused("altered_log", "chained hash", evidence)
  if (next.seq === joined.seq && !sameBytes(next.hash, joined.hash)) {
    throw new CircleRefused("altered_log", "the past does not lead to the joining", evidence)
  }
  let outcome: Outcome
  try {
    outcome = await outcomeOf(draft, item, bytes, own, past)
  } catch (error) {
    throw asCircleRefused(error, evidence)
  }
  draft.putItem({ seq: item.seq, at: item.at, hash: next.hash, entries: outcome.entries })
  draft.patch({ head: next })
  outcome.effect(draft)
}

async function outcomeOf(
  draft: Draft,
  item: Item,
  bytes: Uint8Array | undefined,
  own: Own,
  past: PastChain | undefined,
): Promise<Outcome> {
  if (bytes === undefined) {
    return { entries: [{ kind: "withheld", digest: toBase64(digestOf(item)) }], effect: () => undefined }
  }
  if (past !== undefined) {
    if (item.kind === "commit") return pastCommit(draft, item.epoch, bytes, past)
    return readMessage(draft, item, bytes, pastReading(draft, own, past))
  }
  const { group } = draft.snapshot()
  if (group === undefined) throw new TypeError("a device without a group applies nothing")
  if (item.kind === "commit") return liveCommit(draft, group, item.epoch, bytes)
  return readMessage(draft, item, bytes, liveReading(group, own))
}

function liveReading(group: LiveGroup, own: Own): Reading {
  return {
    own,
    circle: group.circle,
    epoch: group.epoch,
    device: (id) => group.devices.get(id)?.certificate,
    contentKey: () => group.contentKey,
    isCoordinator: (user) => group.policy.persons.get(user)?.role === "coordinator",
    isPast: false,
  }
}

function pastReading(draft: Draft, own: Own, { coordinators }: PastChain): Reading {
  const { devices, keys } = draft.snapshot()
  return {
    own,
    circle: draft.circle,
    epoch: draft.record.historyEpoch ?? undefined,
    device: (id) => devices.get(id),
    contentKey: (epoch) => keys.get(epoch),
    isCoordinator: (user) => coordinators.has(user),
    isPast: true,
  }
}

async function liveCommit(draft: Draft, group: LiveGroup, epoch: number, bytes: Uint8Array): Promise<Outcome> {
  if (epoch !== group.epoch + 1) {
    throw new CircleRefused(epoch <= group.epoch ? "fork" : "wrong_place", `epoch ${epoch} after ${group.epoch}`, bytes)
  }
  const { pending } = draft.snapshot()
  const mine = pending !== undefined && sameBytes(pending.commit, bytes)
  const next = mine
    ? await liveGroup(deserialise(pending.next), group.circle, group.devices)
    : await takeIn(group, bytes)
  const hadDevice = (user: UserId): boolean =>
    [...group.devices.values()].some(({ certificate }) => certificate.user === user)
  const commit = written(bytes)
  return {
    entries: eventsOf(commit, hadDevice),
    effect(saved) {
      if (mine) saved.adopt(pending)
      else if (pending !== undefined) saved.setPending(undefined)
      if (next === undefined) {
        saved.dropGroup()
        saved.patch({ left: "removed" })
        return
      }
      saved.setGroup(next)
      saved.patch({ counters: countersOf(saved, group, next) })
      if (mine) saved.patch({ keyChecked: next.epoch, renewed: readNote(commit.authenticatedData).time })
    },
  }
}

/** A device that has just come in counts its messages from 1. */
function countersOf(draft: Draft, before: LiveGroup, after: LiveGroup): Draft["record"]["counters"] {
  const counters = new Map(draft.record.counters)
  for (const [device, { leaf }] of after.devices) {
    if (before.devices.get(device)?.leaf !== leaf) counters.set(device, 0)
  }
  return counters
}

/** Not judged by MLS: what it changed is held by the verified chain, who came in by a certificate of the time. */
async function pastCommit(draft: Draft, epoch: number, bytes: Uint8Array, past: PastChain): Promise<Outcome> {
  const commit = written(bytes)
  const before = draft.record.historyEpoch ?? epoch - 1
  if (!sameBytes(commit.groupId, idBytes(draft.circle)) || commit.epoch !== BigInt(before) || epoch !== before + 1) {
    throw new CircleRefused("wrong_place", "a commit of another circle or epoch", bytes)
  }
  for (const change of readNote(commit.authenticatedData).changes) {
    const inChain = past.changes[change.n]
    if (inChain === undefined || !sameBytes(inChain.hash, change.hash)) {
      throw new CircleRefused("broken_chain", "a change that is not in the chain", bytes)
    }
  }
  const committer = await certificateInPast(commit.identity, past)
  if (committer === undefined) throw new CircleRefused("foreign_device", "bad_certificate", commit.identity)
  return {
    entries: eventsOf(commit, (user) => wasHere(draft, user)),
    effect(saved) {
      saved.putDevice(committer.device, committer)
      const counters = new Map(saved.record.counters)
      if (commit.external) counters.set(committer.device, 0)
      saved.patch({ historyEpoch: epoch, counters })
    },
  }
}

/** Whether a device of this person has shown itself in the history so far. */
function wasHere(draft: Draft, user: UserId): boolean {
  const { devices } = draft.snapshot()
  return [...draft.record.counters.keys()].some((device) => devices.get(device)?.user === user)
}

function written(bytes: Uint8Array): NonNullable<ReturnType<typeof readCommit>> {
  const commit = readCommit(bytes)
  if (commit === undefined) throw new CircleRefused("unknown_form", "not a commit", bytes)
  return commit
}

function bytesOf(item: Item): Uint8Array | undefined {
  if (item.kind === "commit") return fromBase64(item.commit)
  return item.env === null ? undefined : fromBase64(item.env)
}

function digestOf(item: Item): Uint8Array {
  if (item.kind === "commit" || item.env !== null) throw new TypeError("only an erased message is known by its digest")
  return fromBase64(item.digest)
}
