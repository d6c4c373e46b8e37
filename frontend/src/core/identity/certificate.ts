/**
 * The device certificate: what stands in the MLS basic credential, and ties a device's leaf key to a person.
 *
 * Signed by the person's identity key (label `CordeeDeviceCertificate`); checked wherever a leaf appears and under
 * every policy change. Twin of chat/certificates.py; both read tests/vectors/certificate.json.
 */
import { toBase64 } from "../encoding/base64.ts"
import { decode, encode, NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"

const LABEL = "CordeeDeviceCertificate"
const LIMIT = 1024
const DAY = 24 * 3600 * 1000
/** A forgotten device does not stay trusted for ever. */
const LONGEST_LIFE = 3 * 366 * DAY
/** What this client gives its own devices. */
const LIFE = 2 * 365 * DAY

interface CertificateFields {
  readonly user: UserId
  readonly device: DeviceId
  /** The device's leaf key: Ed25519, 32 bytes. */
  readonly key: Uint8Array
  readonly created: number
  readonly notAfter: number
  /** The bytes that stand in the credential. */
  readonly raw: Uint8Array
}

/** Well formed; still needs the identity key that the policy pins. */
export interface UnverifiedCertificate extends CertificateFields {
  readonly signature: Uint8Array
  readonly signed: Uint8Array
}

declare const verified: unique symbol

/** Signed by `identity`, the key it was checked against. Expiry is the caller's: it depends on the commit's time. */
export type Certificate = CertificateFields & { readonly identity: Uint8Array; readonly [verified]: true }

export interface NewCertificate {
  readonly user: UserId
  readonly device: DeviceId
  readonly key: Uint8Array
  readonly created: number
  /** Seed of the identity key. */
  readonly identityPrivateKey: Uint8Array
}

export async function makeCertificate(certificate: NewCertificate): Promise<Uint8Array> {
  const content = {
    created: writeTime(certificate.created),
    device: certificate.device,
    key: toBase64(certificate.key),
    not_after: writeTime(certificate.created + LIFE),
    user: certificate.user,
    v: 1,
  }
  const signature = await signWithLabel(certificate.identityPrivateKey, LABEL, encode(content))
  return encode({ ...content, sig: toBase64(signature) })
}

/** Throws NotCanonical. */
export function readCertificate(raw: Uint8Array): UnverifiedCertificate {
  const content = decode(raw, LIMIT)
  const fields = new Fields(content)
  fields.version()
  const user = fields.id<UserId>("user")
  const device = fields.id<DeviceId>("device")
  const key = fields.bytes("key", 32)
  const created = fields.time("created")
  const notAfter = fields.time("not_after")
  const signature = fields.bytes("sig", 64)
  fields.end()
  const life = notAfter - created
  if (life <= 0 || life > LONGEST_LIFE) throw new NotCanonical("not_after is not a lifetime")
  const signed = encode({
    created: writeTime(created),
    device,
    key: toBase64(key),
    not_after: writeTime(notAfter),
    user,
    v: 1,
  })
  return { user, device, key, created, notAfter, signature, signed, raw }
}

/** Undefined when `identityKey` did not sign it. */
export async function verifyCertificate(
  certificate: UnverifiedCertificate,
  identityKey: Uint8Array,
): Promise<Certificate | undefined> {
  if (!(await verifyWithLabel(identityKey, LABEL, certificate.signed, certificate.signature))) return undefined
  const { user, device, key, created, notAfter, raw } = certificate
  return { user, device, key, created, notAfter, raw, identity: identityKey } as Certificate
}
