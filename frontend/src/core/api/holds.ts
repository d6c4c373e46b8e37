/**
 * The operations about legal holds (docs/protocol.md, "The officer's desk"): what an organisation keeps beyond its time,
 * for a reason that is sealed in the trail; lifted by two officers.
 */
import type { Fields } from "../encoding/fields.ts"
import type { EventId, HoldId, OrganisationId, Pseudonym } from "../ids.ts"
import type { Http } from "./http.ts"
import { many, textOrNull } from "./read.ts"
import { SUBJECT_KINDS, type SubjectKind } from "./trailSubjects.ts"
import type { Timestamp } from "./types.ts"

export interface HeldSubject {
  readonly kind: SubjectKind
  readonly pseudonym: Pseudonym
}

/** `until` is not in it. */
export interface HeldPeriod {
  readonly kind: "Period"
  readonly since: Timestamp
  readonly until: Timestamp
}

export interface HoldRow {
  readonly id: HoldId
  readonly kind: SubjectKind | "Period"
  /** Of a subject. */
  readonly pseudonym: Pseudonym | null
  /** Of a period, both. */
  readonly since: Timestamp | null
  readonly until: Timestamp | null
  /** Null for an officer who has left. */
  readonly by: string | null
  readonly placed: Timestamp
  /** Beside it the reason is sealed. */
  readonly event: EventId
  /** An officer has asked to lift it; `mine`: that was me. */
  readonly asked: boolean
  readonly mine: boolean
  readonly lifted: Timestamp | null
}

export interface Holds {
  /** Those that stand first, then the newest. */
  readonly list: (id: OrganisationId) => Promise<readonly HoldRow[]>
  /** Rejects `not_found` for a subject that the organisation's trail does not name, `too_many`, `bad_input`. */
  readonly begin: (id: OrganisationId, what: HeldSubject | HeldPeriod, reason: string) => Promise<void>
  /** Asks for it, or lifts what another officer has asked to lift: then true. Rejects `hold_asked`. */
  readonly lift: (id: OrganisationId, hold: HoldId, reason: string) => Promise<boolean>
}

export function createHolds(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): Holds {
  const at = (id: OrganisationId, path = ""): string => `/api/organisations/${id}/holds${path}`
  return {
    list: async (id) => checked(await http.get(at(id)), (fields) => many(fields, "holds", row)),
    async begin(id, what, reason) {
      await http.send("POST", at(id), { ...what, reason })
    },
    lift: async (id, hold, reason) =>
      checked(await http.send("POST", at(id, `/${hold}/lift`), { reason }), (fields) => fields.flag("lifted")),
  }
}

function row(fields: Fields): HoldRow {
  return {
    id: fields.id<HoldId>("id"),
    kind: fields.oneOf("kind", [...SUBJECT_KINDS, "Period"]),
    pseudonym: fields.maybe("pseudonym", (from, name) => from.id<Pseudonym>(name)),
    since: textOrNull(fields, "since"),
    until: textOrNull(fields, "until"),
    by: textOrNull(fields, "by"),
    placed: fields.text("placed"),
    event: fields.id<EventId>("event"),
    asked: fields.flag("asked"),
    mine: fields.flag("mine"),
    lifted: textOrNull(fields, "lifted"),
  }
}
