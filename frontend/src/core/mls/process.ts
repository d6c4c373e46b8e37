/**
 * Taking in another device's commit (RFC 9420 §12.4.2), with the caller's checks before anything is accepted.
 *
 * Order: bytes, group and epoch, allow-list of proposals, the library's verification (which asks about each
 * leaf), the caller's judgement of the whole. Only then is there a next state; a refusal changes nothing.
 */
import {
  decodeMlsMessage,
  emptyPskIndex,
  encodeMlsMessage,
  processPublicMessage,
  type GroupContext,
  type Proposal,
  type PublicMessage,
  type RatchetTree,
} from "ts-mls"
import { CryptoError, CryptoVerificationError, ValidationError } from "ts-mls/mlsError.js"
import { findBlankLeafNodeIndexOrExtend, removeLeafNode } from "ts-mls/ratchetTree.js"
import { toLeafIndex } from "ts-mls/treemath.js"
import { sameBytes } from "./bytes.ts"
import { leafHooks, policyIn, withConfig, type LeafCheck, type LeafClaim, type Verdict } from "./context.ts"
import { decodeExact } from "./exact.ts"
import { CommitRefused } from "./refused.ts"
import { hasLeft, kept, policyOf, rosterEntry, type GroupState, type RosterEntry } from "./state.ts"
import { suite } from "./suite.ts"

/** The server's bound for a commit frame; a commit alone is always smaller. */
const MAX_COMMIT_BYTES = 512 * 1024

/** What an authentic commit does; the policy rules judge it by this. */
export interface CommitSummary {
  readonly groupId: Uint8Array
  /** The epoch the commit was made in; it leads to this + 1 */
  readonly epoch: bigint
  /** The committer as the commit leaves it */
  readonly committer: RosterEntry
  /** True when the committer comes in by this commit */
  readonly external: boolean
  /** The committer's leaf before: as a member, or the old leaf that a returning device removes */
  readonly committerBefore: RosterEntry | undefined
  /** Every leaf the commit removes, as it stood before */
  readonly removed: readonly RosterEntry[]
  readonly policyBefore: Uint8Array
  /** The new policy, when the commit brings one */
  readonly policy: Uint8Array | undefined
  readonly authenticatedData: Uint8Array
}

export interface CommitChecks {
  /** The committer's new leaf. */
  readonly leaf: LeafCheck
  /** A leaf that takes another's place: the committer's own, or a returning device's. */
  readonly successor: (before: LeafClaim, after: LeafClaim) => Verdict | Promise<Verdict>
  /** The whole commit, once its signature, keys and hashes hold. */
  readonly commit: (summary: CommitSummary) => Verdict | Promise<Verdict>
}

export interface ProcessedCommit {
  readonly next: GroupState
  /** This device was removed: `next` can be read but not used, and holds no new secret */
  readonly removed: boolean
  readonly summary: CommitSummary
}

export async function processCommit(
  state: GroupState,
  bytes: Uint8Array,
  checks: CommitChecks,
): Promise<ProcessedCommit> {
  const refuse = (code: CommitRefused["code"], detail?: string, cause?: unknown) =>
    new CommitRefused(code, bytes, detail, cause)

  if (hasLeft(state)) throw refuse("left")
  if (bytes.length > MAX_COMMIT_BYTES) throw refuse("too_large")
  const message = decodeExact(bytes, decodeMlsMessage, encodeMlsMessage)
  if (message === undefined) throw refuse("malformed")
  if (message.wireformat !== "mls_public_message") throw refuse("not_a_commit")
  const { publicMessage } = message
  const { content } = publicMessage
  if (content.contentType !== "commit") throw refuse("not_a_commit")
  if (!sameBytes(content.groupId, state.groupContext.groupId)) throw refuse("wrong_group")
  if (content.epoch !== state.groupContext.epoch) throw refuse("wrong_epoch", String(content.epoch))

  const read = readCommit(publicMessage, state.ratchetTree, state.groupContext)
  if (typeof read === "string") throw refuse(REFUSALS[read].code, REFUSALS[read].detail)

  const hooks = leafHooks(checks.leaf, checks.successor)
  let processed
  try {
    processed = await processPublicMessage(
      withConfig(state, hooks.config),
      publicMessage,
      emptyPskIndex,
      await suite(),
    )
  } catch (cause) {
    const refused = hooks.refusal()
    if (refused !== undefined) throw refuse(refused.code, refused.detail, cause)
    throw refuse(isAboutSecrets(cause) ? "secrets_refused" : "verification_failed", String(cause), cause)
  }

  const verdict = await checks.commit(read)
  if (verdict !== undefined) throw refuse("policy_refused", verdict)
  const next = kept(processed.newState)
  return { next, removed: hasLeft(next), summary: read }
}

/** An honest server lets such a commit through, because it holds none of the secrets. */
function isAboutSecrets(cause: unknown): boolean {
  if (cause instanceof CryptoError) return true
  if (cause instanceof CryptoVerificationError) return TAGS.has(cause.message)
  return cause instanceof ValidationError && cause.message === PATH_SECRET
}

/** The library's words (RFC 9420 §6.2, §6.1; §7.5 in our patch). */
const TAGS: ReadonlySet<string> = new Set(["Could not verify membership", "Could not verify confirmation tag"])
const PATH_SECRET = "Public key derived from the path secret is not the one in the tree"

const REFUSALS = {
  sender: { code: "not_a_commit", detail: "sender is neither a member nor a joiner" },
  path: { code: "proposal_refused", detail: "no path" },
  reference: { code: "proposal_refused", detail: "proposal by reference" },
  type: { code: "proposal_refused", detail: "proposal outside the allow-list" },
  remove: { code: "proposal_refused", detail: "removes a leaf that is not there" },
  extensions: { code: "extensions_refused", detail: "only the policy may change" },
  credential: { code: "leaf_refused", detail: "not a basic credential" },
} as const

/** The allow-list: what this commit does, or why it may not. */
function readCommit(
  { content }: PublicMessage,
  tree: RatchetTree,
  context: GroupContext,
): CommitSummary | keyof typeof REFUSALS {
  if (content.contentType !== "commit") return "sender"
  if (content.sender.senderType !== "member" && content.sender.senderType !== "new_member_commit") return "sender"
  const external = content.sender.senderType === "new_member_commit"
  const { path, proposals } = content.commit
  if (path === undefined) return "path"

  const removed: RosterEntry[] = []
  const policies: Uint8Array[] = []
  let inits = 0
  for (const inline of proposals) {
    if (inline.proposalOrRefType !== "proposal") return "reference"
    const proposal: Proposal = inline.proposal
    if (proposal.proposalType === "remove" && "remove" in proposal) {
      const entry = rosterEntry(tree, proposal.remove.removed)
      if (entry === undefined) return "remove"
      removed.push(entry)
    } else if (proposal.proposalType === "group_context_extensions" && "groupContextExtensions" in proposal) {
      const policy = policyIn(proposal.groupContextExtensions.extensions)
      if (policy === undefined) return "extensions"
      policies.push(policy)
    } else if (proposal.proposalType === "external_init") {
      inits += 1
    } else {
      return "type"
    }
  }
  if (inits !== (external ? 1 : 0)) return "type"
  if (policies.length > (external ? 0 : 1)) return "type"
  if (external && removed.length > 1) return "type"

  if (path.leafNode.credential.credentialType !== "basic") return "credential"
  const leaf = content.sender.senderType === "member" ? content.sender.leafIndex : joinerLeaf(tree, removed)
  return {
    groupId: content.groupId,
    epoch: content.epoch,
    committer: { leaf, identity: path.leafNode.credential.identity, signatureKey: path.leafNode.signaturePublicKey },
    external,
    committerBefore: external ? removed[0] : rosterEntry(tree, leaf),
    removed,
    policyBefore: policyOf(context),
    policy: policies[0],
    authenticatedData: content.authenticatedData,
  }
}

/** RFC 9420 §12.4.3.2: a joiner takes the leftmost leaf that is blank once the removals are done. */
function joinerLeaf(tree: RatchetTree, removed: readonly RosterEntry[]): number {
  const after = removed.reduce((acc, entry) => removeLeafNode(acc, toLeafIndex(entry.leaf)), tree)
  return findBlankLeafNodeIndexOrExtend(after) / 2
}
