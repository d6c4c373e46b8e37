/**
 * Which devices stand in a circle's tree: every leaf holds a certificate, signed by the identity key that the policy
 * pins for its person. A leaf without one is a foreign device, and nothing that comes with it is taken.
 */
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { readCertificate, verifyCertificate, type Certificate } from "../identity/certificate.ts"
import type { DeviceId } from "../ids.ts"
import type { LeafClaim, RosterEntry } from "../mls/group.ts"
import { CLOCK_TOLERANCE, isPast } from "../policy/person.ts"
import type { Policy } from "../policy/policy.ts"

export interface MemberDevice {
  readonly leaf: number
  readonly certificate: Certificate
}

export type Devices = ReadonlyMap<DeviceId, MemberDevice>

/**
 * The certificate of a leaf, or why the leaf is refused. `known` is what stood there before, when it was verified:
 * it saves verifying the same bytes under the same identity key again.
 */
export async function certificateOf(
  claim: LeafClaim,
  { persons }: Policy,
  known?: Certificate,
): Promise<Certificate | string> {
  let unverified
  try {
    unverified = readCertificate(claim.identity)
  } catch (error) {
    if (error instanceof NotCanonical) return "bad_certificate"
    throw error
  }
  const person = persons.get(unverified.user)
  if (person?.pending !== null) return "not_in_policy"
  if (person.revoked.includes(unverified.device)) return "device_revoked"
  const certificate =
    known !== undefined && sameBytes(known.raw, claim.identity) && sameBytes(known.identity, person.identity)
      ? known
      : await verifyCertificate(unverified, person.identity)
  if (certificate === undefined || !sameBytes(certificate.key, claim.signatureKey)) return "bad_certificate"
  return certificate
}

/** Why this device may not commit at this time; undefined when it may. Expiry is judged by the commit's time alone. */
export function standing(certificate: Certificate, { persons }: Policy, time: number): string | undefined {
  const person = persons.get(certificate.user)
  if (person === undefined) return "not_in_policy"
  if (isPast(person, time)) return "membership_past_end"
  if (time < certificate.created - CLOCK_TOLERANCE || time > certificate.notAfter) return "certificate_expired"
  return undefined
}

/** The devices of a roster; `known` saves verifying those that stood there before. A string says why one is refused. */
export async function devicesOf(
  roster: readonly RosterEntry[],
  policy: Policy,
  known: Devices = new Map(),
): Promise<Devices | string> {
  const devices = new Map<DeviceId, MemberDevice>()
  const before = new Map([...known.values()].map((device) => [device.leaf, device.certificate]))
  for (const { identity, leaf, signatureKey } of roster) {
    const certificate = await certificateOf({ identity, signatureKey }, policy, before.get(leaf))
    if (typeof certificate === "string") return certificate
    if (devices.has(certificate.device)) return "device_twice"
    devices.set(certificate.device, { leaf, certificate })
  }
  return devices
}
