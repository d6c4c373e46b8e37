/**
 * What HTTP carries, by hand from the tables of docs/protocol.md. Bytes are base64 as on the wire; times are RFC 3339
 * texts.
 *
 * Screens read these as they are; the operations that fetch them are in `client.ts`.
 */
import type {
  CircleId,
  ConsentId,
  DeviceId,
  GrantId,
  InvitationId,
  OppositionId,
  OrganisationId,
  PractitionerId,
  RoleId,
  UserId,
} from "../ids.ts"

export type Base64 = string
/** `2026-11-22T09:15:00.000Z` */
export type Timestamp = string
/** `1941-03-12` */
export type CalendarDate = string

export interface Profession {
  readonly code: string
  readonly label: string
}

export interface Organisation {
  readonly id: OrganisationId
  readonly name: string
  readonly city: string | null
}

export type Sector = "health" | "medico_social" | "social"
export type Sex = "M" | "F" | "I"
export type IdentityStatus = "provisional" | "retrieved" | "validated" | "qualified"
export type IdentityAttribute = "homonym" | "doubtful" | "fictive"
export type Role = "coordinator" | "member" | "guest" | "delegate"
export type CircleKind = "care" | "team" | "direct"
/** `no_patient` of everybody in a circle without a patient, and of nobody elsewhere. */
export type Ground = "same_structure" | "chosen_by_patient" | "formal_team" | "outside_team" | "no_patient"
export type EndCode = "removed" | "declined" | "left" | "expired" | "withdrawn" | "opposition"
export type CircleColour = "lac" | "gentiane" | "myrtille" | "bruyere" | "sapin" | "lichen" | "terre" | "granit"
export type Weave = 1 | 2 | 3 | 4
/** What the server allows this person in this circle; the browser shows it and computes none. */
export type Ability = "read" | "send" | "invite" | "remove" | "erase" | "grant_history" | "join"

/** How a professional is shown everywhere. */
export interface ProfessionalCard {
  readonly name: string
  readonly family_name: string
  readonly given_name: string
  readonly civility: string
  readonly profession: Profession
  readonly sector: Sector
  readonly organisation: Organisation | null
}

export interface Me extends ProfessionalCard {
  readonly id: UserId
  readonly email: string
  readonly identity_key: Base64 | null
  readonly history_key: Base64 | null
  readonly vault: boolean
  readonly abilities: readonly string[]
  /** What a circle that I open pins: the server's key for orders, and my organisation's steward key. */
  readonly order_key: Base64
  readonly steward: Base64 | null
  readonly organisations: readonly ServedOrganisation[]
}

/** Of administrators, compliance officers and registrars. */
export type OrganisationAbility = "administer" | "review" | "attest"

/** Where one holds a role. */
export interface ServedOrganisation extends Pick<Organisation, "id" | "name"> {
  readonly abilities: readonly OrganisationAbility[]
}

export interface DeviceRow {
  readonly id: DeviceId
  readonly name: string
  readonly created: Timestamp
  readonly last_seen: Timestamp | null
  /** This very device. */
  readonly current: boolean
  readonly ended: Timestamp | null
  readonly certificate: Base64
}

export interface VaultWrapper {
  /** `recovery`, `passkey:<credential id>` or `device:<id>` */
  readonly unlocker: string
  readonly blob: Base64
}

export interface VaultBlobs {
  readonly generation: number
  /** The number of the vault key. */
  readonly key: number
  readonly sealed: Base64
  readonly head_sig: Base64
  readonly wrappers: readonly VaultWrapper[]
}

export interface NewIdentity {
  readonly identity_key: Base64
  readonly history_key: Base64
  readonly history_sig: Base64
  readonly vault: VaultBlobs
}

export interface DeviceRegistration {
  readonly certificate: Base64
  readonly name: string
  readonly events: readonly Base64[]
  /** Exactly when the person has no identity yet. */
  readonly first?: NewIdentity
}

export interface IdentityRotation {
  readonly rotation: Base64
  /** Of every remaining device, under the new identity. */
  readonly certificates: readonly Base64[]
  /** Ends as lost. */
  readonly revoked: readonly DeviceId[]
  readonly events: readonly Base64[]
  readonly vault: VaultBlobs
}

/** Everything new, on this one device. */
export type IdentityReset = NewIdentity & Omit<DeviceRegistration, "first">

/** What has happened to one's own keys. */
export interface KeyEventsAnswer {
  readonly events: readonly Base64[]
  readonly rotations: readonly Base64[]
}

/** A professional of an organisation, as its registrar sees them. */
export interface RegisteredPerson {
  readonly user: UserId
  /** "FAMILY Given" */
  readonly name: string
  readonly number: string
  readonly system: string
  readonly profession: Profession
  readonly identity_key: Base64 | null
  /** Since when this identity key stands. */
  readonly since: Timestamp | null
  readonly attestation: Base64 | null
}

export interface OrganisationPeople {
  /** The organisation's steward key. */
  readonly steward: Base64 | null
  readonly people: readonly RegisteredPerson[]
}

/** A circle in which no coordinator has a device any more; not whose. */
export interface StrandedCircle {
  readonly id: CircleId
  readonly opened: Timestamp
  readonly members: readonly { readonly user: UserId; readonly name: string; readonly profession: Profession }[]
}

export interface CirclePatient {
  readonly family: string
  readonly given: string
  readonly used_name: string | null
  readonly sex: Sex
  readonly birth_date: CalendarDate
  readonly identity_status: IdentityStatus
  readonly attributes: readonly IdentityAttribute[]
  /** Only when the identity is qualified. */
  readonly matricule: string | null
}

/** The other person of a direct exchange. */
export interface Peer extends ProfessionalCard {
  readonly user: UserId
}

/** By what a circle is known; how it is called on a screen is `circleTitle.ts`'s. */
export interface About {
  readonly kind: CircleKind
  /** Of a care circle, and of its compartments. */
  readonly patient: CirclePatient | null
  /** The care circle of which this is a compartment. */
  readonly parent: CircleId | null
  /** Of a compartment, and of a team. */
  readonly name: string | null
  /** Of a team. */
  readonly organisation: Organisation | null
  readonly peer: Peer | null
  readonly colour: CircleColour
  readonly weave: Weave
  readonly initials: string
}

export interface CircleRow extends About {
  readonly id: CircleId
  readonly state: "open" | "closed"
  readonly role: Role
  readonly member_count: number
  readonly opened: Timestamp
  readonly abilities: readonly Ability[]
}

interface Belonging extends ProfessionalCard {
  readonly user: UserId
  readonly practitioner: PractitionerId
  readonly role: Role
  readonly ground: Ground
  readonly not_after: Timestamp | null
  /** The patient's, on which a place outside the team rests. */
  readonly consent: ConsentShown | null
  /** Whose secretariat a delegate is. */
  readonly delegate_of: UserId | null
}

export type ConsentHow = "spoken" | "written" | "electronic"

export interface ConsentShown {
  readonly id: ConsentId
  readonly given_on: CalendarDate
  readonly how: ConsentHow
}

export interface Member extends Belonging {
  readonly since: Timestamp
  readonly absence: Absence | null
  /** Until when coordination is lent to this person. */
  readonly lent_until: Timestamp | null
}

/** Present or coming; both days included, in the person's own zone. */
export interface Absence {
  readonly starts: CalendarDate
  readonly ends: CalendarDate
  readonly replacement: { readonly user: UserId; readonly name: string } | null
}

/** That a circle is closed: by whom, and until when a coordinator may reopen it. */
export interface Closure {
  readonly closed: Timestamp
  /** Null when nobody decided it: the other did not come. */
  readonly by: UserId | null
  readonly code: "decided" | "opposition" | "nobody_left"
  readonly reopens_until: Timestamp
}
/**
 * How far an invitation has come. Without account: the letter is on its way, has left, has no such address, could not be
 * delivered, its link was looked at or ran out. With one: told; no keys yet; asks to be let in.
 */
export type Progress =
  | "letter_waiting"
  | "letter_sent"
  | "letter_refused"
  | "letter_given_up"
  | "link_opened"
  | "link_expired"
  | "told"
  | "account_open"
  | "asked"

/** Someone invited who has not answered yet. */
export interface PendingInvitation extends Belonging {
  readonly id: InvitationId
  readonly created: Timestamp
  readonly expires: Timestamp
  readonly progress: Progress
  readonly reminders: number
  readonly reminded: Timestamp | null
}

/** Someone who was in, or was asked to be. */
export interface Former extends ProfessionalCard {
  readonly user: UserId
}

/** A compartment of a circle. To who coordinates the circle without being in it, that it exists: then `role` is null. */
export interface CompartmentRow {
  readonly id: CircleId
  readonly name: string
  readonly member_count: number
  readonly role: Role | null
}

export interface CircleDetail extends CircleRow {
  readonly members: readonly Member[]
  readonly invitations: readonly PendingInvitation[]
  /** So that what they wrote, and what was decided about them, keeps its name on a device that joins later. */
  readonly former: readonly Former[]
  readonly compartments: readonly CompartmentRow[]
  readonly closure: Closure | null
}

/** What happened to a circle's people, as the server's tables have it. */
export interface TimelineRow {
  readonly at: Timestamp
  readonly what:
    | "opened"
    | "invited"
    | "joined"
    | "ended"
    | "consent"
    | "consent_withdrawn"
    | "opposition"
    | "opposition_lifted"
    | "handed_over"
    | "given_back"
    | "closed"
    | "reopened"
    | "break_glass"
  /** Whom it is about; for an opposition to the circle, nobody. */
  readonly user: UserId | null
  /** Null: the end date, or the server for somebody. */
  readonly by: UserId | null
  readonly role: Role | null
  readonly ground: Ground | null
  readonly until: Timestamp | null
  /** An end code, the state of an invitation, or why the circle closed. */
  readonly code: string | null
  /** Of an invitation that was declined. */
  readonly because: DeclineCode | null
  readonly how: ConsentHow | null
  readonly on: CalendarDate | null
  /** Of the consent or opposition. */
  readonly id: ConsentId | OppositionId | null
}

/** The patient's, to a person or (null) to the circle. */
export interface NewOpposition {
  readonly user: UserId | null
  readonly told_on: CalendarDate
  readonly how: ConsentHow
  readonly reason: string
}

export interface Timeline {
  /** The oldest first. */
  readonly rows: readonly TimelineRow[]
  readonly people: readonly Former[]
}

export type WhyNotInvitable =
  "already_member" | "already_invited" | "patient_opposes" | "profession_not_allowed" | "inactive"

/** Where a letter goes, in which language; `to` null: to the directory's MSSanté address. */
export interface LetterAddress {
  readonly to: string | null
  readonly language: "fr" | "en"
}

/** What the link in a letter shows to whoever holds it: who is invited, by whom, as what, until when. */
export interface Welcome extends ProfessionalCard {
  readonly inviter: Inviter
  readonly kind: string
  readonly role: Role
  readonly not_after: Timestamp | null
  readonly expires: Timestamp
}

export interface Inviter {
  readonly name: string
  readonly profession: Profession
  readonly organisation: Organisation | null
}

export type DeclineCode = "not_concerned" | "unavailable" | "not_known" | "wrong_person" | "other"

export interface Candidate extends ProfessionalCard {
  readonly practitioner: PractitionerId
  readonly role: RoleId
  readonly speciality: string | null
  readonly rpps: string | null
  /** The national identifier, as the directory has it; pins who has no keys yet. */
  readonly number: string
  readonly system: string
  readonly user: UserId | null
  readonly identity_key: Base64 | null
  readonly history_key: Base64 | null
  readonly history_sig: Base64 | null
  /** `reserved`: invited before, not opened yet. */
  readonly account: "none" | "reserved" | "open"
  readonly mssante: string | null
  readonly invitable: boolean
  readonly why: WhyNotInvitable | null
}

export interface Candidates {
  readonly candidates: readonly Candidate[]
  readonly truncated: boolean
}

/** An invitation to me; only what is needed to know whom it is about. */
export interface Invitation extends About {
  readonly id: InvitationId
  readonly circle: CircleId
  readonly inviter: Inviter
  readonly ground: Ground
  readonly role: Role
  readonly not_after: Timestamp | null
  readonly created: Timestamp
  readonly expires: Timestamp
  /** Invited before having keys: a coordinator lets them in once they ask (`accept`). */
  readonly admission: "not_needed" | "to_ask" | "asked"
}

/** What a validated identity was compared with. */
export type IdentityDocument =
  "identity_card" | "passport" | "residence_permit" | "civil_record" | "electronic_identity"

/** The traits with which a circle is opened. */
export interface PatientTraits {
  readonly birth_name: string
  readonly used_name: string | null
  readonly given_names: string
  readonly birth_date: CalendarDate
  readonly sex: Sex
  /** INSEE code of the place of birth */
  readonly birthplace: string
  readonly identity_status: IdentityStatus
  readonly attributes: readonly IdentityAttribute[]
  readonly matricule: string | null
  readonly oid: string | null
  readonly document?: IdentityDocument | null
}

/** Epoch keys sealed to persons: user id → base64 of 80 bytes. */
export type SealedKeys = Readonly<Record<string, Base64>>

export interface NewCircle {
  readonly id: CircleId
  readonly kind: "care"
  readonly patient: PatientTraits
  readonly informed_on: CalendarDate
  readonly ground: Ground
  readonly group: {
    readonly group_info: Base64
    readonly tree: Base64
    readonly changes: readonly Base64[]
    readonly keys: SealedKeys
  }
}

/** A circle of another kind: a compartment or a team has a name, an exchange the other person. */
export interface NewNamedCircle {
  readonly id: CircleId
  readonly name: string
  readonly group: NewCircle["group"]
}

export interface NewExchange {
  readonly id: CircleId
  readonly peer: UserId
  readonly group: NewCircle["group"]
}

export interface GroupAnswer {
  readonly epoch: number
  readonly seq: number
  readonly rekey_required: boolean
  readonly group_info: Base64
  readonly tree: Base64
}

export interface ChainAnswer {
  readonly changes: readonly Base64[]
  /** The one that names me, while it is open or once it was accepted. */
  readonly invitation: Base64 | null
  /** Of every device that ever wrote in the log: what it wrote can be checked when it is gone. */
  readonly certificates: readonly Base64[]
}

interface ItemPlace {
  readonly seq: number
  readonly at: Timestamp
  /** The chained hash of the log after this item. */
  readonly hash: Base64
}

export type Item = ItemPlace &
  (
    | { readonly kind: "message"; readonly env: Base64; readonly digest: null }
    | { readonly kind: "message"; readonly env: null; readonly digest: Base64 }
    | { readonly kind: "commit"; readonly epoch: number; readonly commit: Base64; readonly device: DeviceId }
    | { readonly kind: "grant"; readonly grant: Base64; readonly device: DeviceId }
  )

export interface ItemsAnswer {
  readonly items: readonly Item[]
  /** The log's last seq. */
  readonly head: number
  /** The place just before the first of these items. */
  readonly base: { readonly seq: number; readonly hash: Base64 }
}

export interface ReceiptRow {
  readonly device: DeviceId
  readonly user: UserId
  readonly env: Base64 | null
  readonly delivered: number
}

export interface KeyRow {
  readonly circle: CircleId
  readonly epoch: number
  readonly sealed: Base64
  /** By which history grant it came; null for a copy made with the epoch. */
  readonly grant: GrantId | null
}

/** When and where an epoch of a circle began. */
export interface EpochRow {
  readonly epoch: number
  readonly seq: number
  readonly at: Timestamp
}
