/**
 * What the server says is to be done in a circle, as changes of its policy that this device may sign. The server only
 * asks: each change carries its own proof (an order, a rotation, an attestation) or is a person's, made by hand.
 *
 * Pure. `duties.ts` fetches what is asked and commits what comes out here.
 */
import type { Duties, Keys } from "../api/duties.ts"
import type { Base64 } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import type { PinnedKeys } from "../identity/historyKey.ts"
import type { UserId } from "../ids.ts"
import type { Operation } from "../policy/operation.ts"
import { isPast, type PolicyPerson } from "../policy/person.ts"
import type { Policy } from "../policy/policy.ts"
import { ATTESTATION, pendingCommitment, ROTATION, type Attestation } from "../statements/identity.ts"
import { END_ORDER, RESTORE_ORDER } from "../statements/orders.ts"
import { readStatement, verifyStatement, type Kind, type Unverified } from "../statements/signed.ts"
import type { Own } from "./own.ts"

/** In the order in which they should be done: who must go, whose keys are new, who comes. */
export async function dueChanges(
  duties: Duties,
  policy: Policy,
  own: Own,
  time: number,
): Promise<readonly Operation[]> {
  const person = (user: UserId): PolicyPerson | undefined => policy.persons.get(user)
  const isMine = (user: UserId): boolean => user === own.user

  const orders = each(END_ORDER, duties.orders).flatMap((order): readonly Operation[] => {
    const { code, device, user } = order.says
    if (person(user) === undefined) return []
    if (device !== null) {
      const isDone = person(user)?.revoked.includes(device) !== false
      return isDone || device === own.device ? [] : [{ type: "revoke", user, device, order }]
    }
    return code === "revoked" || isMine(user) ? [] : [{ type: "end", user, code, order }]
  })
  const expired = [...policy.persons.values()]
    .filter(({ user, ...place }) => isPast(place, time) && !isMine(user))
    .filter(({ user }) => !orders.some((op) => op.type === "end" && op.user === user))
    .map(({ user }) => ({ type: "end", user, code: "expired", order: null }) as const)
  const rotations = each(ROTATION, duties.rotations)
    .filter(({ says }) => sameKey(person(says.user)?.identity, says.old))
    .map((rotation) => ({ type: "rotate", rotation }) as const)
  const restorations = each(RESTORE_ORDER, duties.restorations)
    .filter(({ says }) => person(says.user)?.role !== "coordinator")
    .map((order) => ({ type: "restore", order }) as const)
  // Somebody else's coordination ends no later than the server says: less than a removal, which it may order too.
  const returned = duties.loansOver
    .flatMap((user) => person(user) ?? [])
    .filter(({ role, user }) => role === "coordinator" && !isMine(user) && person(own.user)?.role === "coordinator")
    .map(({ notAfter, user }) => ({ type: "role", user, role: "member", notAfter }) as const)
  return [...orders, ...expired, ...rotations, ...restorations, ...returned, ...(await admissions(duties, policy, own))]
}

/**
 * A pending person whom a registrar's signature ties to what the inviter saw: a coordinator's device lets them in. The
 * signature is younger than the invitation, because an older one may be for a key that was lost since.
 */
async function admissions(duties: Duties, policy: Policy, own: Own): Promise<readonly Operation[]> {
  if (policy.persons.get(own.user)?.role !== "coordinator") return []
  const admitted: Operation[] = []
  for (const keys of duties.admissions) {
    const person = policy.persons.get(keys.user)
    const attestation = await attestationOf(keys.user, fromBase64(keys.identity_key), duties, policy)
    if (person === undefined || person.pending === null || attestation === undefined) continue
    const isOfNow = attestation.time >= person.since
    if (isOfNow && sameBytes(pendingCommitment(attestation), person.pending)) {
      admitted.push({ type: "admit", ...pinned(keys) })
    }
  }
  return admitted
}

/** A registrar's word for this very key, by the steward key that the circle pins. */
export async function attestationOf(
  user: UserId,
  identity: Uint8Array,
  { attestations }: Pick<Duties, "attestations">,
  { steward }: Pick<Policy, "steward">,
): Promise<Attestation | undefined> {
  const raw = attestations.get(user)
  const [statement] = raw === undefined ? [] : each(ATTESTATION, [raw])
  if (steward === null || statement === undefined) return undefined
  const attestation = (await verifyStatement(statement, steward))?.says
  return attestation?.user === user && sameBytes(attestation.identity, identity) ? attestation : undefined
}

export function pinned({ history_key, history_sig, identity_key, user }: Keys): PinnedKeys {
  return {
    user,
    identity: fromBase64(identity_key),
    history: fromBase64(history_key),
    historySignature: fromBase64(history_sig),
  }
}

function sameKey(one: Uint8Array | null | undefined, other: Uint8Array): boolean {
  return one != null && sameBytes(one, other)
}

/** Those that can be read: what the server writes wrongly asks for nothing. */
function each<T>(kind: Kind<T>, raw: readonly Base64[]): readonly Unverified<T>[] {
  return raw.flatMap((statement) => {
    try {
      return [readStatement(kind, fromBase64(statement))]
    } catch (error) {
      if (error instanceof NotCanonical) return []
      throw error
    }
  })
}
