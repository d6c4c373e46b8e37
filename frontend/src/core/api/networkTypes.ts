/** What HTTP carries of the network around circles, by hand from docs/protocol.md: the directory, profiles, contacts. */
import type { OrganisationId, PractitionerId, RoleId, UserId } from "../ids.ts"
import type { Absence, CalendarDate, Organisation, Profession, ProfessionalCard, Sector, Timestamp } from "./types.ts"

/** What somebody is to me. `none` also when they blocked me: I am not told. */
export type ContactState = "none" | "asked_by_me" | "asked_me" | "accepted" | "refused" | "blocked" | "self"

interface Acquainted extends ProfessionalCard {
  readonly user: UserId
  readonly practitioner: PractitionerId
  readonly since: Timestamp
}

export interface Contact extends Acquainted {
  readonly state: ContactState
  /** Theirs, while it waits for my answer. */
  readonly message: string
}

export type Blocked = Acquainted

export interface Contacts {
  readonly contacts: readonly Contact[]
  readonly blocked: readonly Blocked[]
}

/** Somebody of the directory in one situation; `user` null of who has no account. */
export interface FoundPerson extends ProfessionalCard {
  readonly practitioner: PractitionerId
  readonly role: RoleId
  readonly speciality: string | null
  readonly active: boolean
  readonly user: UserId | null
  readonly contact: ContactState
}

export interface FoundStructure {
  readonly id: OrganisationId
  readonly name: string
  readonly city: string | null
  readonly postal_code: string | null
  readonly sector: Sector | null
}

export interface Found {
  readonly people: readonly FoundPerson[]
  readonly structures: readonly FoundStructure[]
  readonly truncated: boolean
}

export interface StructureShown extends FoundStructure {
  /** Of the ROR; texts may be empty. */
  readonly offers: readonly { readonly name: string; readonly field: string; readonly activity: string }[]
  readonly people: readonly FoundPerson[]
  readonly truncated: boolean
}

/** `day` from 1 (Monday) to 7; `HH:MM` of the person's own clock. */
export interface Hours {
  readonly day: number
  readonly opens: string
  readonly closes: string
}

export interface Situation {
  readonly role: RoleId
  readonly profession: Profession
  readonly speciality: string | null
  readonly sector: Sector
  readonly organisation: Organisation | null
  readonly city: string | null
  readonly active: boolean
}

export interface ProfessionalProfile extends ProfessionalCard {
  readonly practitioner: PractitionerId
  readonly user: UserId | null
  readonly contact: ContactState
  readonly mssante: string | null
  readonly situations: readonly Situation[]
  /** ISO 639 */
  readonly languages: readonly string[]
  readonly availability: string
  readonly hours: readonly Hours[]
  readonly absence: Absence | null
}

/** All of it at once, in place of what was said before. */
export interface ProfileChange {
  readonly languages: readonly string[]
  readonly availability: string
  readonly hours: readonly Hours[]
  readonly absence: {
    readonly starts: CalendarDate
    readonly ends: CalendarDate
    readonly replacement: UserId | null
  } | null
}
