/** Which leaves a change of policy makes unfit: what a member's commit removes, no more and no less. */
import { sameBytes } from "../encoding/bytes.ts"
import type { Certificate } from "../identity/certificate.ts"
import type { DeviceId } from "../ids.ts"
import type { PolicyPerson } from "./person.ts"
import type { Policy } from "./policy.ts"

/**
 * The devices that a commit must remove which leads from `before` to `after`; `roster` is who stood in the tree,
 * `committer` the committing device.
 *
 * They are all devices of a person who ended or whose identity changed, and devices revoked. The committer is spared
 * when only its person's identity changed: its path brings its certificate under the new one. When the committer is in
 * the answer, this device cannot make such a commit.
 */
export function unfit(
  before: Policy,
  after: Policy,
  roster: Iterable<Certificate>,
  committer: DeviceId,
): ReadonlySet<DeviceId> {
  const gone = new Set<DeviceId>()
  for (const { device, user } of roster) {
    const person = after.persons.get(user)
    if (person === undefined || person.revoked.includes(device)) gone.add(device)
    else if (!sameIdentity(before.persons.get(user), person) && device !== committer) gone.add(device)
  }
  return gone
}

export function sameIdentity(one: PolicyPerson | undefined, other: PolicyPerson | undefined): boolean {
  if (one?.pending !== null || other?.pending !== null) return false
  return sameBytes(one.identity, other.identity)
}
