/**
 * The operations by which an organisation is administered (docs/protocol.md, "HTTP"): its people and their roles there,
 * who leaves, how long what is kept, what a patient asks.
 */
import type { Fields } from "../encoding/fields.ts"
import type { OrganisationId, UserId } from "../ids.ts"
import type { Http } from "./http.ts"
import { known, many, profession } from "./read.ts"
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
export interface PatientAnswer {
  readonly circles: number
  readonly text: string
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
  readonly patientReport: (id: OrganisationId, patient: PatientTraits) => Promise<PatientAnswer>
  /** Rejects `reauthentication_required`. */
  readonly erasePatient: (id: OrganisationId, patient: PatientTraits, reason: string) => Promise<PatientAnswer>
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
      checked(await http.send("POST", at(id, "patient-report"), { patient }), patientAnswer),
    erasePatient: async (id, patient, reason) =>
      checked(await http.send("POST", at(id, "patient-erasure"), { patient, reason }), patientAnswer),
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

function patientAnswer(fields: Fields): PatientAnswer {
  return { circles: fields.count("circles"), text: fields.text("text") }
}
