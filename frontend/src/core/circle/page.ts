/**
 * A page of the log from before this device came in. No MLS state of those epochs exists here; what holds the page is
 * the chained hash, which must lead to the place already known, the certificates that the policy's chain vouches for,
 * and the key commitment in every envelope.
 *
 * Nothing is kept here: `joinPage` (joinPage.ts) sets a page against what is above it.
 */
import type { ItemsAnswer } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { idBytes } from "../encoding/uuid.ts"
import type { LogPlace } from "../envelope/content.ts"
import { LOG_START } from "../envelope/log.ts"
import type { Certificate } from "../identity/certificate.ts"
import type { CircleId, DeviceId, UserId } from "../ids.ts"
import { readCommit, type CommitAsWritten } from "../mls/read.ts"
import { readNote } from "../policy/note.ts"
import type { Border } from "./border.ts"
import { readGrant } from "./granted.ts"
import type { ItemRecord, StoredEntry } from "./items.ts"
import { openMessage, type Spoken } from "./messages.ts"
import { certificateInPast, type PastChain } from "./past.ts"
import { placeAfter, type Placed } from "./placed.ts"
import { samePlace } from "./places.ts"
import { Presence } from "./presence.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import type { KnownDevice } from "./snapshot.ts"

export interface Page {
  /** The place before its first item, and the epoch in force there. */
  readonly place: LogPlace
  readonly epoch: number
  readonly items: readonly PastItem[]
  /** Of the committers. */
  readonly certificates: readonly Certificate[]
}

export interface PastItem {
  readonly record: ItemRecord
  /** Who wrote it, when that is known. */
  readonly device: DeviceId | null
  /** What it does to the count of its device. */
  readonly spoken: Spoken | "came_in" | null
}

export interface KnownAbove {
  readonly circle: CircleId
  readonly border: Border
  readonly chain: PastChain
  readonly devices: ReadonlyMap<DeviceId, KnownDevice>
  readonly keys: ReadonlyMap<number, Uint8Array>
}

/** With the epoch in force before the item. */
interface InEpoch extends Placed {
  readonly epoch: number
}

/** Throws CircleRefused. */
export async function readPage(answer: ItemsAnswer, known: KnownAbove): Promise<Page> {
  const placed = inEpochs(inPlaces(answer, known.border), known.border.epoch)
  const commits = new Map<number, CommitAsWritten>()
  const certificates: Certificate[] = []
  for (const { bytes, epoch, evidence, item } of placed) {
    if (item.kind !== "commit" || bytes === undefined) continue
    try {
      const commit = commitOf(bytes, epoch, known)
      certificates.push(await committer(commit, known.chain))
      commits.set(item.seq, commit)
    } catch (error) {
      throw asCircleRefused(error, evidence)
    }
  }
  const devices = new Map<DeviceId, KnownDevice>(known.devices)
  for (const certificate of certificates) devices.set(certificate.device, certificate)
  const presence = new Presence({ ...known, devices }, [...commits.values()])
  const items: PastItem[] = []
  for (const each of placed) {
    const { evidence, item, place } = each
    try {
      const { device, entries, spoken } = await readItem(each, commits.get(item.seq), { ...known, devices }, presence)
      items.push({ record: { seq: item.seq, at: item.at, hash: place.hash, entries }, device, spoken })
    } catch (error) {
      throw asCircleRefused(error, evidence)
    }
  }
  return { place: placeOf(answer.base), epoch: placed[0]?.epoch ?? known.border.epoch, items, certificates }
}

function placeOf({ hash, seq }: ItemsAnswer["base"]): LogPlace {
  return { seq, hash: fromBase64(hash) }
}

/** Throws CircleRefused unless the hashes lead from the page's own beginning to the border, item by item. */
function inPlaces({ base, items }: ItemsAnswer, { place: end }: Border): readonly Placed[] {
  let place = placeOf(base)
  if (place.seq === 0 && !samePlace(place, LOG_START)) {
    throw new CircleRefused("altered_log", "does not begin at nothing", place.hash)
  }
  const placed = items.map((item) => {
    const next = placeAfter(place, item)
    place = next.place
    return next
  })
  if (!samePlace(place, end)) throw new CircleRefused("altered_log", "an older page does not lead here", place.hash)
  return placed
}

/** From the border downwards every commit tells the epoch before it. */
function inEpochs(placed: readonly Placed[], end: number): readonly InEpoch[] {
  let epoch = end
  const found = placed.toReversed().map((each): InEpoch => {
    const { evidence, item } = each
    if (item.kind === "commit") {
      if (item.epoch !== epoch || epoch === 0) throw new CircleRefused("wrong_place", "of another epoch", evidence)
      epoch -= 1
    }
    return { ...each, epoch }
  })
  return found.reverse()
}

function commitOf(bytes: Uint8Array, epoch: number, { chain, circle }: KnownAbove): CommitAsWritten {
  const commit = readCommit(bytes)
  if (commit === undefined) throw new CircleRefused("unknown_form", "not a commit", bytes)
  if (!sameBytes(commit.groupId, idBytes(circle)) || commit.epoch !== BigInt(epoch)) {
    throw new CircleRefused("wrong_place", "a commit of another circle or epoch", bytes)
  }
  // Not judged by MLS: what it changed is held by the verified chain, who came in by a certificate of the time.
  for (const change of readNote(commit.authenticatedData).changes) {
    const inChain = chain.changes[change.n]
    if (inChain === undefined || !sameBytes(inChain.hash, change.hash)) {
      throw new CircleRefused("broken_chain", "a change that is not in the chain", bytes)
    }
  }
  return commit
}

async function committer({ identity }: CommitAsWritten, chain: PastChain): Promise<Certificate> {
  const certificate = await certificateInPast(identity, chain)
  if (certificate === undefined) throw new CircleRefused("foreign_device", "bad_certificate", identity)
  return certificate
}

async function readItem(
  { bytes, digest, epoch, item }: InEpoch,
  commit: CommitAsWritten | undefined,
  { chain, circle, devices, keys }: KnownAbove,
  presence: Presence,
): Promise<{ readonly entries: readonly StoredEntry[] } & Omit<PastItem, "record">> {
  const isCoordinator = (user: UserId): boolean => chain.coordinators.has(user)
  if (commit !== undefined) {
    const { entries, came } = presence.after(commit)
    return { entries, device: came, spoken: came === null ? null : "came_in" }
  }
  if (bytes === undefined) {
    return { entries: [{ kind: "withheld", digest: toBase64(digest) }], device: null, spoken: null }
  }
  if (item.kind === "grant") {
    const certificate = (raw: Uint8Array): Promise<Certificate | undefined> => certificateInPast(raw, chain)
    const { entry } = await readGrant(bytes, { circle, certificate, isCoordinator })
    return { entries: [entry], device: null, spoken: null }
  }
  const { entry, header, spoken } = await openMessage(bytes, {
    circle,
    epoch,
    device: (id) => devices.get(id),
    contentKey: (of) => keys.get(of),
    isCoordinator,
    mayAnnounce: (user) => chain.withoutPatient && chain.coordinators.has(user),
    isPast: true,
  })
  return { entries: [entry], device: header.device, spoken }
}
