/**
 * What happened to a circle's people: the server's tables, held line by line against the signed chain.
 *
 * Who was invited on what ground, who was given a role, whose place ended and why stands in both; consents, oppositions,
 * closures and emergencies in the tables alone. What the chain has and the tables do not is shown as the chain has it.
 */
import type { ChainAnswer, Timeline, TimelineRow } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import { CordeeError } from "../errors.ts"
import type { CircleId, UserId } from "../ids.ts"
import type { CircleEvent, CircleTimeline, TimelineEntry } from "../model.ts"
import { readChange } from "../policy/change.ts"
import { fold } from "../policy/fold.ts"
import { CLOCK_TOLERANCE } from "../policy/person.ts"
import type { Policy } from "../policy/policy.ts"
import { eventOf } from "./events.ts"

interface Signed {
  readonly at: number
  readonly event: CircleEvent
}

/**
 * `known` is this device's own verified policy. Throws CordeeError `stale_epoch` when the circle moves on meanwhile, and
 * what `fold` refuses.
 */
export async function timelineOf(
  { people, rows }: Timeline,
  { changes }: Pick<ChainAnswer, "changes">,
  known: Policy | undefined,
  circle: CircleId,
): Promise<CircleTimeline> {
  const raw = changes.map(fromBase64)
  const policy = await fold(raw, circle)
  if (known === undefined || !sameBytes(policy.head.hash, known.head.hash)) throw new CordeeError("stale_epoch")
  const signed = raw.map(readChange).map((change) => ({ at: change.time, event: eventOf(change) }))
  const unused = new Set(signed.filter(({ event }) => TOLD_BY_CHAIN.has(event.type)))
  const hasChanged = (user: UserId | null): boolean =>
    signed.some(({ event }) => event.type === "role" && event.user === user)
  const compared = rows.map((row): TimelineEntry => {
    const expected = inChain(row, hasChanged)
    if (expected === undefined) return { at: row.at, kind: "row", row, proof: "told" }
    const found = signed.find((each) => isNear(each, row) && expected(each.event))
    // A guest's or a leaver's end stands in the tables at its minute, and in the chain once a device has committed it.
    const isPending = row.what === "ended" && row.user !== null && policy.persons.has(row.user)
    if (found !== undefined && row.what !== "joined") unused.delete(found)
    return { at: row.at, kind: "row", row, proof: found !== undefined ? "signed" : isPending ? "told" : "contradicted" }
  })
  const others = [...unused].map(({ at, event }): TimelineEntry => ({
    at: writeTime(at),
    kind: "event",
    event,
    proof: "signed",
  }))
  return {
    entries: [...compared, ...others].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)),
    people: new Map(people.map((each) => [each.user, each])),
  }
}

/** What the chain alone may add: devices and keys are no matter of who was a member when. */
const TOLD_BY_CHAIN: ReadonlySet<CircleEvent["type"]> = new Set(["opened", "invited", "role", "restored", "ended"])

/** What the chain must say if this row is true; undefined where it says nothing. */
function inChain(
  row: TimelineRow,
  hasChanged: (user: UserId | null) => boolean,
): ((event: CircleEvent) => boolean) | undefined {
  const { by, code, ground, role, until, user } = row
  switch (row.what) {
    case "opened":
      return (event) => event.type === "opened" && event.by === by
    case "invited":
      return (event) =>
        event.type === "invited" &&
        event.user === user &&
        event.by === by &&
        event.ground === ground &&
        // The tables have the present terms of an offer, the chain those of the day.
        (hasChanged(user) || (event.role === role && sameTime(event.notAfter, until)))
    case "joined":
      // Coming in is no change of the policy: that it was allowed, on this ground, is.
      return (event) =>
        (event.type === "invited" && event.user === user && event.ground === ground) ||
        (event.type === "opened" && event.by === user)
    case "handed_over":
      return (event) => event.type === "role" && event.user === user && event.by === by && event.role === "coordinator"
    case "given_back":
      return (event) => event.type === "role" && event.user === user
    case "ended":
      return (event) => event.type === "ended" && event.user === user && event.code === code
    case "consent":
    case "consent_withdrawn":
    case "opposition":
    case "opposition_lifted":
    case "closed":
    case "reopened":
    case "break_glass":
      return undefined
  }
}

/** A change's time is its device's clock; what leads to a row comes before it, and an ordered end after. */
function isNear({ at, event }: Signed, row: TimelineRow): boolean {
  const told = Date.parse(row.at)
  if (row.what === "joined") return at <= told + CLOCK_TOLERANCE
  if (event.type === "ended" || row.what === "given_back") return at >= told - CLOCK_TOLERANCE
  return Math.abs(at - told) <= CLOCK_TOLERANCE
}

function sameTime(one: string | null, other: string | null): boolean {
  return (one === null ? null : Date.parse(one)) === (other === null ? null : Date.parse(other))
}
