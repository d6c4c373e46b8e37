/** The snapshots that screens see of a circle, from its state and where it stands with the server. */
import type { Duties } from "../api/duties.ts"
import type { CircleDetail, CircleRow } from "../api/types.ts"
import type { CircleId, DeviceId, UserId } from "../ids.ts"
import type { CircleSummary, CircleView, Composer } from "../model.ts"
import type { Refusal } from "../refusal.ts"
import { Entries, isShown, readUpTo, unreadAfter, type OnTheWay } from "./entries.ts"
import { readers } from "./group.ts"
import type { ItemRecord } from "./items.ts"
import { hasOlder } from "./older.ts"
import { needsOf } from "./needs.ts"
import type { Own } from "./own.ts"
import { isConfirmed } from "./room.ts"
import { ItemRun } from "./run.ts"
import type { Snapshot } from "./snapshot.ts"
import type { Trusts } from "./trust.ts"

/** What the state does not hold. */
export interface Standing extends OnTheWay {
  readonly row: CircleRow | undefined
  readonly detail: CircleDetail | null
  readonly refusal: Refusal | null
  readonly isUnnamed: boolean
  readonly duties: Pick<Duties, "reminders" | "reports">
  readonly trusts: Pick<Trusts, "of" | "waiting">
  readonly isHeld: boolean
  readonly unproved: CircleView["unproved"]
}

export class Views {
  readonly #id: CircleId
  readonly #own: Own
  readonly #entries: Entries

  constructor(id: CircleId, own: Own) {
    this.#id = id
    this.#own = own
    this.#entries = new Entries(own)
  }

  view(all: Snapshot, standing: Standing): CircleView {
    const now = shownOf(all)
    const read = readUpTo(now, this.#own.user)
    return {
      id: this.#id,
      detail: standing.detail,
      people: new Map([...now.people].map(([user, person]) => [user, { ...person, trust: standing.trusts.of(user) }])),
      entries: this.#entries.of(now, standing),
      hasEarlier: isConfirmed(all) && (hasOlder(now) || now.border?.hasMore === true),
      composer: composer(now, standing),
      unread: unreadAfter(read, now, this.#own.user),
      readUpTo: read,
      abilities: standing.row?.abilities ?? [],
      readers: now.group === undefined ? null : { people: readers(now.group).size, devices: now.group.devices.size },
      devices: rosterOf(now),
      waiting: standing.trusts.waiting,
      reports: standing.duties.reports.map(({ committer, reason, reporters }) => ({ committer, reason, reporters })),
      reminders: standing.duties.reminders,
      unproved: standing.unproved,
    }
  }

  summary(all: Snapshot, row: CircleRow, { composer: { state }, readUpTo: read, unread }: CircleView): CircleSummary {
    const now = shownOf(all)
    return {
      row,
      unread,
      ...needsOf(now, this.#own.user, read, row.abilities.includes("send")),
      last: this.#last(now),
      unsent: now.outbox.filter(({ outgoing }) => outgoing.kind !== "ack" && outgoing.kind !== "erase").length,
      composer: state,
      touched: newest(now, ({ entries }) => entries.some(isShown))?.at ?? row.opened,
    }
  }

  #last(now: Snapshot): CircleSummary["last"] {
    const item = newest(now, ({ entries }) => entries.some(({ kind }) => kind === "message"))
    const message = item?.entries.findLast((entry) => entry.kind === "message")
    if (item === undefined || message === undefined) return null
    const { author, created, notice, text } = message
    return { at: item.at, created, author, mine: author === this.#own.user, text: notice?.title ?? text }
  }
}

/** Before this device knows that it is in the real circle, nothing is read. */
function shownOf(now: Snapshot): Snapshot {
  return now.record === undefined || isConfirmed(now) ? now : { ...now, items: ItemRun.EMPTY }
}

function newest({ items }: Snapshot, wanted: (item: ItemRecord) => boolean): ItemRecord | undefined {
  for (const item of items.backwards()) if (wanted(item)) return item
  return undefined
}

/** The devices that read now, person by person. */
function rosterOf({ group }: Snapshot): CircleView["devices"] {
  const roster = new Map<UserId, DeviceId[]>()
  for (const { certificate } of group?.devices.values() ?? []) {
    roster.set(certificate.user, [...(roster.get(certificate.user) ?? []), certificate.device])
  }
  return roster
}

function composer(
  { group, record, standing }: Snapshot,
  { isHeld, isOnline, isUnnamed, refusal, row }: Standing,
): Composer {
  const refused = refusal ?? record?.refusal ?? null
  if (refused !== null) return { state: "refused", refusal: refused }
  if (record !== undefined && record.left !== null) return { state: "left", code: record.left }
  if (record === undefined || group === undefined) {
    return isUnnamed ? { state: "closed", why: "new_identity" } : { state: "joining" }
  }
  if (standing?.unconfirmed !== null) return { state: "unconfirmed" }
  if (row?.state === "closed") return { state: "closed", why: "circle_closed" }
  if (row !== undefined && !row.abilities.includes("send")) return { state: "closed", why: "no_right" }
  if (isHeld) return { state: "rekeying" }
  return isOnline ? { state: "open" } : { state: "offline" }
}
