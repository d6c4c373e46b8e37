/**
 * Coming in by external commit: an invited person's first device, or a further device of a member.
 *
 * A joiner cannot check MLS's confirmation tag, so a server could show it an invented group. What it trusts is the
 * chain, all of it, through the invitation that it holds (or, for who opened the circle, through its own first change).
 */
import type { ChainAnswer, GroupAnswer } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { clientError } from "../errors.ts"
import { idBytes } from "../encoding/uuid.ts"
import type { CircleId, CommitRef } from "../ids.ts"
import { joinExternally, type GroupView, type OwnCommit } from "../mls/group.ts"
import { readChange } from "../policy/change.ts"
import { fold } from "../policy/fold.ts"
import { foldThroughInvitation } from "../policy/invitation.ts"
import { writeNote } from "../policy/note.ts"
import { isPast } from "../policy/person.ts"
import { writePolicy, type Policy } from "../policy/policy.ts"
import type { Mark } from "../vault/content.ts"
import { pendingCommit } from "./acts.ts"
import { devicesOf } from "./devices.ts"
import type { LiveGroup } from "./group.ts"
import type { Own } from "./own.ts"
import type { PendingCommit } from "./records.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import type { EpochHash } from "./standing.ts"

export interface Joining {
  readonly circle: CircleId
  readonly own: Own
  readonly chain: ChainAnswer
  readonly group: GroupAnswer
  /** The server's time. */
  readonly time: number
  readonly ref: CommitRef
  /** What this person knows of the circle already: nothing older is taken. */
  readonly known: Known
}

export interface Known {
  /** Confirmed, by this device or another of this person. */
  readonly marks: readonly Mark[]
  /** The group that this device holds and cannot follow: only a later one that extends its chain takes its place. */
  readonly group: LiveGroup | undefined
}

/** Of a group and a chain that are not of one moment, whoever's fault it is. */
export const OTHER_POLICY = "the group's policy is not the chain's"

/** Throws CircleRefused. */
export async function join(joining: Joining): Promise<PendingCommit> {
  const { chain, circle, group, own, ref, time } = joining
  const changes = chain.changes.map(fromBase64)
  const evidence = fromBase64(group.group_info)
  try {
    const policy = await verifiedPolicy(changes, chain.invitation, joining)
    const me = policy.persons.get(own.user)
    if (me?.pending !== null || !sameBytes(me.identity, own.identity)) {
      throw new CircleRefused("broken_chain", "the chain does not name me", evidence)
    }
    if (me.revoked.includes(own.device)) throw clientError("closed", "device_revoked")
    if (isPast(me, time)) throw new CircleRefused("policy_without_right", "membership_past_end", evidence)
    checkChain(changes, policy, joining.known, evidence)
    const { made, shown } = await commitJoin(joining, policy)
    const first = changes[0]
    if (first === undefined) throw new TypeError("a verified chain has a first change")
    const acting = { group: { circle }, ref, change0: readChange(first).hash }
    return { ...(await pendingCommit(acting, made, { do: "join" })), shown }
  } catch (error) {
    throw asCircleRefused(error, evidence)
  }
}

/** The chain goes on from what is known here. Throws CircleRefused. */
function checkChain(
  changes: readonly Uint8Array[],
  policy: Policy,
  { group, marks }: Known,
  evidence: Uint8Array,
): void {
  if (marks.some(({ n }) => n > policy.head.n)) throw new CircleRefused("older_epoch", "an older chain", evidence)
  if (group === undefined) return
  const same = changes[group.policy.head.n]
  if (same === undefined || !sameBytes(readChange(same).hash, group.policy.head.hash)) {
    throw new CircleRefused("broken_chain", "does not extend the chain known here", evidence)
  }
}

async function verifiedPolicy(
  changes: readonly Uint8Array[],
  invitation: string | null,
  { circle, own }: Joining,
): Promise<Policy> {
  if (invitation !== null) return foldThroughInvitation(changes, fromBase64(invitation), { ...own, circle })
  const policy = await fold(changes, circle)
  const op = changes[0] === undefined ? undefined : readChange(changes[0]).op
  // That the chain ends with my identity is checked by the caller: rotations lead there from the one that opened the
  // circle, or a reset, which is a coordinator's word for it as an invitation is.
  const iOpenedIt = op?.type === "create" && op.person.user === own.user
  if (!iOpenedIt) throw new CircleRefused("broken_chain", "no invitation", policy.head.hash)
  return policy
}

/** Twice when the tree still holds this very device's leaf: then it comes back in its own place. */
async function commitJoin(
  joining: Joining,
  policy: Policy,
): Promise<{ readonly made: OwnCommit; readonly shown: EpochHash }> {
  const { circle, group, own, time } = joining
  let oldLeaf: number | undefined
  let shown: EpochHash = { epoch: group.epoch, confirmed: new Uint8Array() }
  let mine: unknown
  const attempt = (): Promise<OwnCommit> =>
    joinExternally(
      {
        groupInfo: fromBase64(group.group_info),
        ratchetTree: fromBase64(group.tree),
        leaf: own,
        authenticatedData: writeNote(time, []),
        now: new Date(time),
        ...(oldLeaf === undefined ? {} : { resyncOwnLeaf: oldLeaf }),
      },
      {
        // Every leaf of the shown tree is checked with the whole, below.
        leaf: () => undefined,
        group: async (view) => {
          try {
            checkEpoch(view, joining.known)
            shown = { epoch: group.epoch, confirmed: view.confirmedTranscriptHash }
            const found = await ownLeafIn(view, { circle, epoch: group.epoch, policy }, own)
            if (found === oldLeaf) return undefined
            oldLeaf = found
            return "again"
          } catch (error) {
            mine = error
            return "refused"
          }
        },
      },
    )
  try {
    return { made: await attempt(), shown }
  } catch (error) {
    if (mine !== undefined) throw asCircleRefused(mine, joining.own.certificate)
    if (oldLeaf === undefined) throw error
    return { made: await attempt(), shown }
  }
}

/** The epoch comes after what is known here, or is the marked one itself. Throws CircleRefused. */
function checkEpoch({ confirmedTranscriptHash, epoch, policy }: GroupView, { group, marks }: Known): void {
  const shown = Number(epoch)
  if (group !== undefined && shown <= group.epoch) {
    throw new CircleRefused("older_epoch", "no later epoch than this device's", policy)
  }
  for (const mark of marks) {
    if (shown < mark.epoch) throw new CircleRefused("older_epoch", "behind what was confirmed", policy)
    if (shown === mark.epoch && !sameBytes(confirmedTranscriptHash, mark.confirmed)) {
      throw new CircleRefused("fork", "another state of an epoch that was confirmed", policy)
    }
  }
}

/**
 * The shown group is this circle at this epoch, its policy exactly what the verified chain writes, and every leaf is a
 * device that a person of the policy signed for. Answers this device's own leaf, if it has one. Throws CircleRefused.
 */
async function ownLeafIn(
  view: GroupView,
  expected: { readonly circle: CircleId; readonly epoch: number; readonly policy: Policy },
  own: Own,
): Promise<number | undefined> {
  if (!sameBytes(view.groupId, idBytes(expected.circle)) || view.epoch !== BigInt(expected.epoch)) {
    throw new CircleRefused("wrong_place", "another group than was asked for", view.policy)
  }
  if (!sameBytes(view.policy, writePolicy(expected.policy))) {
    throw new CircleRefused("broken_chain", OTHER_POLICY, view.policy)
  }
  const devices = await devicesOf(view.roster, expected.policy)
  if (typeof devices === "string") throw new CircleRefused("foreign_device", devices, view.policy)
  return devices.get(own.device)?.leaf
}
