import type { CareTeams } from "./api/careTeams.ts"
import type { Exports } from "./api/exports.ts"
import type { Holds } from "./api/holds.ts"
import type { Findings } from "./api/findings.ts"
import type { Patients } from "./api/patients.ts"
import type { Structure } from "./api/structure.ts"
import type { CertificateDocument, CertificatesApi } from "./api/certificates.ts"
import type { TrailApi, TrailRow } from "./api/trail.ts"
import type { TrailSubjectsApi } from "./api/trailSubjects.ts"
import type { TrailViewsApi } from "./api/trailViews.ts"
import type { CertificateVerdict } from "./trail/certified.ts"
import type { Proved } from "./trail/proving.ts"
import type {
  CalendarDate,
  Candidate,
  Candidates,
  ConsentHow,
  DeclineCode,
  DeviceRow,
  EndCode,
  Ground,
  Invitation,
  LetterAddress,
  OrganisationPeople,
  PatientTraits,
  Role,
  StrandedCircle,
  Timestamp,
  Welcome,
} from "./api/types.ts"
import type {
  CircleId,
  ConsentId,
  DeviceId,
  FileId,
  InvitationId,
  MessageId,
  OppositionId,
  OrganisationId,
  UserId,
} from "./ids.ts"
import type { Network } from "./api/network.ts"
import type { Notices, Reaching } from "./api/reaching.ts"
import type {
  CircleSummary,
  CircleTimeline,
  CircleView,
  Connection,
  NamedUnlocker,
  Passkey,
  Phase,
  RecoveryCode,
  SafetyNumber,
  ShownNotice,
} from "./model.ts"
import type { Observable } from "./observable.ts"

/**
 * The whole client. Every method that asks the server rejects with a `CordeeError`; `code` is what the screen words.
 */
export interface Cordee {
  readonly phase: Observable<Phase>
  readonly connection: Observable<Connection>
  /** My circles, what needs me first, then the most recently touched; null until the server answered once. */
  readonly circles: Observable<readonly CircleSummary[] | null>
  readonly invitations: Observable<readonly Invitation[] | null>
  /** Devices of mine that were added since this one looked, until `deviceSeen`; whoever does not know one objects. */
  readonly newDevices: Observable<readonly DeviceRow[]>
  /** The directory, profiles and contacts of who is signed in. */
  readonly network: Network
  /** Marking notices, preferences, waking this browser. */
  readonly reaching: Reaching
  /** What I was told beside the conversations; null until the server answered once. */
  readonly notices: Observable<Notices | null>

  /** Asks who is signed in and goes as far as it can alone. Call once. */
  readonly start: () => Promise<void>
  /** Closes the socket and frees the device for another tab; nothing is lost. */
  readonly stop: () => Promise<void>

  /** Goes to `second_factor`, or rejects `wrong_password`, `too_many`, `offline`. */
  readonly signInWithPassword: (email: string, password: string) => Promise<void>
  /** Rejects `wrong_code`. */
  readonly confirmCode: (code: string) => Promise<void>
  readonly enrolCode: (code: string) => Promise<void>
  /** Rejects `passkey_refused` (also when the person cancels) or `no_passkeys`. */
  readonly signInWithPasskey: () => Promise<void>
  readonly signOut: () => Promise<void>

  /** In phase `no_keys`. */
  readonly makeKeys: () => Promise<RecoveryCode>
  /** In phase `recovery_code`. */
  readonly recoveryCodeKept: () => void
  /**
   * In phase `locked`; takes the code with or without spaces and dashes. Rejects `wrong_recovery_code` when it opens
   * nothing.
   */
  readonly unlock: (code: string) => Promise<void>
  /** In phase `locked`. Rejects `no_passkeys`, `no_prf`, or `passkey_refused` also for one that is no unlocker. */
  readonly unlockWithPasskey: () => Promise<void>
  /**
   * In phase `locked`, when neither code nor passkey nor another device is left: a new identity, which coordinators have
   * to confirm; all other devices end. Goes to `recovery_code`. Rejects `reauthentication_required`.
   */
  readonly resetIdentity: () => Promise<void>
  /** In phase `elsewhere`. */
  readonly takeOver: () => Promise<void>

  readonly devices: () => Promise<readonly DeviceRow[]>
  /** The person has seen this one of `newDevices`, and it is theirs. */
  readonly deviceSeen: (id: DeviceId) => Promise<void>
  /** "This device is not mine": told to who looks after security. What ends it is `deviceLost`. */
  readonly objectTo: (id: DeviceId) => Promise<void>
  readonly renameDevice: (id: DeviceId, name: string) => Promise<void>
  /** Another device that is not used any more. */
  readonly revokeDevice: (id: DeviceId) => Promise<void>
  /**
   * Lost, stolen or not mine: besides the device's end, identity, history key, vault key and recovery code are new. Null
   * when a key got away and no device in particular. Goes to `recovery_code`.
   */
  readonly deviceLost: (id: DeviceId | null) => Promise<RecoveryCode>

  /** What opens my vault. */
  readonly unlockers: () => Promise<readonly NamedUnlocker[]>
  /** A passkey that I have opens the vault too, from then on. Rejects `no_prf`, `no_passkeys` or `passkey_refused`. */
  readonly addPasskeyUnlock: () => Promise<void>
  /** The old one opens nothing any more. Goes to `recovery_code`. */
  readonly renewRecoveryCode: () => Promise<RecoveryCode>

  /** For somebody in a circle of mine, or whom `organisationPeople` showed. Rejects `not_found`. */
  readonly safetyNumber: (user: UserId) => Promise<SafetyNumber>
  /** We have compared it, face to face. */
  readonly markCompared: (user: UserId) => Promise<void>

  /** As registrar of an organisation (`me.organisations`). */
  readonly organisationPeople: (id: OrganisationId) => Promise<OrganisationPeople>
  /**
   * Makes the key by which the organisation attests; it lies in my vault. Rejects `steward_exists`, or
   * `reauthentication_required` as `addPasskey` does.
   */
  readonly makeSteward: (id: OrganisationId) => Promise<void>
  /** Signs that the key which `organisationPeople` showed of this person is theirs. Rejects `not_found`, `not_allowed`. */
  readonly attest: (id: OrganisationId, user: UserId) => Promise<void>
  readonly strandedCircles: (id: OrganisationId) => Promise<readonly StrandedCircle[]>
  /** Rejects `not_allowed` for who does not hold the organisation's key. */
  readonly restoreCoordinator: (id: OrganisationId, circle: CircleId, user: UserId) => Promise<void>

  readonly passkeys: () => Promise<readonly Passkey[]>
  /**
   * Makes one with this browser and registers it. Rejects `no_passkeys`, `passkey_cancelled`, `passkey_exists`,
   * `passkey_unfit`; and `reauthentication_required`: then `reauthenticate`, and ask again.
   */
  readonly addPasskey: (name: string) => Promise<void>
  /** Rejects `last_factor`, or `reauthentication_required` as above. */
  readonly removePasskey: (id: number) => Promise<void>
  /** Proves who is at the screen, for some minutes; takes a spare code too. Rejects `wrong_code` or `too_many`. */
  readonly reauthenticate: (code: string) => Promise<void>
  /** Likewise. Rejects `no_passkeys` or `passkey_refused`. */
  readonly reauthenticateWithPasskey: () => Promise<void>

  /** Patients' identities, and who stands outside their circles. */
  readonly patients: Patients
  /** The programs of organisations, and what they propose. */
  readonly careTeams: CareTeams
  /** An organisation of which I am administrator or compliance officer. */
  readonly structure: Structure
  /** The trail of an organisation of which I am compliance officer. */
  readonly trail: Trail
  /** What stands out in that trail. */
  readonly findings: Findings
  /** Its exports, with proof. */
  readonly exports: Exports
  /** What is kept beyond its time, of that trail and of what it is about. */
  readonly holds: Holds

  /** Makes the group and the circle. Rejects with the server's code (`bad_input`, `not_allowed`, …). */
  readonly openCircle: (circle: OpenCircle) => Promise<CircleId>
  /** A part of a care circle that I coordinate; others come in among its members. Rejects `name_taken`, `bad_title`. */
  readonly openCompartment: (parent: CircleId, name: string) => Promise<CircleId>
  /** Of a structure in which I practise. Rejects `bad_title`, `not_found`. */
  readonly openTeam: (organisation: OrganisationId, name: string) => Promise<CircleId>
  /** With an accepted contact, whom it invites; the one that we have already, if we have. Rejects `not_found`. */
  readonly openExchange: (peer: UserId) => Promise<CircleId>
  /** The same object for the same id as long as this client lives. */
  readonly circle: (id: CircleId) => Circle
  /**
   * Verifies the circle's chain through the invitation, then joins. Rejects with the refusal's code. Who was invited
   * before having keys asks to be admitted, and joins by itself when a coordinator's device has let them in.
   */
  readonly accept: (id: InvitationId) => Promise<CircleId>
  /** `text` goes into the log alone; coordinators see `because`. */
  readonly decline: (id: InvitationId, because: DeclineCode, text: string) => Promise<void>

  /**
   * What the link in a letter says; needs nobody signed in. Rejects `not_found`, `link_used`, `link_replaced`,
   * `link_expired`, `invitation_not_open`, `invitation_expired`.
   */
  readonly welcome: (token: string) => Promise<Welcome>
  /**
   * In phase `signed_out`: opens the account that the link is for, and signs in. Rejects as `welcome`, and `email_taken`,
   * `bad_address`, `weak_password`.
   */
  readonly claim: (token: string, email: string, password: string) => Promise<void>
  /** The letter was not for me. */
  readonly refuseWelcome: (token: string) => Promise<void>
}

export interface Trail extends Omit<TrailApi, "proof">, TrailSubjectsApi, TrailViewsApi, CertificatesApi {
  /** Computes on this device whether an act is what the log has sealed. Rejects `not_sealed`, `pruned`. */
  readonly prove: (id: OrganisationId, row: TrailRow) => Promise<Proved>
  /** Checks on this device what a certificate rests on. */
  readonly checkCertificate: (id: OrganisationId, document: CertificateDocument) => Promise<CertificateVerdict>
}

export interface OpenCircle {
  /** Of the circle that a program proposed (`careTeams.proposed`); this device names any other. */
  readonly proposed?: CircleId
  readonly patient: PatientTraits
  /** The date on which the patient was informed. */
  readonly informedOn: CalendarDate
  /** My own ground of membership. */
  readonly ground: Ground
}

/** One conversation: an object one subscribes to. */
export interface Circle {
  readonly id: CircleId
  readonly view: Observable<CircleView>
  /**
   * Resolves once the message is kept on this device; its fate is in `view`. Rejects `too_long`, `empty`, a closed
   * composer's state, or what keeps a file from being kept (`file_too_large`, `too_many_files`, `file_unreadable`,
   * `no_space`).
   */
  readonly send: (text: string, options?: SendOptions) => Promise<MessageId>
  /**
   * As coordinator where there is no patient: an announcement or an event, which every member is told of. Resolves and
   * rejects as `send`, or with `bad_notice`: no title, too long a one, an event that ends before it begins.
   */
  readonly announce: (notice: ShownNotice, text: string) => Promise<MessageId>
  /**
   * A file of a message, decrypted and whole. Its type is what its first bytes are (png, jpeg, webp, gif, PDF) or
   * `application/octet-stream`, whatever its author said. Rejects `file_altered` when it is not what was signed,
   * `not_found` when the server does not have it, `offline`.
   */
  readonly openFile: (message: MessageId, file: FileId, progress?: (done: number) => void) => Promise<Blob>
  /**
   * "Seen", signed, of an urgent message, or with `takes` "I see to it": all see it by name. Resolves when it is in the
   * log.
   */
  readonly acknowledge: (message: MessageId, takes?: boolean) => Promise<void>
  /**
   * My own message, or as coordinator anybody's: its text and files go everywhere, its place stays. Resolves when the
   * erasure is in the log. Rejects `not_found` for a message that is not here.
   */
  readonly erase: (message: MessageId) => Promise<void>
  /** A failed message, once more. */
  readonly retry: (message: MessageId) => Promise<void>
  /** A message that failed, or whose files are still on their way, given up. */
  readonly discard: (message: MessageId) => Promise<void>
  /** The epochs from which history can be given, the oldest first. For coordinators. */
  readonly grantable: () => Promise<readonly { readonly epoch: number; readonly at: string }[]>
  /**
   * Gives a member what was written from the beginning of an epoch to their coming in; seen by everybody. Rejects
   * `bad_grant` when this device lacks a key, or the person has it already.
   */
  readonly grantHistory: (user: UserId, fromEpoch: number) => Promise<void>
  /** One page more of what is older, while `hasEarlier`; nothing when there is no more. */
  readonly loadEarlier: () => Promise<void>
  /** Everything up to `seq` has been on the screen; a signed receipt goes out shortly after. */
  readonly markRead: (seq: number) => void
  /** Professionals of the directory, with why someone cannot be invited. */
  readonly candidates: (query: string) => Promise<Candidates>
  /** Signs and commits; resolves when the server has accepted. Who has no account gets a letter. */
  readonly invite: (invite: Invite) => Promise<void>
  /** At most once a day, and three times: rejects `too_soon`, `too_many_reminders`. */
  readonly remind: (invitation: InvitationId) => Promise<void>
  /** A letter with a new link, for who has no account yet. Rejects `too_many_letters`, `bad_address`, `account_open`. */
  readonly resend: (invitation: InvitationId, letter: LetterAddress) => Promise<void>
  /** `notAfter` is obligatory for a guest. */
  readonly setRole: (user: UserId, role: Role, notAfter: Timestamp | null) => Promise<void>
  /**
   * As coordinator: a member coordinates too, `until` a day (then it goes back by itself) or for good. Rejects
   * `last_coordinator`, `already_coordinator`.
   */
  readonly handOver: (handOver: HandOver) => Promise<void>
  /** The patient takes consent back: the place that rests on it ends. Rejects `consent_withdrawn`. */
  readonly withdrawConsent: (consent: ConsentId, reason: string) => Promise<void>
  /** The patient opposes: a person goes and is not invited again; nobody in particular: the circle closes. */
  readonly oppose: (opposition: Opposition) => Promise<void>
  readonly liftOpposition: (opposition: OppositionId, reason: string) => Promise<void>
  /** Reading stays, writing ends. A coordinator may `reopen` for 30 days. */
  readonly close: (reason: string) => Promise<void>
  readonly reopen: (reason: string) => Promise<void>
  /** What happened to the circle's people, the oldest first, each held against the signed chain. */
  readonly timeline: () => Promise<CircleTimeline>
  /** As coordinator: takes somebody's device out of the circle. */
  readonly endDevice: (user: UserId, device: DeviceId) => Promise<void>
  /** Lets in whom `view.waiting.admissions` names, with the keys shown there. */
  readonly admit: (user: UserId) => Promise<void>
  /** Takes the new keys of whom `view.waiting.resets` names. */
  readonly confirmReset: (user: UserId) => Promise<void>
  /** Asks for my own end; it is carried out by another member's device. Rejects `last_coordinator`. */
  readonly leave: (reason: string) => Promise<void>
  /** After a refusal: comes in again, only forward on the chain that this device knows. Rejects with the refusal. */
  readonly resync: () => Promise<void>
  /** Ends someone's membership or pending invitation; what is written after cannot be read by them. */
  readonly end: (user: UserId, code: EndCode, reason: string) => Promise<void>
  /** Asks again for members and invitations. */
  readonly refresh: () => Promise<void>
}

export interface SendOptions {
  readonly created?: number
  /** Asks everybody to acknowledge. */
  readonly urgent?: boolean
  readonly files?: readonly OutgoingFile[]
  /** People of the circle whom the text names. */
  readonly mentions?: readonly UserId[]
  /** Told while files are encrypted into this device's storage, in bytes, before the message is kept. */
  readonly preparing?: (done: number, total: number) => void
}

/** What a person chose, dropped or pasted; its type is the blob's. */
export interface OutgoingFile {
  readonly name: string
  readonly blob: Blob
}

export interface Invite {
  readonly candidate: Candidate
  readonly role: Role
  readonly ground: Ground
  /** Obligatory for a guest. */
  readonly notAfter: Timestamp | null
  /** The patient's prior consent: obligatory with the ground `outside_team`. */
  readonly consent?: { readonly givenOn: CalendarDate; readonly how: ConsentHow } | null
  /** The member whose secretariat a delegate is. */
  readonly delegateOf?: UserId | null
  /** Obligatory for who has no account: where the letter goes. */
  readonly letter?: LetterAddress
}

export interface HandOver {
  readonly to: UserId
  readonly until: Timestamp | null
  /** For good, and I become a plain member in the same act. */
  readonly stepDown: boolean
}

export interface Opposition {
  /** Null: to the circle. */
  readonly user: UserId | null
  readonly toldOn: CalendarDate
  readonly how: ConsentHow
  readonly reason: string
}
