/**
 * A page of the past set against what is above it: each device's count goes on without a repeat, what was signed of the
 * log fits, and a page that the server calls the last begins where this person's history may begin.
 */
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import type { LogPlace } from "../envelope/content.ts"
import { LOG_START } from "../envelope/log.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { withClaim, type Border, type Count } from "./border.ts"
import type { Draft } from "./draft.ts"
import { afterErasures, erasuresIn } from "./erasing.ts"
import { opened } from "./events.ts"
import type { ItemRecord } from "./items.ts"
import type { Page, PastItem } from "./page.ts"
import type { PastChain } from "./past.ts"
import { CircleRefused } from "./refused.ts"

/** `isLast` is the server's word. Throws CircleRefused with nothing changed. */
export function joinPage(
  draft: Draft,
  border: Border,
  page: Page,
  { chain, isLast, me }: { readonly chain: PastChain; readonly isLast: boolean; readonly me: UserId },
): void {
  const atStart = page.place.seq === LOG_START.seq
  const granted = grantedTo(me, page.items, border.granted)
  if (isLast && !atStart) checkHorizon(page, page.items[0]?.record ?? draft.snapshot().items.first, granted, chain, me)
  const change0 = chain.changes[0]
  const counted = countedPage(page, atStart ? change0?.certificate.device : undefined)
  const gapsAbove = gapsBetween(counted.last, border, draft)
  const claims = claimsBelow(page, border)

  const erasures = [...erasuresIn(draft.snapshot().items), ...erasuresIn(counted.items)]
  const items = counted.items.map((item) => afterErasures(item, erasures))
  if (atStart && change0 !== undefined) {
    items.unshift({ seq: 0, at: writeTime(change0.time), hash: LOG_START.hash, entries: [opened(change0)] })
  }
  for (const certificate of page.certificates) draft.putDevice(certificate.device, certificate)
  for (const item of gapsAbove) draft.putItem(item)
  draft.putOlder(items)
  draft.setBorder({
    place: page.place,
    epoch: page.epoch,
    hasMore: !atStart && !isLast,
    counts: new Map([...border.counts, ...counted.first]),
    claims,
    granted,
  })
}

interface CountedPage {
  /** With the gaps inside the page. */
  readonly items: readonly ItemRecord[]
  /** The first and the last count of each device in the page, where they are known. */
  readonly first: Border["counts"]
  readonly last: ReadonlyMap<DeviceId, number>
}

/** `opener` is the device that counts from 1 here, when the page is the log's first. */
function countedPage(page: Page, opener: DeviceId | undefined): CountedPage {
  const first = new Map<DeviceId, Count | null>()
  const last = new Map<DeviceId, number>(opener === undefined ? [] : [[opener, 0]])
  const items = page.items.map(({ device, record, spoken }): ItemRecord => {
    if (device === null || spoken === null) return record
    if (spoken === "came_in" || spoken === "unreadable") {
      if (!first.has(device)) first.set(device, null)
      if (spoken === "came_in") last.set(device, 0)
      else last.delete(device)
      return record
    }
    const { counter } = spoken
    const counted = withGap(record, last.get(device), counter)
    if (!first.has(device)) first.set(device, { counter, seq: record.seq })
    last.set(device, counter)
    return counted
  })
  return { items, first, last }
}

/** Items above the page before which messages are missing, now that the page tells the counts below them. */
function gapsBetween(last: CountedPage["last"], { counts }: Border, draft: Draft): readonly ItemRecord[] {
  return [...last].flatMap(([device, before]) => {
    const above = counts.get(device)
    const item = above == null ? undefined : draft.snapshot().items.at(above.seq)
    if (above == null || item === undefined) return []
    const counted = withGap(item, before, above.counter)
    return counted === item ? [] : [counted]
  })
}

/** An item whose sender counted `counter` after `before`. Throws CircleRefused when it was there before. */
function withGap(item: ItemRecord, before: number | undefined, counter: number): ItemRecord {
  if (before === undefined || counter === before + 1) return item
  if (counter <= before) throw new CircleRefused("replayed", `counter ${counter}`, item.hash)
  const author = item.entries.map((entry) => ("author" in entry ? entry.author : null)).find((user) => user !== null)
  if (author === undefined) throw new TypeError("what is counted has an author")
  return { ...item, entries: [{ kind: "gap", author, missing: counter - before - 1 }, ...item.entries] }
}

/** What senders signed of the log is compared where the page has it; the rest waits for an older one. */
function claimsBelow(page: Page, border: Border): Border["claims"] {
  const { place } = page
  const hashAt = (seq: number): Uint8Array | undefined =>
    seq === place.seq ? place.hash : page.items[seq - place.seq - 1]?.record.hash
  let open: Border = { ...border, claims: new Map() }
  const weigh = (claim: LogPlace, evidence: Uint8Array): void => {
    if (claim.seq < place.seq && claim.seq !== LOG_START.seq) {
      open = withClaim(open, claim, evidence)
      return
    }
    const known = claim.seq === LOG_START.seq ? LOG_START.hash : hashAt(claim.seq)
    if (known === undefined || !sameBytes(known, claim.hash)) {
      throw new CircleRefused("altered_log", "a sender saw another log", evidence)
    }
  }
  for (const [seq, hash] of border.claims) weigh({ seq, hash }, hash)
  for (const { record, spoken } of page.items) {
    if (spoken === null || typeof spoken === "string") continue
    if (spoken.log.seq >= record.seq) throw new CircleRefused("altered_log", "the sender knew a later log", record.hash)
    weigh(spoken.log, record.hash)
  }
  return open.claims
}

/** The first epoch that a grant gave this person, here or above. */
function grantedTo(me: UserId, items: readonly PastItem[], above: number | null): number | null {
  const given = items.flatMap(({ record }) =>
    record.entries.flatMap((entry) =>
      entry.kind === "event" && entry.event.type === "history_granted" && entry.event.user === me
        ? [entry.event.from]
        : [],
    ),
  )
  if (above !== null) given.push(above)
  return given.length === 0 ? null : Math.min(...given)
}

/**
 * This person's history begins with the arrival of a device of theirs, or where a grant says; who opened the circle
 * sees it from its start. Anything else is withheld. Throws CircleRefused.
 */
function checkHorizon(
  { epoch }: Page,
  first: ItemRecord | undefined,
  granted: number | null,
  { changes }: PastChain,
  me: UserId,
): void {
  const wasInvited = changes.some(({ op }) => op.type === "invite" && op.person.user === me)
  const arrived = first?.entries.some(
    (entry) =>
      entry.kind === "event" &&
      (entry.event.type === "joined" || entry.event.type === "device_added") &&
      entry.event.user === me,
  )
  // The commit that made the epoch may itself be given or not.
  if (granted !== null && (epoch === granted || epoch + 1 === granted)) return
  if (wasInvited && arrived === true && granted === null) return
  throw new CircleRefused("altered_log", "the past is withheld", first?.hash ?? new Uint8Array())
}
