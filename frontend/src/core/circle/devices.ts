/**
 * Which devices stand in a circle's tree: every leaf holds a certificate, signed by the identity key that the policy
 * pins for its person. A leaf without one is a foreign device, and nothing that comes with it is taken.
 */
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { readCertificate, verifyCertificate, type Certificate } from "../identity/certificate.ts"
import type { DeviceId } from "../ids.ts"
import type { LeafClaim, RosterEntry } from "../mls/group.ts"
import { isPast } from "../policy/person.ts"
import type { Policy } from "../policy/policy.ts"

/** Clocks of devices and server may differ by this much; chat/rules.py says the same. */
const CLOCK_TOLERANCE = 5 * 60 * 1000

export interface MemberDevice {
  readonly leaf: number
  readonly certificate: Certificate
}

export type Devices = ReadonlyMap<DeviceId, MemberDevice>

/** The certificate of a leaf, or why the leaf is refused. */
export async function certificateOf(claim: LeafClaim, { persons }: Policy): Promise<Certificate | string> {
  let unverified
  try {
    unverified = readCertificate(claim.identity)
  } catch (error) {
    if (error instanceof NotCanonical) return "bad_certificate"
    throw error
  }
  const person = persons.get(unverified.user)
  if (person === undefined) return "not_in_policy"
  const certificate = await verifyCertificate(unverified, person.identity)
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
    const same = before.get(leaf)
    const certificate =
      same !== undefined && sameBytes(same.raw, identity)
        ? same
        : await certificateOf({ identity, signatureKey }, policy)
    if (typeof certificate === "string") return certificate
    if (!policy.persons.has(certificate.user)) return "not_in_policy"
    if (devices.has(certificate.device)) return "device_twice"
    devices.set(certificate.device, { leaf, certificate })
  }
  return devices
}
