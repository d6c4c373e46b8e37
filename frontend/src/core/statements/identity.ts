/**
 * Statements about who stands behind a key: attestation, rotation, key events, and the commitment to somebody who has
 * no key yet.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { toBase64 } from "../encoding/base64.ts"
import { concat, sameBytes, utf8 } from "../encoding/bytes.ts"
import { encode, NotCanonical } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import { verifyHistoryKey } from "../identity/historyKey.ts"
import type { DeviceId, OrganisationId, UserId } from "../ids.ts"
import { signedOnce, verifyStatement, type Kind, type Unverified, type Verified } from "./signed.ts"

/** Names and identifiers as the directory has them. */
const LONGEST_TEXT = 200
/** `prev` of a person's first key event. */
export const NO_EVENT = new Uint8Array(32)
const PENDING_PREFIX = utf8("cordee pending person")
const EVENT_PREFIX = utf8("cordee key event")

/** A person as the directory knows them: "FAMILY Given" and the national identifier. */
export interface DirectoryEntry {
  readonly user: UserId
  readonly name: string
  readonly number: string
  readonly system: string
}

/** What an inviter pins of a person without keys: the name and the national identifier that were shown. */
export function pendingCommitment({ name, number, system, user }: DirectoryEntry): Uint8Array {
  return sha256(concat(PENDING_PREFIX, encode({ name, number, system, user })))
}

/** An organisation's registrar has seen that this key is this professional's. */
export interface Attestation extends DirectoryEntry {
  readonly organisation: OrganisationId
  readonly identity: Uint8Array
  readonly time: number
}

export const ATTESTATION = signedOnce<Attestation>({
  label: "CordeeAttestation",
  fields: (fields) => ({
    organisation: fields.id<OrganisationId>("organisation"),
    user: fields.id<UserId>("user"),
    identity: fields.bytes("identity", 32),
    name: text(fields, "name"),
    system: text(fields, "system"),
    number: text(fields, "number"),
    time: fields.time("time"),
  }),
  write: (attestation) => ({
    ...attestation,
    identity: toBase64(attestation.identity),
    time: writeTime(attestation.time),
  }),
})

function text(fields: Fields, name: string): string {
  const value = fields.text(name)
  // Counted as the server counts: in code points.
  if (value === "" || Array.from(value).length > LONGEST_TEXT) throw new NotCanonical(`${name} is empty or too long`)
  return value
}

/** A person's new identity key and history key. Proves itself: both identity keys sign it. */
export interface Rotation {
  readonly user: UserId
  readonly old: Uint8Array
  readonly new: Uint8Array
  readonly history: Uint8Array
  readonly historySignature: Uint8Array
  readonly time: number
}

/** Made with the seeds of the new and the old identity key, in this order. */
export const ROTATION: Kind<Rotation> = {
  label: "CordeeIdentityRotation",
  signatures: ["sig_new", "sig_old"],
  isUnsigned: () => false,
  fields(fields) {
    const rotation = {
      user: fields.id<UserId>("user"),
      old: fields.bytes("old", 32),
      new: fields.bytes("new", 32),
      history: fields.bytes("history", 32),
      historySignature: fields.bytes("history_sig", 64),
      time: fields.time("time"),
    }
    if (sameBytes(rotation.old, rotation.new)) throw new NotCanonical("the new key is the old one")
    return rotation
  },
  write: (rotation) => ({
    user: rotation.user,
    old: toBase64(rotation.old),
    new: toBase64(rotation.new),
    history: toBase64(rotation.history),
    history_sig: toBase64(rotation.historySignature),
    time: writeTime(rotation.time),
  }),
}

/** Undefined when it does not prove itself. Whether `old` is the person's key today is the caller's to compare. */
export async function verifyRotation(statement: Unverified<Rotation>): Promise<Verified<Rotation> | undefined> {
  const { says } = statement
  if (!(await verifyHistoryKey({ ...says, identity: says.new }))) return undefined
  return verifyStatement(statement, says.new, says.old)
}

export const KEY_ACTS = ["bind", "rotate", "reset", "add", "revoke", "end"] as const
export type KeyAct = (typeof KEY_ACTS)[number]
const DEVICE_ACTS: ReadonlySet<KeyAct> = new Set(["add", "revoke", "end"])

/**
 * One act in the history of a person's keys, linked to the act before by its hash. `end`, by which the server alone
 * ends a device, is nobody's signed word.
 */
export interface KeyEvent {
  readonly user: UserId
  readonly seq: number
  readonly prev: Uint8Array
  readonly act: KeyAct
  readonly identity: Uint8Array
  /** The device that is added, revoked or ended. */
  readonly device: DeviceId | null
  /** The leaf key of the device that is added. */
  readonly key: Uint8Array | null
  readonly time: number
}

export const KEY_EVENT: Kind<KeyEvent> = {
  label: "CordeeKeyEvent",
  signatures: ["sig"],
  isUnsigned: ({ act }) => act === "end",
  fields(fields) {
    const event = {
      user: fields.id<UserId>("user"),
      seq: fields.count("seq"),
      prev: fields.bytes("prev", 32),
      act: fields.oneOf("act", KEY_ACTS),
      identity: fields.bytes("identity", 32),
      device: fields.maybe("device", (from, name) => from.id<DeviceId>(name)),
      key: fields.maybe("key", (from, name) => from.bytes(name, 32)),
      time: fields.time("time"),
    }
    if ((event.device !== null) !== DEVICE_ACTS.has(event.act) || (event.key !== null) !== (event.act === "add")) {
      throw new NotCanonical("an act on a device names it, and its key when it is added")
    }
    if (event.seq < 1 || (event.seq === 1) !== sameBytes(event.prev, NO_EVENT)) {
      throw new NotCanonical("only the first event follows none")
    }
    return event
  },
  write: (event) => ({
    ...event,
    prev: toBase64(event.prev),
    identity: toBase64(event.identity),
    key: event.key === null ? null : toBase64(event.key),
    time: writeTime(event.time),
  }),
}

export function hashOfEvent(raw: Uint8Array): Uint8Array {
  return sha256(concat(EVENT_PREFIX, raw))
}
