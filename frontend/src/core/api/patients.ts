/**
 * The operations about patients and about who stands outside their circles (docs/protocol.md, "HTTP"): the identity of
 * a circle's patient, whether somebody has a circle already, asking to be invited, break-glass.
 */
import type { Fields } from "../encoding/fields.ts"
import type { BreakGlassId, CircleId, JoinRequestId, OrganisationId, RoleId, UserId } from "../ids.ts"
import type { Http } from "./http.ts"
import { card, known, many, organisation, profession, textOrNull, texts } from "./read.ts"
import type * as api from "./types.ts"

/** The whole identity, as members see it: the number only when it is qualified. */
export interface PatientIdentity extends Required<api.PatientTraits> {
  /** There is a number, shown or not. */
  readonly numbered: boolean
  /** What is odd but allowed: `matricule_of_other_sex`, … */
  readonly warnings: readonly string[]
}

export interface KnownPatient {
  /** My own circle of this patient. */
  readonly circle: CircleId | null
  readonly exists: boolean
}

export type InsiOutcome = "found" | "none" | "several" | "refused" | "unreachable" | "disabled"

export type FoundIdentity = Pick<
  api.PatientTraits,
  "birth_name" | "given_names" | "birth_date" | "sex" | "birthplace"
> & { readonly matricule: string; readonly oid: string }

export interface InsiAnswer {
  readonly outcome: InsiOutcome
  readonly found: FoundIdentity | null
  /** In which traits it is another than asked. */
  readonly differs: readonly (keyof FoundIdentity)[]
}

export type WhyJoin = "in_charge" | "replacing" | "coordinating" | "patient_asked"

export interface JoinRequest extends api.ProfessionalCard {
  readonly id: JoinRequestId
  readonly user: UserId
  readonly role: RoleId
  readonly why: WhyJoin
  readonly created: api.Timestamp
}

/** What breaking the glass shows, while it lasts. */
export interface BreakGlass {
  readonly id: BreakGlassId
  readonly started: api.Timestamp
  readonly until: api.Timestamp
  readonly members: readonly (api.ProfessionalCard & { readonly role: api.Role })[]
  readonly coordinators: readonly (api.ProfessionalCard & { readonly email: string; readonly mssante: string | null })[]
}

export type Verdict = "justified" | "unjustified"

/** One that happened. */
export interface BreakGlassRow {
  readonly id: BreakGlassId
  readonly circle: CircleId
  readonly by: Pick<api.ProfessionalCard, "name" | "profession" | "organisation">
  readonly reason: string
  readonly started: api.Timestamp
  readonly ended: api.Timestamp | null
  readonly verdict: Verdict | null
  readonly comment: string | null
  readonly reviewed: api.Timestamp | null
  readonly mine: boolean
}

/** Each rejects with the server's code. */
export interface Patients {
  readonly identity: (circle: CircleId) => Promise<PatientIdentity>
  /** By a coordinator. `keepNumber` leaves the number as it is, shown or not. */
  readonly change: (circle: CircleId, patient: api.PatientTraits, keepNumber: boolean) => Promise<void>
  readonly search: (patient: api.PatientTraits) => Promise<KnownPatient>
  /** Asks the national identity service; stores nothing. */
  readonly insi: (patient: api.PatientTraits) => Promise<InsiAnswer>
  /** Asks the coordinators of this patient's circle to be invited. */
  readonly ask: (patient: api.PatientTraits, why: WhyJoin) => Promise<void>
  readonly joinRequests: (circle: CircleId) => Promise<readonly JoinRequest[]>
  readonly dismiss: (request: JoinRequestId) => Promise<void>
  /** Tells everybody in the circle; `reason` has ten characters at least. */
  readonly breakGlass: (patient: api.PatientTraits, reason: string) => Promise<BreakGlassId>
  readonly brokenGlass: (id: BreakGlassId) => Promise<BreakGlass>
  readonly endBreakGlass: (id: BreakGlassId) => Promise<void>
  readonly breakGlassesOfCircle: (circle: CircleId) => Promise<readonly BreakGlassRow[]>
  /** For its compliance officers. */
  readonly breakGlassesOfOrganisation: (organisation: OrganisationId) => Promise<readonly BreakGlassRow[]>
  readonly review: (id: BreakGlassId, verdict: Verdict, comment: string) => Promise<void>
}

const SEXES = ["F", "M", "I"] as const
const ROLES = ["coordinator", "member", "guest", "delegate"] as const
const STATUSES = ["provisional", "retrieved", "validated", "qualified"] as const
const ATTRIBUTES = ["homonym", "doubtful", "fictive"] as const
const DOCUMENTS = ["identity_card", "passport", "residence_permit", "civil_record", "electronic_identity"] as const
const OUTCOMES = ["found", "none", "several", "refused", "unreachable", "disabled"] as const
const WHYS = ["in_charge", "replacing", "coordinating", "patient_asked"] as const
const VERDICTS = ["justified", "unjustified"] as const
const TRAITS = ["birth_name", "given_names", "birth_date", "sex", "birthplace"] as const

/** `checked` turns an answer of another form into `unexpected_answer`. */
export function createPatients(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): Patients {
  const get = async <T>(path: string, as: (fields: Fields) => T): Promise<T> => checked(await http.get(path), as)
  const post = async (path: string, body: object): Promise<Fields> => http.send("POST", path, body)
  const done = async (sent: Promise<Fields>): Promise<void> => {
    await sent
  }
  return {
    identity: (circle) => get(`/api/circles/${circle}/patient`, identity),
    change: (circle, patient, keepNumber) =>
      done(http.send("PUT", `/api/circles/${circle}/patient`, { patient, keep_number: keepNumber })),
    search: async (patient) => checked(await post("/api/patients/search", { patient }), knownPatient),
    insi: async (patient) => checked(await post("/api/patients/insi", { patient }), insiAnswer),
    ask: (patient, why) => done(post("/api/patients/ask", { patient, why })),
    joinRequests: (circle) => get(`/api/circles/${circle}/join-requests`, joinRequests),
    dismiss: (request) => done(post(`/api/join-requests/${request}/dismiss`, {})),
    breakGlass: async (patient, reason) =>
      checked(await post("/api/breakglass", { patient, reason }), (fields) => fields.id<BreakGlassId>("id")),
    brokenGlass: (id) => get(`/api/breakglass/${id}`, brokenGlass),
    endBreakGlass: (id) => done(post(`/api/breakglass/${id}/end`, {})),
    breakGlassesOfCircle: (circle) => get(`/api/circles/${circle}/breakglasses`, breakGlasses),
    breakGlassesOfOrganisation: (id) => get(`/api/organisations/${id}/breakglasses`, breakGlasses),
    review: (id, verdict, comment) => done(post(`/api/breakglass/${id}/review`, { verdict, comment })),
  }
}

function identity(fields: Fields): PatientIdentity {
  return {
    birth_name: fields.text("birth_name"),
    used_name: textOrNull(fields, "used_name"),
    given_names: fields.text("given_names"),
    birth_date: fields.text("birth_date"),
    sex: fields.oneOf("sex", SEXES),
    birthplace: fields.text("birthplace"),
    identity_status: fields.oneOf("identity_status", STATUSES),
    attributes: known(fields, "attributes", ATTRIBUTES),
    document: fields.maybe("document", (from, name) => from.oneOf(name, DOCUMENTS)),
    matricule: textOrNull(fields, "matricule"),
    oid: textOrNull(fields, "oid"),
    numbered: fields.flag("numbered"),
    warnings: texts(fields, "warnings"),
  }
}

function knownPatient(fields: Fields): KnownPatient {
  return { circle: fields.maybe("circle", (from, name) => from.id<CircleId>(name)), exists: fields.flag("exists") }
}

function insiAnswer(fields: Fields): InsiAnswer {
  return {
    outcome: fields.oneOf("outcome", OUTCOMES),
    found: fields.maybe("found", (from, name) => {
      const inner = from.object(name)
      return {
        birth_name: inner.text("birth_name"),
        given_names: inner.text("given_names"),
        birth_date: inner.text("birth_date"),
        sex: inner.oneOf("sex", SEXES),
        birthplace: inner.text("birthplace"),
        matricule: inner.text("matricule"),
        oid: inner.text("oid"),
      }
    }),
    differs: known(fields, "differs", TRAITS),
  }
}

function joinRequests(fields: Fields): readonly JoinRequest[] {
  return many(fields, "requests", (row) => ({
    ...card(row),
    id: row.id<JoinRequestId>("id"),
    user: row.id<UserId>("user"),
    role: row.id<RoleId>("role"),
    why: row.oneOf("why", WHYS),
    created: row.text("created"),
  }))
}

function brokenGlass(fields: Fields): BreakGlass {
  return {
    id: fields.id<BreakGlassId>("id"),
    started: fields.text("started"),
    until: fields.text("until"),
    members: many(fields, "members", (row) => ({ ...card(row), role: row.oneOf("role", ROLES) })),
    coordinators: many(fields, "coordinators", (row) => ({
      ...card(row),
      email: row.text("email"),
      mssante: textOrNull(row, "mssante"),
    })),
  }
}

function breakGlasses(fields: Fields): readonly BreakGlassRow[] {
  return many(fields, "breakglasses", (row) => {
    const by = row.object("by")
    return {
      id: row.id<BreakGlassId>("id"),
      circle: row.id<CircleId>("circle"),
      by: { name: by.text("name"), profession: profession(by), organisation: organisation(by) },
      reason: row.text("reason"),
      started: row.text("started"),
      ended: textOrNull(row, "ended"),
      verdict: row.maybe("verdict", (from, name) => from.oneOf(name, VERDICTS)),
      comment: textOrNull(row, "comment"),
      reviewed: textOrNull(row, "reviewed"),
      mine: row.flag("mine"),
    }
  })
}
