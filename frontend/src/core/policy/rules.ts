/**
 * What each operation does to the persons of a circle, and who may do it: the table of docs/protocol.md, line by line.
 * Twin of chat/policy/rules.py.
 *
 * `signer` is a person in good standing whose device has signed the operation; every refusal is a PolicyRefused.
 */
import { sameBytes } from "../encoding/bytes.ts"
import { verifyHistoryKey, type PinnedKeys } from "../identity/historyKey.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { verifyRotation, type Rotation } from "../statements/identity.ts"
import type { EndOrder, RestoreOrder } from "../statements/orders.ts"
import { verifyStatement, type Unverified } from "../statements/signed.ts"
import type { Operation } from "./operation.ts"
import { CLOCK_TOLERANCE, entering, isPast, MOST_REVOKED } from "./person.ts"
import type { KnownPerson, NewPerson, PolicyPerson } from "./person.ts"
import { MOST_PERSONS, type Policy } from "./policy.ts"
import { PolicyRefused } from "./refused.ts"

type Persons = ReadonlyMap<UserId, PolicyPerson>

export async function personsAfter(
  policy: Policy,
  op: Operation,
  signer: PolicyPerson,
  time: number,
): Promise<Persons> {
  const persons = new Map(policy.persons)
  const set = (person: PolicyPerson): unknown => persons.set(person.user, person)
  switch (op.type) {
    case "create":
      throw new PolicyRefused("bad_change")
    case "invite":
      requireCoordinator(signer)
      checkGround(op.person, signer)
      set(await invited(policy, op.person, time))
      break
    case "admit":
      requireCoordinator(signer)
      set(await admitted(policy, op))
      break
    case "role": {
      requireCoordinator(signer)
      const { notAfter, role } = op
      const after = { ...personIn(policy, op.user), notAfter, role, since: time }
      checkTerm(after, time)
      set(after)
      break
    }
    case "end": {
      const person = personIn(policy, op.user)
      if (op.order !== null) {
        const { code, user } = op
        await checkOrder(policy.orders, op.order, { circle: policy.circle, user, device: null, code }, time)
        checkRecent(op.order, person)
      } else if (!(op.code === "expired" && isPast(person, time))) {
        requireCoordinator(signer)
      }
      persons.delete(op.user)
      break
    }
    case "revoke": {
      const person = personIn(policy, op.user)
      if (op.order !== null) {
        const { device, user } = op
        await checkOrder(policy.orders, op.order, { circle: policy.circle, user, device, code: "revoked" }, time)
      } else if (op.user !== signer.user) {
        requireCoordinator(signer)
      }
      set(withoutDevice(person, op.device))
      break
    }
    case "rotate":
      set(await rotated(policy, op.rotation))
      break
    case "reset":
      requireCoordinator(signer)
      if (op.user === signer.user) throw new PolicyRefused("not_allowed")
      set(await reset(policy, op))
      break
    case "restore":
      set(await restored(policy, op.order, time))
      break
  }
  const byOrder = op.type === "end" && op.order !== null
  if (coordinators(persons) === 0 && coordinators(policy.persons) > 0 && !byOrder) {
    throw new PolicyRefused("last_coordinator")
  }
  return persons
}

export async function checkKeys(keys: PinnedKeys): Promise<void> {
  if (!(await verifyHistoryKey(keys))) throw new PolicyRefused("bad_history_key")
}

/** How many there are who have, or had, a device to act with. */
function coordinators(persons: Persons): number {
  return [...persons.values()].filter(({ pending, role }) => role === "coordinator" && pending === null).length
}

function requireCoordinator(signer: PolicyPerson): void {
  if (signer.role !== "coordinator") throw new PolicyRefused("not_allowed")
}

function personIn(policy: Policy, user: UserId): PolicyPerson {
  const person = policy.persons.get(user)
  if (person === undefined) throw new PolicyRefused("unknown_person")
  return person
}

function known(person: PolicyPerson): KnownPerson {
  if (person.pending !== null) throw new PolicyRefused("pending")
  return person
}

/** Everybody in a circle is there about a patient, or nobody is: as its creator began it. */
function checkGround(person: NewPerson, signer: PolicyPerson): void {
  if ((person.ground === "no_patient") !== (signer.ground === "no_patient")) throw new PolicyRefused("wrong_ground")
}

function checkTerm(person: NewPerson, time: number): void {
  if (person.role === "guest" && person.notAfter === null) throw new PolicyRefused("guest_without_end")
  if (isPast(person, time)) throw new PolicyRefused("end_in_the_past")
}

async function invited(policy: Policy, person: NewPerson, time: number): Promise<PolicyPerson> {
  if (policy.persons.has(person.user)) throw new PolicyRefused("already_in_policy")
  if (policy.persons.size >= MOST_PERSONS) throw new PolicyRefused("circle_full")
  checkTerm(person, time)
  if (person.pending === null) await checkKeys(person)
  return entering(person, time)
}

async function admitted(policy: Policy, keys: PinnedKeys): Promise<PolicyPerson> {
  const person = personIn(policy, keys.user)
  if (person.pending === null) throw new PolicyRefused("not_pending")
  await checkKeys(keys)
  return { ...person, ...keysOf(keys), pending: null }
}

/** Says exactly what is expected, not from the future, by the key that change 0 pins. */
async function checkOrder<Order extends EndOrder | RestoreOrder>(
  key: Uint8Array | null,
  order: Unverified<Order>,
  expected: Omit<Order, "time">,
  time: number,
): Promise<void> {
  const says: Readonly<Record<string, unknown>> = { ...order.says }
  const isExpected = Object.entries(expected).every(([name, value]) => says[name] === value)
  if (key === null || !isExpected || order.says.time > time + CLOCK_TOLERANCE) throw new PolicyRefused("bad_order")
  if ((await verifyStatement(order, key)) === undefined) throw new PolicyRefused("bad_order")
}

/** Orders stay readable in the chain: one from before the person's present standing has had its effect. */
function checkRecent(order: Unverified<EndOrder | RestoreOrder>, person: PolicyPerson): void {
  if (order.says.time < person.since) throw new PolicyRefused("old_order")
}

function withoutDevice(person: PolicyPerson, device: DeviceId): PolicyPerson {
  const { revoked } = known(person)
  if (revoked.includes(device)) throw new PolicyRefused("already_revoked")
  if (revoked.length >= MOST_REVOKED) throw new PolicyRefused("too_many_revoked")
  return { ...person, revoked: [...revoked, device].sort() }
}

async function rotated(policy: Policy, rotation: Unverified<Rotation>): Promise<PolicyPerson> {
  const { says } = rotation
  const person = known(personIn(policy, says.user))
  if (!sameBytes(says.old, person.identity)) throw new PolicyRefused("bad_rotation")
  if ((await verifyRotation(rotation)) === undefined) throw new PolicyRefused("bad_rotation")
  return { ...person, ...keysOf({ ...says, identity: says.new }), revoked: [] }
}

async function reset(policy: Policy, keys: PinnedKeys): Promise<PolicyPerson> {
  const person = known(personIn(policy, keys.user))
  if (sameBytes(keys.identity, person.identity)) throw new PolicyRefused("same_identity")
  await checkKeys(keys)
  return { ...person, ...keysOf(keys), revoked: [] }
}

async function restored(policy: Policy, order: Unverified<RestoreOrder>, time: number): Promise<PolicyPerson> {
  const { user } = order.says
  const person = known(personIn(policy, user))
  await checkOrder(policy.steward, order, { circle: policy.circle, user }, time)
  checkRecent(order, person)
  return { ...person, role: "coordinator", notAfter: null, since: time }
}

function keysOf({ history, historySignature, identity }: PinnedKeys): Omit<PinnedKeys, "user"> {
  return { identity, history, historySignature }
}
