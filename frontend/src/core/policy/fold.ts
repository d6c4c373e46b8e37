/**
 * The fold of a policy chain: who may change what, decided change by change. Twin of chat/policy.py; both read
 * tests/vectors/policy.json.
 *
 * A commit's new extension is accepted only when it is the fold of the old one with the changes that the commit
 * carries.
 */
import { sameBytes } from "../encoding/bytes.ts"
import { verifyCertificate } from "../identity/certificate.ts"
import { verifyHistoryKey } from "../identity/historyKey.ts"
import type { CircleId } from "../ids.ts"
import { verifyWithLabel } from "../mls/group.ts"
import { CHANGE_LABEL, NO_HASH, readChange, type UnverifiedChange } from "./change.ts"
import type { CommitNote } from "./note.ts"
import { isPast, type PolicyPerson } from "./person.ts"
import { MOST_PERSONS, writePolicy, type Policy } from "./policy.ts"
import { PolicyRefused } from "./refused.ts"

/** The policy that change 0 makes. Throws PolicyRefused. */
export async function begin(change: UnverifiedChange, circle: CircleId): Promise<Policy> {
  const { op } = change
  if (op.type !== "create" || change.n !== 0 || !sameBytes(change.prev, NO_HASH) || change.circle !== circle) {
    throw new PolicyRefused("bad_first_change")
  }
  if (op.person.role !== "coordinator" || op.suite !== 1) throw new PolicyRefused("bad_first_change")
  await checkSigner(change, op.person)
  if (!(await verifyHistoryKey(op.person))) throw new PolicyRefused("bad_history_key")
  return {
    circle,
    suite: op.suite,
    persons: new Map([[op.person.user, op.person]]),
    steward: op.steward,
    head: { n: 0, hash: change.hash },
  }
}

/** The policy after one more change. Throws PolicyRefused. */
export async function apply(policy: Policy, change: UnverifiedChange): Promise<Policy> {
  const { op } = change
  if (change.circle !== policy.circle || change.n !== policy.head.n + 1 || !sameBytes(change.prev, policy.head.hash)) {
    throw new PolicyRefused("broken_chain")
  }
  const signer = policy.persons.get(change.certificate.user)
  if (signer?.role !== "coordinator" || isPast(signer, change.time)) throw new PolicyRefused("not_allowed")
  await checkSigner(change, signer)

  const persons = new Map(policy.persons)
  switch (op.type) {
    case "create":
      throw new PolicyRefused("bad_change")
    case "invite":
      await checkInvitee(policy, op.person, change.time)
      persons.set(op.person.user, op.person)
      break
    case "end":
      if (!persons.delete(op.user)) throw new PolicyRefused("unknown_person")
      break
  }
  if (![...persons.values()].some((person) => person.role === "coordinator"))
    throw new PolicyRefused("last_coordinator")
  return { ...policy, persons, head: { n: change.n, hash: change.hash } }
}

/** The policy that a whole chain writes. Throws PolicyRefused. */
export async function fold(changes: readonly Uint8Array[], circle: CircleId): Promise<Policy> {
  const [first, ...rest] = changes
  if (first === undefined) throw new PolicyRefused("bad_first_change")
  let policy = await begin(readChange(first), circle)
  for (const raw of rest) policy = await apply(policy, readChange(raw))
  return policy
}

/**
 * The policy that a commit leads to, when its new extension is exactly what its note makes of the old. Throws
 * PolicyRefused.
 */
export async function applyNote(policy: Policy, note: CommitNote, extension: Uint8Array | undefined): Promise<Policy> {
  let after = policy
  for (const change of note.changes) {
    if (change.time !== note.time) throw new PolicyRefused("bad_change")
    after = await apply(after, change)
  }
  const unchanged = extension === undefined && note.changes.length === 0
  if (!unchanged && (extension === undefined || !sameBytes(writePolicy(after), extension))) {
    throw new PolicyRefused("wrong_fold")
  }
  return after
}

/** The change is signed by the leaf key of a device that the person's identity key certified, within its life. */
async function checkSigner(change: UnverifiedChange, person: PolicyPerson): Promise<void> {
  const certificate = await verifyCertificate(change.certificate, person.identity)
  if (certificate === undefined) throw new PolicyRefused("bad_change_signature")
  if (!(await verifyWithLabel(certificate.key, CHANGE_LABEL, change.signed, change.signature))) {
    throw new PolicyRefused("bad_change_signature")
  }
  if (certificate.user !== person.user) throw new PolicyRefused("wrong_signer")
  if (change.time < certificate.created || change.time > certificate.notAfter) {
    throw new PolicyRefused("certificate_expired")
  }
}

async function checkInvitee(policy: Policy, person: PolicyPerson, time: number): Promise<void> {
  if (policy.persons.has(person.user)) throw new PolicyRefused("already_in_policy")
  if (policy.persons.size >= MOST_PERSONS) throw new PolicyRefused("circle_full")
  if (person.role === "guest" && person.notAfter === null) throw new PolicyRefused("guest_without_end")
  if (isPast(person, time)) throw new PolicyRefused("end_in_the_past")
  if (!(await verifyHistoryKey(person))) throw new PolicyRefused("bad_history_key")
}
