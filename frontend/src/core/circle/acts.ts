/**
 * Commits of this device: each is made as the bytes to send and the state that follows, both kept before anything is
 * sent.
 *
 * The epoch's key goes with it, sealed to everyone who has a leaf (docs/protocol.md, "Epoch keys sealed to persons").
 */
import type { EndCode } from "../api/types.ts"
import { toBase64 } from "../encoding/base64.ts"
import type { CommitRef, RoleId, UserId } from "../ids.ts"
import { commitPolicy, commitUpdate, serialise, type OwnCommit } from "../mls/group.ts"
import { makeChange, readChange, type Operation } from "../policy/change.ts"
import { apply } from "../policy/fold.ts"
import { makeInvitation } from "../policy/invitation.ts"
import { writeNote } from "../policy/note.ts"
import type { PolicyPerson } from "../policy/person.ts"
import { writePolicy, type Head, type Policy } from "../policy/policy.ts"
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

export async function invite(acting: Acting, person: PolicyPerson, role: RoleId): Promise<PendingCommit> {
  const { change0, group, own, time } = acting
  const { change, policy } = await changePolicy(acting, { type: "invite", person })
  const invitation = await makeInvitation(
    {
      circle: group.circle,
      change0,
      head: policy.head,
      user: person.user,
      identity: person.identity,
      created: time,
      expires: time + INVITATION_LIFE,
    },
    own,
  )
  const made = await commitPolicy(group.state, {
    policy: writePolicy(policy),
    authenticatedData: writeNote(time, [change]),
  })
  return pendingCommit(acting, made, { do: "invite", role_id: role, invitation: toBase64(invitation) })
}

/** Takes away every leaf of the person, or the standing of someone who never came in. */
export async function end(acting: Acting, user: UserId, code: EndCode, reason: string): Promise<PendingCommit> {
  const { group, time } = acting
  const { change, policy } = await changePolicy(acting, { type: "end", user, code })
  const leaves = [...group.devices.values()].filter(({ certificate }) => certificate.user === user)
  const made = await commitPolicy(group.state, {
    policy: writePolicy(policy),
    removeLeaves: leaves.map(({ leaf }) => leaf),
    authenticatedData: writeNote(time, [change]),
  })
  return pendingCommit(acting, made, { do: "end", user, code, reason })
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
  return { ref, commit: made.commit, frame, next: serialise(made.next), change0 }
}

/** The signed change and the policy after it; refuses, as everybody else would, what this device may not change. */
async function changePolicy(
  { group, own, time }: Acting,
  op: Operation,
): Promise<{ readonly change: Uint8Array; readonly policy: Policy }> {
  const { head }: { readonly head: Head } = group.policy
  const change = await makeChange({ circle: group.circle, n: head.n + 1, prev: head.hash, op, time }, own)
  return { change, policy: await apply(group.policy, readChange(change)) }
}
