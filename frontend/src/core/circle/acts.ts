/**
 * Commits of this device: each is made as the bytes to send and the state that follows, both kept before anything is
 * sent.
 *
 * The epoch's key goes with it, sealed to everyone who has a leaf (docs/protocol.md, "Epoch keys sealed to persons").
 */
import type { CalendarDate, ConsentHow, EndCode, Timestamp } from "../api/types.ts"
import { toBase64 } from "../encoding/base64.ts"
import type { CommitRef, RoleId, UserId } from "../ids.ts"
import { commitPolicy, commitUpdate, serialise, type OwnCommit } from "../mls/group.ts"
import { makeChange, readChange, type Signer } from "../policy/change.ts"
import { apply } from "../policy/fold.ts"
import { makeInvitation } from "../policy/invitation.ts"
import { sameIdentity, unfit } from "../policy/leaves.ts"
import { writeNote } from "../policy/note.ts"
import type { Operation } from "../policy/operation.ts"
import { PolicyRefused } from "../policy/refused.ts"
import type { NewPerson, PolicyRole } from "../policy/person.ts"
import { writePolicy, type Policy } from "../policy/policy.ts"
import type { EndOrder } from "../statements/orders.ts"
import type { Unverified } from "../statements/signed.ts"
import { writeFrame, type Act } from "../sync/frames.ts"
import { sealToReaders } from "./epochKeys.ts"
import { liveGroup, type LiveGroup } from "./group.ts"
import type { Own } from "./own.ts"
import type { PendingCommit } from "./records.ts"

/** How long an invitation stays open; the server takes at most 31 days. */
const INVITATION_LIFE = 14 * 24 * 3600 * 1000

/** What every act needs: the group it changes, who signs, when, and a name for it. */
export interface Acting {
  readonly group: LiveGroup
  readonly own: Own
  /** The server's time. */
  readonly time: number
  readonly ref: CommitRef
  /** Hash of change 0. */
  readonly change0: Uint8Array
}

/** What an invitation says beside the chain: the directory role, the consent it rests on, whose secretariat it is. */
export interface Terms {
  readonly role: RoleId
  readonly consent: { readonly given_on: CalendarDate; readonly how: ConsentHow } | null
  readonly delegateOf: UserId | null
}

export async function invite(acting: Acting, person: NewPerson, terms: Terms): Promise<PendingCommit> {
  const { change0, group, own, time } = acting
  const changed = await changePolicy(acting, { type: "invite", person })
  const invitation = await makeInvitation(
    {
      circle: group.circle,
      change0,
      head: changed.policy.head,
      user: person.user,
      identity: person.identity,
      created: time,
      expires: time + INVITATION_LIFE,
    },
    signerIn(group, own),
  )
  return commitChanges(acting, changed, {
    do: "invite",
    role_id: terms.role,
    invitation: toBase64(invitation),
    consent: terms.consent,
    for: terms.delegateOf,
  })
}

/** Takes away every leaf of the person, or the standing of someone who never came in. */
export async function end(
  acting: Acting,
  user: UserId,
  code: EndCode,
  reason: string,
  order: Unverified<EndOrder> | null = null,
): Promise<PendingCommit> {
  const changed = await changePolicy(acting, { type: "end", user, code, order })
  return commitChanges(acting, changed, { do: "end", user, code, reason })
}

/** Every other change of the policy: the chain says it completely. */
export async function change(acting: Acting, op: Operation): Promise<PendingCommit> {
  return commitChanges(acting, await changePolicy(acting, op), { do: "policy" })
}

/** Coordination passes to a member, until a day or for good, when this person may step down in the same commit. */
export async function handOver(
  acting: Acting,
  to: UserId,
  until: Timestamp | null,
  stepDown: boolean,
): Promise<PendingCommit> {
  const given = roleOf(acting, to, "coordinator")
  const own = stepDown ? [roleOf(acting, acting.own.user, "member")] : []
  const changed = await changePolicy(acting, given, ...own)
  return commitChanges(acting, changed, { do: "hand_over", to, until })
}

/** Another role and the same end date. */
function roleOf({ group }: Acting, user: UserId, role: PolicyRole): Operation {
  const person = group.policy.persons.get(user)
  if (person === undefined) throw new PolicyRefused("unknown_person")
  return { type: "role", user, role, notAfter: person.notAfter }
}

/** New leaf keys, and with them a new epoch: whoever had stolen the old ones is out. */
export async function renew(acting: Acting): Promise<PendingCommit> {
  const made = await commitUpdate(acting.group.state, { authenticatedData: writeNote(acting.time, []) })
  return pendingCommit(acting, made, { do: "update" })
}

/** The frame of any commit of this device, and what is kept until the server has answered. */
export async function pendingCommit(
  { change0, group, ref }: Pick<Acting, "change0" | "ref"> & { readonly group: Pick<LiveGroup, "circle"> },
  made: OwnCommit,
  act: Act,
): Promise<PendingCommit> {
  const next = await liveGroup(made.next, group.circle)
  const frame = writeFrame({
    t: "commit",
    ref,
    circle: group.circle,
    commit: toBase64(made.commit),
    external_pub: toBase64(made.externalPub),
    group_info_sig: toBase64(made.groupInfoSignature),
    keys: await sealToReaders(next),
    act,
  })
  return { ref, commit: made.commit, frame, next: serialise(made.next), change0, shown: null }
}

/** The signed changes and the policy after them; refuses, as everybody else would, what this device may not change. */
async function changePolicy({ group, own, time }: Acting, ...ops: readonly Operation[]): Promise<Changed> {
  const signer = signerIn(group, own)
  const changes: Uint8Array[] = []
  let { policy } = group
  for (const op of ops) {
    const { circle, head } = policy
    const raw = await makeChange({ circle, n: head.n + 1, prev: head.hash, op, time }, signer)
    policy = await apply(policy, readChange(raw))
    changes.push(raw)
  }
  return { changes, policy }
}

interface Changed {
  readonly changes: readonly Uint8Array[]
  readonly policy: Policy
}

/** With every leaf removed that the changes make unfit, and our own under our person's new identity if that changed. */
async function commitChanges(acting: Acting, { changes, policy }: Changed, act: Act): Promise<PendingCommit> {
  const { group, own, time } = acting
  const devices = [...group.devices.values()]
  const certificates = devices.map(({ certificate }) => certificate)
  const mustGo = unfit(group.policy, policy, certificates, own.device)
  const kept = sameIdentity(group.policy.persons.get(own.user), policy.persons.get(own.user))
  const made = await commitPolicy(group.state, {
    policy: writePolicy(policy),
    removeLeaves: devices.filter(({ certificate }) => mustGo.has(certificate.device)).map(({ leaf }) => leaf),
    authenticatedData: writeNote(time, changes),
    ...(kept ? {} : { certificate: own.certificate }),
  })
  return pendingCommit(acting, made, act)
}

/** Until a circle knows of a person's new identity key, their devices sign in it with the certificate of their leaf. */
function signerIn({ devices }: LiveGroup, { certificate, device, signaturePrivateKey }: Own): Signer {
  return { certificate: devices.get(device)?.certificate.raw ?? certificate, signaturePrivateKey }
}
