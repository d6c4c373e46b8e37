/**
 * What screens show: snapshots that are never changed in place. They are made by `session/`, `circle/` and `sync/`.
 */
import type { Ability, CircleDetail, CircleRow, EndCode, Ground, Me, ProfessionalCard, Role, TimelineRow } from "./api/types.ts"
import type { CircleId, DeviceId, FileId, MessageId, UserId } from "./ids.ts"
import type { Refusal } from "./refusal.ts"

export type { Refusal, RefusalCode } from "./refusal.ts"

// --- signing in ---------------------------------------------------------------------------------------------------

/** Where this device stands; a screen is a switch over `at`. */
export type Phase =
  /** The server is being asked; nothing to show but the mark. */
  | { readonly at: "starting" }
  /** This browser lacks what the encryption needs. */
  | { readonly at: "too_old"; readonly missing: readonly string[] }
  /** The server does not answer; tried again by itself. */
  | { readonly at: "unreachable" }
  /** `ended` when a session had been open and is no more. */
  | { readonly at: "signed_out"; readonly ended: boolean }
  /** The password was right; `confirmCode` takes the six digits (or one of the account's spare codes). */
  | { readonly at: "second_factor" }
  /** An account without a second factor must get one: show `url` as a QR code or `secret`; `enrolCode` proves it. */
  | { readonly at: "second_factor_missing"; readonly secret: string; readonly url: string }
  /** First device of this person: `makeKeys` makes them and answers the recovery code. */
  | { readonly at: "no_keys"; readonly me: Me }
  /** The code is shown this once; `recoveryCodeKept` goes on. */
  | { readonly at: "recovery_code"; readonly me: Me; readonly code: RecoveryCode }
  /**
   * This person has a vault and this device is new: `unlock` with the recovery code, `unlockWithPasskey` when one of
   * `passkeys` opens it, or `resetIdentity` when everything is lost.
   */
  | { readonly at: "locked"; readonly me: Me; readonly passkeys: number }
  /** Another tab of this browser owns the device; `takeOver` brings it here. */
  | { readonly at: "elsewhere"; readonly me: Me }
  | { readonly at: "ready"; readonly me: Me; readonly device: DeviceId }
  /** This device was ended by its owner or by the organisation; its keys open nothing new. */
  | { readonly at: "device_ended"; readonly me: Me }
  /** What the server says of this person's keys is not what this device knows. Nothing is sent. */
  | { readonly at: "refused"; readonly me: Me; readonly refusal: Refusal }

/** A passkey of this person's account, wherever it is kept. */
export interface Passkey {
  readonly id: number
  readonly name: string
  readonly added: string
  /** null until it has been used. */
  readonly used: string | null
}

/** 8 groups of 4 characters, to be shown and typed as such. */
export type RecoveryCode = readonly string[]

/** What opens a person's vault. */
export interface NamedUnlocker {
  readonly kind: "recovery" | "passkey" | "device"
  /** Of the device, or of the passkey's credential; `recovery` for the code. */
  readonly id: string
  /** Of a device, as the person called it. */
  readonly name: string | null
}

export type Connection = "connecting" | "online" | "offline"

// --- circles ------------------------------------------------------------------------------------------------------

export interface CircleSummary {
  readonly row: CircleRow
  /** Messages of others after what I have read, on any of my devices. */
  readonly unread: number
  /** Those among them that name me. */
  readonly mentioned: number
  /** Urgent messages of others that I have not confirmed, and the server's time of the oldest. */
  readonly toConfirm: { readonly count: number; readonly since: string } | null
  readonly last: LastMessage | null
  /** Messages of mine that have not reached the server. */
  readonly unsent: number
  readonly composer: Composer["state"]
  /** Counts up with what should move a circle to the top: its last message or act. */
  readonly touched: string
}

/** Of a notice, `text` is its title. */
export type LastMessage = Pick<MessageEntry, "at" | "created" | "author" | "mine" | "text">

export interface CircleView {
  readonly id: CircleId
  /** null until the server has been asked once. */
  readonly detail: CircleDetail | null
  /** Everyone this device has seen in the circle, also those who have left, so that an old message keeps its name. */
  readonly people: ReadonlyMap<UserId, Person>
  /** In the order of the log; own messages that the server does not have yet stand last. */
  readonly entries: readonly Entry[]
  /** There is more before the first entry: `loadEarlier`. */
  readonly hasEarlier: boolean
  readonly composer: Composer
  readonly unread: number
  /** Up to where I have read, on any of my devices: the "new" line goes after this seq. */
  readonly readUpTo: number
  readonly abilities: readonly Ability[]
  /** Who can read what is written now, by the group's own roster; null while this device is not in it. */
  readonly readers: { readonly people: number; readonly devices: number } | null
  /** The same roster, person by person. */
  readonly devices: ReadonlyMap<UserId, readonly DeviceId[]>
  /** Who waits for a coordinator: `admit` and `confirmReset`. Coordinators see all; resets are told to everybody. */
  readonly waiting: { readonly admissions: readonly Waiting[]; readonly resets: readonly Waiting[] }
  /** For coordinators: commits that two people's devices could not process. */
  readonly reports: readonly CommitReport[]
  /** By urgent message, the server's word: when people were reminded of it, and the coordinators told. */
  readonly reminders: ReadonlyMap<MessageId, { readonly reminded: string; readonly escalated: string | null }>
  /**
   * Whose keys the key log has not proved for some time; null as a rule. `isStopped`: what is written waits until it
   * has.
   */
  readonly unproved: { readonly users: readonly UserId[]; readonly since: string; readonly isStopped: boolean } | null
}

export interface Person extends ProfessionalCard {
  readonly user: UserId
  readonly trust: Trust
}

/**
 * Who stands behind a person's key: a registrar of the organisation has signed for it, I have compared the safety
 * number, or nobody.
 */
export type Trust = "attested" | "compared" | "not_verified"

/** 60 digits made of both identity keys; the same on both sides exactly when nobody stands between. */
export interface SafetyNumber {
  /** 12 groups of 5. */
  readonly digits: readonly string[]
  /** For the other's camera. */
  readonly qr: string
  /** I have marked it as compared, and the key is still that one. */
  readonly compared: boolean
}

/** A person with new keys, whom a coordinator lets in after having looked. */
export interface Waiting {
  readonly user: UserId
  readonly since: string
  /** A registrar of the circle's organisation has signed for these keys. */
  readonly attested: boolean
  readonly safety: SafetyNumber
}

export interface CommitReport {
  readonly committer: UserId
  readonly reporters: readonly UserId[]
  /** A refusal's code. */
  readonly reason: string
}

/** Whether and why one can write here. Reading always stays. */
export type Composer =
  | { readonly state: "open" }
  /** Messages are kept and go out when the network is back. */
  | { readonly state: "offline" }
  /** This device is being added to the circle. */
  | { readonly state: "joining" }
  /** No device that this one trusts has said yet that it came into the real circle; messages wait for it. */
  | { readonly state: "unconfirmed" }
  /** Someone's removal is being completed; messages wait for it. */
  | { readonly state: "rekeying" }
  /** `new_identity`: the circle knows this person by former keys until a coordinator has confirmed the new ones. */
  | { readonly state: "closed"; readonly why: "no_right" | "circle_closed" | "new_identity" }
  /** No longer a member (or this device is not). */
  | { readonly state: "left"; readonly code: string }
  /** The client refused something: the rope is cut. Stays until the circle is mended by hand. */
  | { readonly state: "refused"; readonly refusal: Refusal }

// --- the conversation ---------------------------------------------------------------------------------------------

export type Entry = MessageEntry | EventEntry | UnreadableEntry | ErasedEntry | GapEntry

interface Placed {
  /** Stable, for lists. */
  readonly key: string
  /** Place in the log; null while the server does not have it. */
  readonly seq: number | null
  /** Server's time; the author's own while the server does not have it. */
  readonly at: string
}

export interface MessageEntry extends Placed {
  readonly kind: "message"
  readonly id: MessageId
  readonly author: UserId
  readonly device: DeviceId
  readonly mine: boolean
  /** Empty only when there are files. */
  readonly text: string
  readonly files: readonly FileEntry[]
  /** By which a team's coordinator announces something; `text` goes with it, and may be empty. */
  readonly notice: ShownNotice | null
  readonly urgent: boolean
  readonly mentions: readonly UserId[]
  /** Who has acknowledged an urgent message: their own signed word. */
  readonly acks: readonly UserId[]
  /** Who of them sees to it, the first one first. */
  readonly takers: readonly UserId[]
  /** The author's clock. */
  readonly created: string
  /** Of my own messages; null for those of others. */
  readonly sending: Sending | null
}

/** Times are RFC 3339 texts. */
export type ShownNotice =
  | { readonly type: "announcement"; readonly title: string }
  | {
      readonly type: "event"
      readonly title: string
      readonly starts: string
      readonly ends: string
      readonly place: string
    }

/** A file of a message; `openFile` fetches and decrypts it. */
export interface FileEntry {
  readonly id: FileId
  readonly name: string
  /** Media type, as the author's device told it. */
  readonly type: string
  readonly size: number
}

export type Sending =
  | { readonly state: "sending" }
  /** Its files are on their way, in bytes; `discard` gives it up. */
  | { readonly state: "uploading"; readonly done: number; readonly total: number }
  /** Kept until the network, the key or the removal it waits for is there. */
  | { readonly state: "waiting" }
  /** `retry` tries again. */
  | { readonly state: "failed"; readonly code: string }
  /** With the server. Delivered is the server's word, read is the reader's signed word. */
  | { readonly state: "sent"; readonly delivered: readonly UserId[]; readonly read: readonly UserId[] }

/** A signed act: a knot on the rope. */
export interface EventEntry extends Placed {
  readonly kind: "event"
  readonly event: CircleEvent
}

export type CircleEvent =
  | { readonly type: "opened"; readonly by: UserId }
  | {
      readonly type: "invited"
      readonly by: UserId
      readonly user: UserId
      readonly role: Role
      readonly ground: Ground
      readonly notAfter: string | null
    }
  | { readonly type: "joined"; readonly user: UserId }
  | { readonly type: "device_added"; readonly user: UserId; readonly device: DeviceId }
  | {
      readonly type: "role"
      readonly by: UserId
      readonly user: UserId
      readonly role: Role
      readonly notAfter: string | null
    }
  /** Someone invited before their first sign-in has keys now. */
  | { readonly type: "admitted"; readonly by: UserId; readonly user: UserId }
  /** New keys without the old ones: a coordinator has confirmed them by hand. */
  | { readonly type: "identity_reset"; readonly by: UserId; readonly user: UserId }
  /** New keys, signed with the old ones. */
  | { readonly type: "identity_rotated"; readonly by: UserId; readonly user: UserId }
  | { readonly type: "device_revoked"; readonly by: UserId; readonly user: UserId; readonly device: DeviceId }
  /** Made a coordinator by the organisation, in a circle that had none left. */
  | { readonly type: "restored"; readonly by: UserId; readonly user: UserId }
  /** Epochs, inclusive. */
  | {
      readonly type: "history_granted"
      readonly by: UserId
      readonly user: UserId
      readonly from: number
      readonly to: number
    }
  /** `removed`, `left`, `declined`…: one who declined had never come in. */
  | { readonly type: "ended"; readonly by: UserId; readonly user: UserId; readonly code: EndCode }

/** What happened to a circle's people. */
export interface CircleTimeline {
  /** The oldest first. */
  readonly entries: readonly TimelineEntry[]
  /** Names of people who are not in the circle any more, or never came. */
  readonly people: ReadonlyMap<UserId, ProfessionalCard>
}

/**
 * `signed`: the chain, which this device has verified, says so. `told`: it stands in the server's tables alone, as
 * consents do. `contradicted`: the chain says otherwise.
 */
export type TimelineEntry = { readonly at: string } & (
  | { readonly kind: "row"; readonly row: TimelineRow; readonly proof: "signed" | "told" | "contradicted" }
  | { readonly kind: "event"; readonly event: CircleEvent; readonly proof: "signed" }
)

/** A message that this device cannot show. */
export interface UnreadableEntry extends Placed {
  readonly kind: "unreadable"
  readonly author: UserId | null
  readonly why:
    | "no_key" // of an epoch whose key this device does not have (yet)
    | "wrong_key" // the key that was given for its epoch is not the one it was written with
    | "unknown_device" // its author's certificate is not known here
    | "not_as_signed" // signed by its author, but does not decrypt to a message
    | "withheld" // the server has no ciphertext, and the log no erasure
}

/** A message that its author or a coordinator erased. */
export interface ErasedEntry extends Placed {
  readonly kind: "erased"
  readonly by: UserId | null
}

/** The author's own count says that messages are missing before the next one. */
export interface GapEntry extends Placed {
  readonly kind: "gap"
  readonly author: UserId
  readonly missing: number
}
