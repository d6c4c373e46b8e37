/**
 * Applying one item of the log, from the one after this device's joining on: messages are checked against the roster
 * of the present epoch and commits are judged (`judge.ts`). What is older is read by the page (`page.ts`).
 *
 * Nothing of the draft is touched before the whole item has been judged. Throws CircleRefused.
 */
import type { Item } from "../api/types.ts"
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import type { UserId } from "../ids.ts"
import { deserialise } from "../mls/group.ts"
import { readCertificate } from "../identity/certificate.ts"
import { readCommit } from "../mls/read.ts"
import { readNote } from "../policy/note.ts"
import { withGrant } from "./border.ts"
import type { Draft, Outcome } from "./draft.ts"
import { eventsOf } from "./events.ts"
import { readGrant } from "./granted.ts"
import { liveGroup, type LiveGroup } from "./group.ts"
import { takeIn } from "./judge.ts"
import { noteCount, readMessage, type Reading } from "./messages.ts"
import { mayAnnounce } from "../policy/person.ts"
import type { Own } from "./own.ts"
import { placeAfter, type Placed } from "./placed.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import { answersFor } from "./standing.ts"

/** The item is the one after the draft's head. */
export async function applyItem(draft: Draft, item: Item, own: Own): Promise<void> {
  const placed = placeAfter(draft.record.head, item)
  let outcome: Outcome
  try {
    outcome = await outcomeOf(draft, placed, own)
  } catch (error) {
    throw asCircleRefused(error, placed.evidence)
  }
  draft.putItem({ seq: item.seq, at: item.at, hash: placed.place.hash, entries: outcome.entries })
  draft.patch({ head: placed.place })
  outcome.effect(draft)
}

async function outcomeOf(draft: Draft, { bytes, digest, item }: Placed, own: Own): Promise<Outcome> {
  if (bytes === undefined) {
    return { entries: [{ kind: "withheld", digest: toBase64(digest) }], effect: () => undefined }
  }
  const { group } = draft.snapshot()
  if (group === undefined) throw new TypeError("a device without a group applies nothing")
  switch (item.kind) {
    case "commit":
      return liveCommit(draft, group, item.epoch, bytes, own)
    case "grant":
      return liveGrant(group, bytes, own)
    case "message":
      return readMessage(draft, item, bytes, liveReading(group), own)
  }
}

function liveReading(group: LiveGroup): Reading {
  return {
    circle: group.circle,
    epoch: group.epoch,
    device: (id) => group.devices.get(id)?.certificate,
    contentKey: () => group.contentKey,
    isCoordinator: (user) => group.policy.persons.get(user)?.role === "coordinator",
    mayAnnounce: (user) => mayAnnounce(group.policy.persons.get(user)),
    isPast: false,
  }
}

async function liveGrant(group: LiveGroup, bytes: Uint8Array, own: Own): Promise<Outcome> {
  const { circle, devices, policy } = group
  const { entry, grant } = await readGrant(bytes, {
    circle,
    certificate: (raw) =>
      Promise.resolve([...devices.values()].find(({ certificate }) => sameBytes(certificate.raw, raw))?.certificate),
    isCoordinator: (user) => policy.persons.get(user)?.role === "coordinator",
  })
  return {
    entries: [entry],
    effect(saved) {
      const { border } = saved.snapshot()
      // What the server gave nothing of until now has become readable.
      if (grant.user === own.user && border !== undefined) saved.setBorder(withGrant(border, grant.from))
    },
  }
}

async function liveCommit(
  draft: Draft,
  group: LiveGroup,
  epoch: number,
  bytes: Uint8Array,
  own: Own,
): Promise<Outcome> {
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
      if (commit.external) cameIn(saved, readCertificate(commit.identity), next, mine ? undefined : own)
      if (mine) saved.patch({ keyChecked: next.epoch, renewed: readNote(commit.authenticatedData).time })
    },
  }
}

/**
 * A device counts its messages from 1 when it comes in. Whom it believes will tell it that this is the real circle.
 */
function cameIn(saved: Draft, joiner: Pick<Own, "device" | "user">, group: LiveGroup, own: Own | undefined): void {
  saved.patch({ counters: new Map([...saved.record.counters, [joiner.device, 0]]) })
  noteCount(saved, joiner.device, null)
  const { standing } = saved.snapshot()
  if (standing === undefined || own === undefined || !answersFor(joiner, own.user, group)) return
  saved.setStanding({ ...standing, owesSeen: true })
}

function written(bytes: Uint8Array): NonNullable<ReturnType<typeof readCommit>> {
  const commit = readCommit(bytes)
  if (commit === undefined) throw new CircleRefused("unknown_form", "not a commit", bytes)
  return commit
}
