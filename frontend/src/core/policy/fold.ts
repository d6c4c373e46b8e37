/**
 * The fold of a policy chain: links, signers, and with `rules.ts` what each may change. Twin of chat/policy/fold.py;
 * both read tests/vectors/policy.json.
 *
 * A commit's new extension is accepted only when it is the fold of the old one with the changes that the commit
 * carries.
 */
import { sameBytes } from "../encoding/bytes.ts"
import { verifyCertificate } from "../identity/certificate.ts"
import type { CircleId } from "../ids.ts"
import { verifyWithLabel } from "../mls/group.ts"
import { CHANGE_LABEL, NO_HASH, readChange, type UnverifiedChange } from "./change.ts"
import type { CommitNote } from "./note.ts"
import { entering, isPast, type PolicyPerson } from "./person.ts"
import { POLICY_LIMIT, writePolicy, type Policy } from "./policy.ts"
import { PolicyRefused } from "./refused.ts"
import { checkKeys, personsAfter } from "./rules.ts"

/** The policy that change 0 makes. Throws PolicyRefused. */
export async function begin(change: UnverifiedChange, circle: CircleId): Promise<Policy> {
  const { op } = change
  if (op.type !== "create" || change.n !== 0 || !sameBytes(change.prev, NO_HASH) || change.circle !== circle) {
    throw new PolicyRefused("bad_first_change")
  }
  const { orders, person: creator, steward, suite } = op
  if (creator.role !== "coordinator" || suite !== 1 || creator.pending !== null) {
    throw new PolicyRefused("bad_first_change")
  }
  if (isPast(creator, change.time)) throw new PolicyRefused("end_in_the_past")
  const person = entering(creator, change.time)
  await checkSigner(change, person)
  await checkKeys(creator)
  return { circle, suite, persons: new Map([[person.user, person]]), orders, steward, head: headAt(change) }
}

/** The policy after one more change. Throws PolicyRefused. */
export async function apply(policy: Policy, change: UnverifiedChange): Promise<Policy> {
  if (change.circle !== policy.circle || change.n !== policy.head.n + 1 || !sameBytes(change.prev, policy.head.hash)) {
    throw new PolicyRefused("broken_chain")
  }
  const signer = policy.persons.get(change.certificate.user)
  if (signer === undefined || isPast(signer, change.time)) throw new PolicyRefused("not_allowed")
  await checkSigner(change, signer)
  const persons = await personsAfter(policy, change.op, signer, change.time)
  return { ...policy, persons, head: headAt(change) }
}

/** The policy that a whole chain writes. Throws PolicyRefused. */
export async function fold(changes: readonly Uint8Array[], circle: CircleId): Promise<Policy> {
  const [first, ...rest] = changes
  if (first === undefined) throw new PolicyRefused("bad_first_change")
  let policy = await begin(readChange(first), circle)
  for (const raw of rest) policy = await apply(policy, readChange(raw))
  return policy
}

/** The policy that a note's changes make of `policy`. Throws PolicyRefused. */
export async function advance(policy: Policy, note: CommitNote): Promise<Policy> {
  let after = policy
  for (const change of note.changes) {
    if (change.time !== note.time) throw new PolicyRefused("bad_change")
    after = await apply(after, change)
  }
  return after
}

/**
 * A commit's new extension is exactly this policy; a commit without one leaves the policy as it was. Throws
 * PolicyRefused.
 */
export function checkExtension(before: Policy, after: Policy, extension: Uint8Array | undefined): void {
  if (extension === undefined && after === before) return
  const written = writePolicy(after)
  // Nobody could read it again.
  if (written.length > POLICY_LIMIT) throw new PolicyRefused("circle_full")
  if (extension === undefined || !sameBytes(written, extension)) throw new PolicyRefused("wrong_fold")
}

/** `advance`, when the commit's new extension is exactly that. Throws PolicyRefused. */
export async function applyNote(policy: Policy, note: CommitNote, extension: Uint8Array | undefined): Promise<Policy> {
  const after = await advance(policy, note)
  checkExtension(policy, after, extension)
  return after
}

function headAt({ hash, n }: UnverifiedChange): Policy["head"] {
  return { n, hash }
}

/** Signed by the leaf key of a device that the person's identity key certified, within its life and not revoked. */
async function checkSigner(change: UnverifiedChange, person: PolicyPerson): Promise<void> {
  if (person.pending !== null) throw new PolicyRefused("not_allowed")
  const certificate = await verifyCertificate(change.certificate, person.identity)
  if (certificate === undefined) throw new PolicyRefused("bad_change_signature")
  if (!(await verifyWithLabel(certificate.key, CHANGE_LABEL, change.signed, change.signature))) {
    throw new PolicyRefused("bad_change_signature")
  }
  if (certificate.user !== person.user) throw new PolicyRefused("wrong_signer")
  if (person.revoked.includes(certificate.device)) throw new PolicyRefused("device_revoked")
  if (change.time < certificate.created || change.time > certificate.notAfter) {
    throw new PolicyRefused("certificate_expired")
  }
}
