/**
 * The operations about the programs of organisations (docs/protocol.md, "HTTP"): which there are, and what they propose
 * to coordinators.
 */
import type { Fields } from "../encoding/fields.ts"
import type { CircleId, OrganisationId, PractitionerId, ProposalId, RoleId, SystemId, UserId } from "../ids.ts"
import type { Http } from "./http.ts"
import { card, known, many, textOrNull, texts } from "./read.ts"
import type * as api from "./types.ts"

/** Which program of which organisation proposes it. */
export interface Source {
  readonly system: string
  readonly organisation: string
  readonly created: api.Timestamp
}

export interface ProposedPerson extends api.ProfessionalCard {
  readonly practitioner: PractitionerId
  readonly role: RoleId
}

/** A circle that I may open, with this id. `others`: relatives and structures, by name. */
export interface ProposedCircle {
  readonly id: ProposalId
  readonly source: Source
  readonly team: CircleId
  readonly patient: api.PatientTraits
  readonly people: readonly ProposedPerson[]
  readonly others: readonly string[]
}

export interface ProposedMember extends ProposedPerson {
  readonly id: ProposalId
  readonly source: Source
  readonly not_after: api.Timestamp | null
}

export interface ProposedChanges {
  readonly members: readonly ProposedMember[]
  readonly closing: { readonly id: ProposalId; readonly source: Source } | null
}

export interface SystemRow {
  readonly id: SystemId
  readonly name: string
  readonly client_id: string
  readonly coordinator: ProposedPerson | null
  readonly created: api.Timestamp
  readonly ended: api.Timestamp | null
}

/** What the program needs; the secret is shown this once. */
export interface SystemSecret {
  readonly id: SystemId
  readonly client_id: string
  readonly client_secret: string
}

/** Each rejects with the server's code. */
export interface CareTeams {
  readonly proposed: () => Promise<readonly ProposedCircle[]>
  /** For coordinators. */
  readonly changes: (circle: CircleId) => Promise<ProposedChanges>
  readonly putAside: (id: ProposalId, reason: string) => Promise<void>
  /** For its administrators, as the others below. */
  readonly systems: (organisation: OrganisationId) => Promise<readonly SystemRow[]>
  /** `coordinator`: whom proposals reach that name nobody. Rejects `reauthentication_required`, `bad_coordinator`. */
  readonly addSystem: (organisation: OrganisationId, name: string, coordinator: UserId) => Promise<SystemSecret>
  /** Rejects `reauthentication_required`. */
  readonly renewSecret: (organisation: OrganisationId, system: SystemId) => Promise<SystemSecret>
  readonly endSystem: (organisation: OrganisationId, system: SystemId) => Promise<void>
}

const SEXES = ["F", "M", "I"] as const
const STATUSES = ["provisional", "retrieved", "validated", "qualified"] as const
const ATTRIBUTES = ["homonym", "doubtful", "fictive"] as const

/** `checked` turns an answer of another form into `unexpected_answer`. */
export function createCareTeams(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): CareTeams {
  const get = async <T>(path: string, as: (fields: Fields) => T): Promise<T> => checked(await http.get(path), as)
  const post = async (path: string, body: object): Promise<Fields> => http.send("POST", path, body)
  const systems = (organisation: OrganisationId) => `/api/organisations/${organisation}/systems`
  return {
    proposed: () => get("/api/proposals", (fields) => many(fields, "proposals", proposedCircle)),
    changes: (circle) => get(`/api/circles/${circle}/proposals`, changes),
    putAside: async (id, reason) => {
      await post(`/api/proposals/${id}/dismiss`, { reason })
    },
    systems: (organisation) => get(systems(organisation), (fields) => many(fields, "systems", system)),
    addSystem: async (organisation, name, coordinator) =>
      checked(await post(systems(organisation), { name, coordinator }), secret),
    renewSecret: async (organisation, id) => checked(await post(`${systems(organisation)}/${id}/secret`, {}), secret),
    endSystem: async (organisation, id) => {
      await http.send("DELETE", `${systems(organisation)}/${id}`, {})
    },
  }
}

function source(fields: Fields): Source {
  const said = fields.object("source")
  return { system: said.text("system"), organisation: said.text("organisation"), created: said.text("created") }
}

function person(fields: Fields): ProposedPerson {
  return { ...card(fields), practitioner: fields.id<PractitionerId>("practitioner"), role: fields.id<RoleId>("role") }
}

function proposedCircle(fields: Fields): ProposedCircle {
  return {
    id: fields.id<ProposalId>("id"),
    source: source(fields),
    team: fields.id<CircleId>("team"),
    patient: traits(fields.object("patient")),
    people: many(fields, "people", person),
    others: texts(fields, "others"),
  }
}

function traits(fields: Fields): api.PatientTraits {
  return {
    birth_name: fields.text("birth_name"),
    used_name: textOrNull(fields, "used_name"),
    given_names: fields.text("given_names"),
    birth_date: fields.text("birth_date"),
    sex: fields.oneOf("sex", SEXES),
    birthplace: fields.text("birthplace"),
    identity_status: fields.oneOf("identity_status", STATUSES),
    attributes: known(fields, "attributes", ATTRIBUTES),
    matricule: textOrNull(fields, "matricule"),
    oid: textOrNull(fields, "oid"),
  }
}

function changes(fields: Fields): ProposedChanges {
  return {
    members: many(fields, "members", (row) => ({
      ...person(row),
      id: row.id<ProposalId>("id"),
      source: source(row),
      not_after: textOrNull(row, "not_after"),
    })),
    closing: fields.maybe("closing", (from, name) => {
      const said = from.object(name)
      return { id: said.id<ProposalId>("id"), source: source(said) }
    }),
  }
}

function system(fields: Fields): SystemRow {
  return {
    id: fields.id<SystemId>("id"),
    name: fields.text("name"),
    client_id: fields.text("client_id"),
    coordinator: fields.maybe("coordinator", (from, name) => person(from.object(name))),
    created: fields.text("created"),
    ended: textOrNull(fields, "ended"),
  }
}

function secret(fields: Fields): SystemSecret {
  return {
    id: fields.id<SystemId>("id"),
    client_id: fields.text("client_id"),
    client_secret: fields.text("client_secret"),
  }
}
