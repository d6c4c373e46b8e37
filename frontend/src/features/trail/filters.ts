/** What an officer looks for, as the address of the journal says it: codes and opaque ids only. Pure. */
import { TRAIL_GROUPS, type TrailFilters, type TrailGroup } from "../../core/index.ts"
import { readCode } from "./code.ts"

/** One value each: what a row of the journal can be followed by. */
export const FOLLOWED = ["who", "pat", "cir", "dev", "ses", "obj", "err", "act"] as const
export type Followed = (typeof FOLLOWED)[number]

export interface Asked {
  /** Calendar days where the reader is, both included; null: since ever, or until now. */
  readonly from: string | null
  readonly to: string | null
  /** The day whose acts are listed, within the period; null: all of it. */
  readonly day: string | null
  /** Empty: all. */
  readonly groups: readonly TrailGroup[]
  readonly out: "done" | "refused" | null
  /** Empty: all. */
  readonly orgs: readonly string[]
  readonly codes: readonly string[]
  readonly followed: Readonly<Partial<Record<Followed, string>>>
}

/** What is looked at when nothing was asked: as much as a month's review. */
const DAYS = 30
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** A calendar day so many days later. */
export function later(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

/** `today` where the reader is. What the address says wrongly is passed over. */
export function readAsked(query: URLSearchParams, today: string): Asked {
  const day = (name: string): string | null => {
    const value = query.get(name)
    return value !== null && DAY.test(value) ? value : null
  }
  const isOpen = query.has("from") || query.has("to") || query.has("all")
  const out = query.get("out")
  return {
    from: isOpen ? day("from") : later(today, 1 - DAYS),
    to: isOpen ? day("to") : today,
    day: day("day"),
    groups: TRAIL_GROUPS.filter((group) => query.getAll("group").includes(group)),
    out: out === "done" || out === "refused" ? out : null,
    orgs: query.getAll("org"),
    codes: query.getAll("code").flatMap((code) => readCode(code)?.code ?? []),
    followed: Object.fromEntries(FOLLOWED.flatMap((key) => (query.has(key) ? [[key, query.get(key) ?? ""]] : []))),
  }
}

export function writeAsked({ codes, day, followed, from, groups, orgs, out, to }: Asked): URLSearchParams {
  const query = new URLSearchParams()
  if (from === null && to === null) query.set("all", "1")
  for (const [name, value] of Object.entries({ from, to, day, out, ...followed })) {
    if (value !== null) query.set(name, value)
  }
  for (const [name, values] of Object.entries({ group: groups, org: orgs, code: codes })) {
    for (const value of values) query.append(name, value)
  }
  return query
}

/** What officers do with the trail itself. */
export const OFFICERS_GROUPS: readonly TrailGroup[] = ["export", "trail"]

/** The period with both its ends: since ever is since the first of any trail. */
export function instantsOf({ from, to }: Asked): { readonly from: string; readonly to: string } {
  return {
    from: from === null ? "2020-01-01T00:00:00.000Z" : midnight(from),
    to: to === null ? new Date().toISOString() : midnight(later(to, 1)),
  }
}

/** The period as instants; of the chosen day alone when `narrowed`. */
export function forServer(
  { codes, day, followed, from, groups, orgs, out, to }: Asked,
  narrowed: boolean,
): TrailFilters {
  const first = narrowed && day !== null ? day : from
  const last = narrowed && day !== null ? day : to
  const { act, ...single } = followed
  return {
    ...(first !== null && { from: midnight(first) }),
    ...(last !== null && { to: midnight(later(last, 1)) }),
    ...(groups.length > 0 && { group: groups }),
    ...(out !== null && { out }),
    ...(orgs.length > 0 && { org: orgs }),
    ...(codes.length > 0 && { code: codes }),
    ...(act !== undefined && { act: [act] }),
    ...single,
  }
}

function midnight(day: string): string {
  return new Date(`${day}T00:00:00`).toISOString()
}
