/**
 * Joining by external commit (RFC 9420 §12.4.3.2): a first or further device, or a device that comes back
 * (resync) and removes its own old leaf in the same commit.
 *
 * A joiner cannot check the confirmation tag, so the caller's checks carry the weight: every leaf against the
 * policy, the policy's chain against the invitation, the epoch against the highest one seen before.
 */
import { joinGroupExternal, type GroupInfo } from "ts-mls"
import { decodeGroupInfo, encodeGroupInfo } from "ts-mls/groupInfo.js"
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { ownCommit, type OwnCommit } from "./commit.ts"
import { isOurSuite, leafHooks, policyIn, type LeafCheck, type OwnLeaf, type Verdict } from "./context.ts"
import { keyPackage } from "./create.ts"
import { decodeExact } from "./exact.ts"
import { JoinRefused } from "./refused.ts"
import { kept, rosterOf, type RosterEntry } from "./state.ts"
import { suite } from "./suite.ts"

/** 500 leaves need about 500 kB; beyond this nothing is decoded. */
const MAX_TREE_BYTES = 4 * 1024 * 1024
const MAX_GROUP_INFO_BYTES = 1024 * 1024

/** The group as the server shows it, before this device's commit. */
export interface GroupView {
  readonly groupId: Uint8Array
  readonly epoch: bigint
  readonly policy: Uint8Array
  readonly roster: readonly RosterEntry[]
  /** The member who signed the GroupInfo */
  readonly signer: RosterEntry
  readonly treeHash: Uint8Array
  readonly confirmedTranscriptHash: Uint8Array
}

export interface JoinChecks {
  /** Each leaf of the shown tree. */
  readonly leaf: LeafCheck
  /** The whole shown group, after its signatures and hashes held: policy chain, roster against policy, epoch. */
  readonly group: (view: GroupView) => Verdict | Promise<Verdict>
}

export interface ExternalJoin {
  /** GroupInfo with extensions exactly [external_pub] */
  readonly groupInfo: Uint8Array
  readonly ratchetTree: Uint8Array
  readonly leaf: OwnLeaf
  readonly authenticatedData: Uint8Array
  /** The index of this device's old leaf, when it comes back */
  readonly resyncOwnLeaf?: number
  readonly now?: Date
}

export async function joinExternally(shown: ExternalJoin, checks: JoinChecks): Promise<OwnCommit> {
  const refuse = (code: JoinRefused["code"], detail?: string, cause?: unknown) =>
    new JoinRefused(code, shown.groupInfo, detail, cause)

  if (shown.groupInfo.length > MAX_GROUP_INFO_BYTES) throw refuse("too_large")
  if (shown.ratchetTree.length > MAX_TREE_BYTES) throw refuse("too_large")
  const info = decodeExact(shown.groupInfo, decodeGroupInfo, encodeGroupInfo)
  if (info === undefined) throw refuse("malformed", "group info")
  const tree = decodeExact(shown.ratchetTree, decodeRatchetTree, encodeRatchetTree)
  if (tree === undefined) throw refuse("malformed", "ratchet tree")
  if (!isOurSuite(info.groupContext)) throw refuse("wrong_suite")
  if (!hasExactlyExternalPub(info)) throw refuse("extensions_refused", "group info")
  const policy = policyIn(info.groupContext.extensions)
  if (policy === undefined) throw refuse("extensions_refused", "group context")

  const roster = rosterOf(tree)
  const signer = roster.find((entry) => entry.leaf === info.signer)
  if (signer === undefined) throw refuse("verification_failed", "signer is not a member")
  const old = shown.resyncOwnLeaf === undefined ? undefined : tree[shown.resyncOwnLeaf * 2]
  if (shown.resyncOwnLeaf !== undefined && old?.nodeType !== "leaf") throw refuse("verification_failed", "no such own leaf")

  const cs = await suite()
  const hooks = leafHooks(checks.leaf, () => undefined)
  const { publicPackage, privatePackage } = await keyPackage(shown.leaf, shown.now ?? new Date())
  let joined
  try {
    joined = await joinGroupExternal(
      info,
      publicPackage,
      privatePackage,
      old !== undefined,
      cs,
      tree,
      {
        ...hooks.config,
        keyPackageEqualityConfig: {
          ...hooks.config.keyPackageEqualityConfig,
          // The library finds our old leaf by comparing; we know which one it is.
          compareKeyPackageToLeafNode: (_own, leaf) => old?.nodeType === "leaf" && leaf === old.leaf,
        },
      },
      shown.authenticatedData,
    )
  } catch (cause) {
    const refused = hooks.refusal()
    if (refused !== undefined) throw refuse(refused.code, refused.detail, cause)
    throw refuse("verification_failed", String(cause), cause)
  }

  const verdict = await checks.group({
    groupId: info.groupContext.groupId,
    epoch: info.groupContext.epoch,
    policy,
    roster,
    signer,
    treeHash: info.groupContext.treeHash,
    confirmedTranscriptHash: info.groupContext.confirmedTranscriptHash,
  })
  if (verdict !== undefined) throw refuse("policy_refused", verdict)
  return ownCommit(
    { version: "mls10", wireformat: "mls_public_message", publicMessage: joined.publicMessage },
    kept(joined.newState),
  )
}

function hasExactlyExternalPub(info: GroupInfo): boolean {
  return info.extensions.length === 1 && info.extensions[0]?.extensionType === "external_pub"
}
