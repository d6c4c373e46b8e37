/** The people of the vectors, with keys from fixed seeds: the same bytes come out on every run. */
import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { utf8 } from "../../src/core/encoding/bytes.ts"
import { readTime } from "../../src/core/encoding/time.ts"
import { makeCertificate } from "../../src/core/identity/certificate.ts"
import { signHistoryKey } from "../../src/core/identity/historyKey.ts"
import { asId, type CircleId, type DeviceId, type UserId } from "../../src/core/ids.ts"
import type { Signer } from "../../src/core/policy/change.ts"
import type { NewPerson } from "../../src/core/policy/person.ts"

export const CIRCLE = asId<CircleId>("019386c5-6d00-7a01-8001-0000000000c1")
export const OTHER_CIRCLE = asId<CircleId>("019386c5-6d00-7a01-8001-0000000000c2")

/** Deterministic "random" bytes named by their use. */
export function seeded(name: string, length = 32): Uint8Array {
  return sha256(utf8(`cordee vectors ${name}`)).slice(0, length)
}

export function time(text: string): number {
  const value = readTime(text)
  if (value === undefined) throw new TypeError(`not a time: ${text}`)
  return value
}

export const OPENED = time("2026-11-02T08:00:00.000Z")
const MINUTE = 60_000

/** `minutes` after the circle was opened. */
export function at(minutes: number): number {
  return OPENED + minutes * MINUTE
}

export interface Someone extends Signer {
  readonly name: string
  readonly user: UserId
  readonly device: DeviceId
  readonly identityPrivateKey: Uint8Array
  readonly identity: Uint8Array
  readonly historyPrivateKey: Uint8Array
  readonly history: Uint8Array
  readonly historySignature: Uint8Array
  readonly leafKey: Uint8Array
}

export async function someone(name: string, number: number, device = 1): Promise<Someone> {
  const digits = String(number).padStart(10, "0")
  const user = asId<UserId>(`019386c5-6d00-7a01-8002-00${digits}`)
  const deviceId = asId<DeviceId>(`019386c5-6d00-7a01-8003-0${device}${digits}`)
  const identityPrivateKey = seeded(`${name} identity`)
  const historyPrivateKey = seeded(`${name} history`)
  const signaturePrivateKey = seeded(`${name} device ${device}`)
  const history = x25519.getPublicKey(historyPrivateKey)
  const leafKey = ed25519.getPublicKey(signaturePrivateKey)
  return {
    name,
    user,
    device: deviceId,
    identityPrivateKey,
    identity: ed25519.getPublicKey(identityPrivateKey),
    historyPrivateKey,
    history,
    historySignature: await signHistoryKey(identityPrivateKey, user, history),
    leafKey,
    signaturePrivateKey,
    certificate: await makeCertificate({
      user,
      device: deviceId,
      key: leafKey,
      created: OPENED - 24 * 60 * MINUTE,
      identityPrivateKey,
    }),
  }
}

export function person(
  who: Someone,
  role: NewPerson["role"] = "member",
  notAfter: number | null = null,
): Extract<NewPerson, { readonly pending: null }> {
  const { history, historySignature, identity, user } = who
  return { user, identity, history, historySignature, pending: null, role, ground: "formal_team", notAfter }
}

export const camille = await someone("camille", 1)
export const amadou = await someone("amadou", 2)
export const lea = await someone("lea", 3)
export const stranger = await someone("stranger", 9)

/** The same person and device under a new identity key and history key. */
export async function renewed(who: Someone): Promise<Someone> {
  const { device, leafKey, name, user } = who
  const identityPrivateKey = seeded(`${name} identity 2`)
  const historyPrivateKey = seeded(`${name} history 2`)
  const history = x25519.getPublicKey(historyPrivateKey)
  return {
    ...who,
    identityPrivateKey,
    identity: ed25519.getPublicKey(identityPrivateKey),
    historyPrivateKey,
    history,
    historySignature: await signHistoryKey(identityPrivateKey, user, history),
    certificate: await makeCertificate({
      user,
      device,
      key: leafKey,
      created: OPENED - 24 * 60 * MINUTE,
      identityPrivateKey,
    }),
  }
}

/** The server's order key and the organisation's steward key. */
export const orderSeed = seeded("order key")
export const stewardSeed = seeded("steward key")
export const orderKey = ed25519.getPublicKey(orderSeed)
export const stewardKey = ed25519.getPublicKey(stewardSeed)
