/**
 * The operations by which an organisation is administered (docs/protocol.md, "HTTP"): its people and their roles there,
 * who leaves, how long what is kept, what a patient asks.
 */
import type { Fields } from "../encoding/fields.ts"
import type { OrganisationId, UserId } from "../ids.ts"
import type { Http } from "./http.ts"
import { known, many, profession, texts } from "./read.ts"
import type { PatientTraits, Profession } from "./types.ts"

export const ORGANISATION_ROLES = ["administrator", "compliance_officer", "registrar"] as const
export type OrganisationRole = (typeof ORGANISATION_ROLES)[number]

export interface StaffRow {
  readonly user: UserId
  readonly name: string
  readonly profession: Profession
  readonly roles: readonly OrganisationRole[]
  /** Acts in this organisation; others hold a role that the operator gave them. */
  readonly here: boolean
}

export interface Departed {
  /** How many places in circles, and invitations, ended. */
  readonly places: number
  /** The person goes on in another structure: account and devices stay. */
  readonly elsewhere: boolean
}

/** From a closing until nobody reads (days), from then until the content goes (months), accesses (months), notices (days). */
export type Retention = Readonly<
  Record<"archive" | "purge" | "break_glass" | "notices" | "access" | "security", number>
>

/** `text` is plain French, to be printed. */
export interface PatientErasure {
  readonly circles: number
  readonly text: string
}

/** Plain French. A section of level 2 is a part of the one of level 1 before it. */
export interface ReportSection {
  readonly level: number
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly items: readonly { readonly text: string; readonly details: readonly string[] }[]
}

/** What is kept about a patient, to be shown and printed; `pdf` is the same. */
export interface PatientReport {
  readonly circles: number
  readonly title: string
  readonly intro: readonly string[]
  readonly sections: readonly ReportSection[]
  readonly pdf: Uint8Array
}

export interface Structure {
  readonly staff: (id: OrganisationId) => Promise<readonly StaffRow[]>
  readonly appoint: (id: OrganisationId, user: UserId, role: OrganisationRole) => Promise<void>
  /** Rejects `last_administrator`. */
  readonly dismiss: (id: OrganisationId, user: UserId, role: OrganisationRole) => Promise<void>
  /** Rejects `last_administrator`, `last_coordinator`, `reauthentication_required`. */
  readonly depart: (id: OrganisationId, user: UserId, reason: string) => Promise<Departed>
  readonly retention: (id: OrganisationId) => Promise<Retention>
  /** Rejects `bad_duration`. */
  readonly setRetention: (id: OrganisationId, chosen: Retention) => Promise<void>
  readonly patientReport: (id: OrganisationId, patient: PatientTraits) => Promise<PatientReport>
  /** Rejects `reauthentication_required`. */
  readonly erasePatient: (id: OrganisationId, patient: PatientTraits, reason: string) => Promise<PatientErasure>
}

export function createStructure(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): Structure {
  const at = (id: OrganisationId, path: string): string => `/api/organisations/${id}/${path}`
  const role = (id: OrganisationId, user: UserId, name: OrganisationRole): string =>
    at(id, `staff/${user}/roles/${name}`)
  return {
    staff: async (id) => checked(await http.get(at(id, "staff")), staff),
    async appoint(id, user, name) {
      await http.send("PUT", role(id, user, name), {})
    },
    async dismiss(id, user, name) {
      await http.send("DELETE", role(id, user, name), {})
    },
    depart: async (id, user, reason) =>
      checked(await http.send("POST", at(id, `staff/${user}/depart`), { reason }), departed),
    retention: async (id) => checked(await http.get(at(id, "retention")), retention),
    async setRetention(id, chosen) {
      await http.send("PUT", at(id, "retention"), chosen)
    },
    patientReport: async (id, patient) =>
      checked(await http.send("POST", at(id, "patient-report"), { patient }), patientReport),
    erasePatient: async (id, patient, reason) =>
      checked(await http.send("POST", at(id, "patient-erasure"), { patient, reason }), patientErasure),
  }
}

function staff(fields: Fields): readonly StaffRow[] {
  return many(fields, "people", (row) => ({
    user: row.id<UserId>("user"),
    name: row.text("name"),
    profession: profession(row),
    roles: known(row, "roles", ORGANISATION_ROLES),
    here: row.flag("here"),
  }))
}

function departed(fields: Fields): Departed {
  return { places: fields.count("places"), elsewhere: fields.flag("elsewhere") }
}

function retention(fields: Fields): Retention {
  return {
    archive: fields.count("archive"),
    purge: fields.count("purge"),
    break_glass: fields.count("break_glass"),
    notices: fields.count("notices"),
    access: fields.count("access"),
    security: fields.count("security"),
  }
}

function patientReport(fields: Fields): PatientReport {
  const document = fields.object("document")
  return {
    circles: fields.count("circles"),
    title: document.text("title"),
    intro: texts(document, "intro"),
    sections: many(document, "sections", (section) => ({
      level: section.count("level"),
      title: section.text("title"),
      paragraphs: texts(section, "paragraphs"),
      items: many(section, "items", (item) => ({ text: item.text("text"), details: texts(item, "details") })),
    })),
    pdf: fields.bytes("pdf"),
  }
}

function patientErasure(fields: Fields): PatientErasure {
  return { circles: fields.count("circles"), text: fields.text("text") }
}
