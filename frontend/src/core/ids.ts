/**
 * The ids that travel between browser and server: UUIDs in lower case, told apart by type.
 *
 * The server's ids enter through `api/` and `sync/frames.ts`, which check their form; a plain string never becomes an
 * id without passing `asId` (or `newId`, for what this device names itself).
 */

declare const brand: unique symbol

type Id<Name extends string> = string & { readonly [brand]: Name }

export type UserId = Id<"User">
export type DeviceId = Id<"Device">
export type CircleId = Id<"Circle">
export type MessageId = Id<"Message">
export type FileId = Id<"File">
export type GrantId = Id<"Grant">
export type NoticeId = Id<"Notice">
export type InvitationId = Id<"Invitation">
export type PractitionerId = Id<"Practitioner">
/** A situation d'exercice: practitioner, profession, structure. */
export type RoleId = Id<"PractitionerRole">
export type ConsentId = Id<"Consent">
export type OppositionId = Id<"Opposition">
export type OrganisationId = Id<"Organisation">
export type BreakGlassId = Id<"BreakGlass">
export type JoinRequestId = Id<"JoinRequest">
/** What a program of an organisation proposes. */
export type ProposalId = Id<"Proposal">
/** A program of an organisation. */
export type SystemId = Id<"System">
/** One act of the trail. */
export type EventId = Id<"Event">
/** A certificate "who was entitled to read". */
export type CertificateId = Id<"Certificate">
/** A request to learn who many pseudonyms are. */
export type ResolutionId = Id<"Resolution">
/** What stands out in the trail. */
export type FindingId = Id<"Finding">
export type ExportId = Id<"Export">
/** What is kept beyond its time, for a reason. */
export type HoldId = Id<"Hold">
/** Of a person, a patient or a circle, in the trail. */
export type Pseudonym = Id<"Pseudonym">
/** Names one commit between this device and the server. */
export type CommitRef = Id<"Commit">

export type AnyId =
  | BreakGlassId
  | JoinRequestId
  | NoticeId
  | UserId
  | DeviceId
  | CircleId
  | MessageId
  | GrantId
  | FileId
  | InvitationId
  | PractitionerId
  | RoleId
  | OrganisationId
  | ConsentId
  | OppositionId
  | CommitRef
  | ProposalId
  | SystemId
  | CertificateId
  | EventId
  | ResolutionId
  | FindingId
  | ExportId
  | HoldId
  | Pseudonym

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function isId(text: string): boolean {
  return UUID.test(text)
}

/**
 * The id that `text` writes; the one place where a string becomes an id, of the kind that the caller's type asks for.
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function asId<T extends AnyId>(text: string): T {
  if (!isId(text)) throw new TypeError("not an id")
  return text as T
}
