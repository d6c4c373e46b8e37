/**
 * Commits by a member. Each returns the bytes to send and the state that follows; the caller stores both before
 * it sends, and adopts the state only when the server has accepted the commit.
 */
import { createCommit, encodeMlsMessage, type MLSMessage, type Proposal } from "ts-mls"
import { basicCredential, circleExtensions, NO_LEAVES, withConfig } from "./context.ts"
import { groupInfo } from "./groupInfo.ts"
import { kept, hasLeft, ownLeaf, rosterEntry, type GroupState } from "./state.ts"
import { suite } from "./suite.ts"

/** Everything the committer sends in one frame, and the state it comes to if the server accepts. */
export interface OwnCommit {
  /** MLSMessage holding a PublicMessage */
  readonly commit: Uint8Array
  readonly next: GroupState
  /** Our leaf in `next` */
  readonly leaf: number
  /** External public key of the next epoch, 32 bytes */
  readonly externalPub: Uint8Array
  /** Our signature over the GroupInfoTBS of the next epoch, extensions exactly [external_pub] */
  readonly groupInfoSignature: Uint8Array
  /** Confirmation tag of the next epoch, 32 bytes; also inside `commit` */
  readonly confirmationTag: Uint8Array
}

export interface PolicyCommit {
  /** The whole new `circle_policy` */
  readonly policy: Uint8Array
  /** Every leaf that goes, by index; never our own */
  readonly removeLeaves?: readonly number[]
  /** This device's certificate under its person's new identity key; without it our leaf keeps the one it has */
  readonly certificate?: Uint8Array
  /** Signed beside the commit, not secret: the commit's time */
  readonly authenticatedData: Uint8Array
}

/** A new policy, and with it any removals: Remove… then GroupContextExtensions, always with a path. */
export async function commitPolicy(
  state: GroupState,
  { policy, removeLeaves = [], certificate, authenticatedData }: PolicyCommit,
): Promise<OwnCommit> {
  for (const leaf of removeLeaves) {
    if (leaf === ownLeaf(state) || rosterEntry(state.ratchetTree, leaf) === undefined) {
      throw new TypeError(`leaf ${String(leaf)} cannot be removed by this commit`)
    }
  }
  const removes = removeLeaves.map((removed): Proposal => ({ proposalType: "remove", remove: { removed } }))
  const extensions: Proposal = {
    proposalType: "group_context_extensions",
    groupContextExtensions: { extensions: circleExtensions(policy) },
  }
  const made = certificate === undefined ? state : withCertificate(state, certificate)
  return commit(made, [...removes, extensions], authenticatedData)
}

/**
 * RFC 9420 §12.4.1: the leaf of an update path may bring a new credential. The library copies it from the leaf in the
 * tree it is given, and uses that leaf for nothing else: keys, hashes and the signed context are those of the group.
 */
function withCertificate(state: GroupState, certificate: Uint8Array): GroupState {
  const own = 2 * ownLeaf(state)
  const ratchetTree = state.ratchetTree.map((node, index) =>
    index === own && node?.nodeType === "leaf"
      ? { ...node, leaf: { ...node.leaf, credential: basicCredential(certificate) } }
      : node,
  )
  return { ...state, ratchetTree }
}

/** A key update: an empty commit with a path. */
export async function commitUpdate(
  state: GroupState,
  { authenticatedData }: { readonly authenticatedData: Uint8Array },
): Promise<OwnCommit> {
  return commit(state, [], authenticatedData)
}

async function commit(
  state: GroupState,
  proposals: Proposal[],
  authenticatedData: Uint8Array,
): Promise<OwnCommit> {
  if (hasLeft(state)) throw new TypeError("this device has left the group")
  const made = await createCommit(
    { state: withConfig(state, NO_LEAVES.config), cipherSuite: await suite() },
    { wireAsPublicMessage: true, extraProposals: proposals, authenticatedData },
  )
  return ownCommit(made.commit, kept(made.newState))
}

/** The frame for a commit of our own, by a member or a joiner. */
export async function ownCommit(message: MLSMessage, next: GroupState): Promise<OwnCommit> {
  const info = await groupInfo(next)
  return {
    commit: encodeMlsMessage(message),
    next,
    leaf: ownLeaf(next),
    externalPub: info.externalPub,
    groupInfoSignature: info.signature,
    confirmationTag: next.confirmationTag,
  }
}
