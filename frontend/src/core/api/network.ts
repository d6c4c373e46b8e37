/** The operations of the network (docs/protocol.md, "HTTP"): the directory, profiles, contacts. */
import type { Fields } from "../encoding/fields.ts"
import type { OrganisationId, PractitionerId, RoleId, UserId } from "../ids.ts"
import type * as network from "./networkTypes.ts"
import { absence, card, many, organisation, profession, SECTORS, textOrNull, texts } from "./read.ts"

export interface Network {
  /** Professionals and structures of the directory. Rejects `not_registered` for who is not in it. */
  readonly search: (query: string) => Promise<network.Found>
  readonly structure: (id: OrganisationId) => Promise<network.StructureShown>
  /** Mine, or somebody's of the directory. */
  readonly profile: (of?: PractitionerId) => Promise<network.ProfessionalProfile>
  /** Rejects `unknown_language`, `bad_hours`, `bad_absence`, `replacement_unknown`. */
  readonly changeProfile: (change: network.ProfileChange) => Promise<network.ProfessionalProfile>
  readonly contacts: () => Promise<network.Contacts>
  /**
   * A sentence on one line goes with the question; the server can read it. Rejects `already_contact`, `already_asked`,
   * `contact_blocked`, `ask_later`, `too_many_asked`.
   */
  readonly askContact: (user: UserId, message: string) => Promise<void>
  readonly acceptContact: (user: UserId) => Promise<void>
  readonly refuseContact: (user: UserId) => Promise<void>
  /** Takes a contact, or my own question, back. */
  readonly endContact: (user: UserId) => Promise<void>
  /** The person is not told. */
  readonly block: (user: UserId) => Promise<void>
  readonly unblock: (user: UserId) => Promise<void>
}

type Get = <T>(path: string, as: (fields: Fields) => T) => Promise<T>

export function createNetwork(
  get: Get,
  put: <T>(path: string, body: object, as: (fields: Fields) => T) => Promise<T>,
  post: (path: string, body: object) => Promise<void>,
): Network {
  const contact = (act: string) => (user: UserId) => post(`/api/contacts/${user}/${act}`, {})
  return {
    search: (query) => get(`/api/directory?q=${encodeURIComponent(query)}`, found),
    structure: (id) => get(`/api/structures/${id}`, structure),
    profile: (of) => get(of === undefined ? "/api/profile" : `/api/profiles/${of}`, profile),
    changeProfile: (change) => put("/api/profile", change, profile),
    contacts: () => get("/api/contacts", contacts),
    askContact: (user, message) => post(`/api/contacts/${user}/ask`, { message }),
    acceptContact: contact("accept"),
    refuseContact: contact("refuse"),
    endContact: contact("end"),
    block: contact("block"),
    unblock: contact("unblock"),
  }
}

const STATES = ["none", "asked_by_me", "asked_me", "accepted", "refused", "blocked", "self"] as const

function acquainted(fields: Fields): network.Blocked {
  return {
    ...card(fields),
    user: fields.id<UserId>("user"),
    practitioner: fields.id<PractitionerId>("practitioner"),
    since: fields.text("since"),
  }
}

function contacts(fields: Fields): network.Contacts {
  return {
    contacts: many(fields, "contacts", (row) => ({
      ...acquainted(row),
      state: row.oneOf("state", STATES),
      message: row.text("message"),
    })),
    blocked: many(fields, "blocked", acquainted),
  }
}

function person(fields: Fields): network.FoundPerson {
  return {
    ...card(fields),
    practitioner: fields.id<PractitionerId>("practitioner"),
    role: fields.id<RoleId>("role"),
    speciality: textOrNull(fields, "speciality"),
    active: fields.flag("active"),
    user: fields.maybe("user", (from, name) => from.id<UserId>(name)),
    contact: fields.oneOf("contact", STATES),
  }
}

function foundStructure(fields: Fields): network.FoundStructure {
  return {
    id: fields.id<OrganisationId>("id"),
    name: fields.text("name"),
    city: textOrNull(fields, "city"),
    postal_code: textOrNull(fields, "postal_code"),
    sector: fields.maybe("sector", (from, name) => from.oneOf(name, SECTORS)),
  }
}

function found(fields: Fields): network.Found {
  return {
    people: many(fields, "people", person),
    structures: many(fields, "structures", foundStructure),
    truncated: fields.flag("truncated"),
  }
}

function structure(fields: Fields): network.StructureShown {
  return {
    ...foundStructure(fields),
    offers: many(fields, "offers", (row) => ({
      name: row.text("name"),
      field: row.text("field"),
      activity: row.text("activity"),
    })),
    people: many(fields, "people", person),
    truncated: fields.flag("truncated"),
  }
}

function profile(fields: Fields): network.ProfessionalProfile {
  return {
    ...card(fields),
    practitioner: fields.id<PractitionerId>("practitioner"),
    user: fields.maybe("user", (from, name) => from.id<UserId>(name)),
    contact: fields.oneOf("contact", STATES),
    mssante: textOrNull(fields, "mssante"),
    situations: many(fields, "situations", (row) => ({
      role: row.id<RoleId>("role"),
      profession: profession(row),
      speciality: textOrNull(row, "speciality"),
      sector: row.oneOf("sector", SECTORS),
      organisation: organisation(row),
      city: textOrNull(row, "city"),
      active: row.flag("active"),
    })),
    languages: texts(fields, "languages"),
    availability: fields.text("availability"),
    hours: many(fields, "hours", (row) => ({
      day: row.count("day"),
      opens: row.text("opens"),
      closes: row.text("closes"),
    })),
    absence: absence(fields),
  }
}
