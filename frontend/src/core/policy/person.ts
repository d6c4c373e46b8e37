/**
 * A person of a circle as the policy writes them: keys or the commitment to someone who has none yet, role, ground and
 * end.
 */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import type { PinnedKeys } from "../identity/historyKey.ts"
import { isId, asId, type DeviceId, type UserId } from "../ids.ts"

export const ROLES = ["coordinator", "member", "guest", "delegate"] as const
export const GROUNDS = ["same_structure", "chosen_by_patient", "formal_team", "outside_team", "no_patient"] as const
/** Of everybody in a circle without a patient, and of nobody elsewhere. */
export const NO_PATIENT = "no_patient"
export type PolicyRole = (typeof ROLES)[number]

/** By which clocks of devices and server may differ; chat/policy says the same. */
export const CLOCK_TOLERANCE = 5 * 60 * 1000
/** Devices of one person since the identity key was new; far more than one loses. */
export const MOST_REVOKED = 64

interface Known extends PinnedKeys {
  readonly pending: null
}

interface Pending {
  readonly user: UserId
  readonly identity: null
  readonly history: null
  readonly historySignature: null
  /** The commitment to who it is: 32 bytes. */
  readonly pending: Uint8Array
}

interface Place {
  readonly role: PolicyRole
  readonly ground: (typeof GROUNDS)[number]
  readonly notAfter: number | null
}

interface Standing {
  /** Sorted. */
  readonly revoked: readonly DeviceId[]
  /** The time of the change that last gave them their role. */
  readonly since: number
}

/** Somebody as a change brings them in. */
export type NewPerson = (Known | Pending) & Place

/** Somebody in the policy. */
export type PolicyPerson = NewPerson & Standing

/** Somebody in the policy who has keys, and so may have devices. */
export type KnownPerson = Known & Place & Standing

export function entering(person: NewPerson, time: number): PolicyPerson {
  return { ...person, revoked: [], since: time }
}

/** As a change writes them. Throws NotCanonical. */
export function readNewPerson(value: unknown): NewPerson {
  const fields = new Fields(value)
  const person = newPerson(fields)
  fields.end()
  return person
}

/** As the extension writes them. Throws NotCanonical. */
export function readPerson(value: unknown): PolicyPerson {
  const fields = new Fields(value)
  const person = newPerson(fields)
  const revoked = fields.list("revoked", MOST_REVOKED).map(readDevice)
  if (revoked.some((device, index) => index > 0 && device <= (revoked[index - 1] ?? ""))) {
    throw new NotCanonical("revoked devices out of order")
  }
  if (person.pending !== null && revoked.length > 0) throw new NotCanonical("a pending person has no devices")
  const since = fields.time("since")
  fields.end()
  return { ...person, revoked, since }
}

export function writeNewPerson(person: NewPerson): JsonObject {
  return {
    ground: person.ground,
    history: maybeBase64(person.history),
    history_sig: maybeBase64(person.historySignature),
    identity: maybeBase64(person.identity),
    not_after: person.notAfter === null ? null : writeTime(person.notAfter),
    pending: maybeBase64(person.pending),
    role: person.role,
    user: person.user,
  }
}

export function writePerson(person: PolicyPerson): JsonObject {
  return { ...writeNewPerson(person), revoked: person.revoked, since: writeTime(person.since) }
}

/** Judged by the time of the act, never by a local clock, so that late devices agree. */
export function isPast(person: Pick<NewPerson, "notAfter">, time: number): boolean {
  return person.notAfter !== null && person.notAfter <= time
}

/** Coordinators announce, where there is no patient. */
export function mayAnnounce(person: Pick<NewPerson, "ground" | "role"> | undefined): boolean {
  return person?.ground === NO_PATIENT && person.role === "coordinator"
}

/** The keys in an operation that gives somebody new ones. */
export function readKeys(fields: Fields): Omit<PinnedKeys, "user"> {
  return {
    identity: fields.bytes("identity", 32),
    history: fields.bytes("history", 32),
    historySignature: fields.bytes("history_sig", 64),
  }
}

function newPerson(fields: Fields): NewPerson {
  const user = fields.id<UserId>("user")
  const place = {
    role: fields.oneOf("role", ROLES),
    ground: fields.oneOf("ground", GROUNDS),
    notAfter: fields.maybe("not_after", (from, name) => from.time(name)),
  }
  const pending = fields.maybe("pending", (from, name) => from.bytes(name, 32))
  if (pending === null) return { user, ...readKeys(fields), pending, ...place }
  for (const name of ["identity", "history", "history_sig"]) {
    if (fields.any(name) !== null) throw new NotCanonical("a pending person has no keys")
  }
  return { user, identity: null, history: null, historySignature: null, pending, ...place }
}

function readDevice(value: unknown): DeviceId {
  if (typeof value !== "string" || !isId(value)) throw new NotCanonical("not a device")
  return asId<DeviceId>(value)
}

function maybeBase64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : toBase64(bytes)
}
