/**
 * Two more ways to look at the trail (docs/protocol.md, "The officer's desk"): who gained or lost which right between two
 * moments, and what a circle's own members see of what happens in it.
 */
import type { Fields } from "../encoding/fields.ts"
import type { CircleId, EventId, OrganisationId, Pseudonym, UserId } from "../ids.ts"
import type { Http } from "./http.ts"
import { many, texts } from "./read.ts"
import { TRAIL_GROUPS, trailPlace, type Place, type TrailGroup } from "./trail.ts"
import type { Timestamp } from "./types.ts"

/** Of a circle, of a person everywhere, or of the roles in the organisation when neither is named. */
export interface RightsAsked {
  readonly from: Timestamp
  readonly to: Timestamp
  readonly cir?: string
  readonly who?: string
}

export interface RightChange {
  readonly who: Pseudonym | null
  /** Null: roles in the organisation. */
  readonly cir: Pseudonym | null
  readonly role_before: string | null
  readonly role_after: string | null
  /** Abilities in a circle, roles in an organisation, or `history`. */
  readonly gained: readonly string[]
  readonly lost: readonly string[]
  /** Held in between, neither before nor after. */
  readonly passing: readonly string[]
  readonly acts: readonly { readonly id: EventId; readonly t: Timestamp; readonly act: string }[]
}

export const ACTED_BY = ["member", "officer", "outsider", "erased", "software", "server", "nobody"] as const
export type ActedBy = (typeof ACTED_BY)[number]

/** One event as the members of its circle see it. */
export interface CircleAct {
  readonly id: EventId
  readonly t: Timestamp
  readonly act: string
  readonly out: number
  readonly user: UserId | null
  /** Of those whom the circle knows. */
  readonly name: string | null
  readonly profession: string | null
  readonly organisation: string | null
  /** Whoever did it, as the circle sees them; an officer of compliance for `organisation`. */
  readonly by: ActedBy
  readonly group: TrailGroup
  readonly place: Place | null
}

export interface CircleActs {
  readonly events: readonly CircleAct[]
  readonly next: EventId | null
}

export interface TrailViewsApi {
  /** The oldest change first. */
  readonly rights: (id: OrganisationId, asked: RightsAsked) => Promise<readonly RightChange[]>
  /** Newest first. */
  readonly ofCircle: (circle: CircleId, after: EventId | null) => Promise<CircleActs>
}

/** As many of a circle's acts as the server gives at once. */
const PAGE = 200

export function createTrailViews(
  http: Http,
  checked: <T>(fields: Fields, as: (fields: Fields) => T) => T,
): TrailViewsApi {
  return {
    async rights(id, asked) {
      const query = new URLSearchParams(Object.entries(asked))
      const answer = await http.get(`/api/organisations/${id}/trail/rights?${query}`)
      return checked(answer, (fields) => many(fields, "changes", rightChange))
    },
    async ofCircle(circle, after) {
      const query = new URLSearchParams({ limit: String(PAGE), ...(after !== null && { after }) })
      return checked(await http.get(`/api/circles/${circle}/trail?${query}`), circleActs)
    },
  }
}

const text = (fields: Fields, name: string): string => fields.text(name)

function rightChange(fields: Fields): RightChange {
  return {
    who: fields.maybe("who", (row, name) => row.id<Pseudonym>(name)),
    cir: fields.maybe("cir", (row, name) => row.id<Pseudonym>(name)),
    role_before: fields.maybe("role_before", text),
    role_after: fields.maybe("role_after", text),
    gained: texts(fields, "gained"),
    lost: texts(fields, "lost"),
    passing: texts(fields, "passing"),
    acts: many(fields, "acts", (act) => ({ id: act.id<EventId>("id"), t: act.text("t"), act: act.text("act") })),
  }
}

function circleActs(fields: Fields): CircleActs {
  return {
    events: many(fields, "events", (row) => ({
      id: row.id<EventId>("id"),
      t: row.text("t"),
      act: row.text("act"),
      out: row.count("out"),
      user: row.maybe("user", (act, name) => act.id<UserId>(name)),
      name: row.maybe("name", text),
      profession: row.maybe("profession", text),
      organisation: row.maybe("organisation", text),
      by: row.oneOf("by", ACTED_BY),
      group: row.oneOf("group", TRAIL_GROUPS),
      place: row.maybe("place", (act, name) => trailPlace(act.object(name))),
    })),
    next: fields.maybe("next", (page, name) => page.id<EventId>(name)),
  }
}
