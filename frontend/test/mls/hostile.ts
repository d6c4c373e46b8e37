/**
 * Messages that no honest device makes: an honest commit, changed, and signed again with the committer's own key.
 *
 * The confirmation tag stays that of the honest commit: whatever is refused here must be refused before it.
 */
import type { ClientState, MLSMessage } from "ts-mls"
import type { Commit } from "ts-mls/commit.js"
import { signFramedContentTBS, toTbs, type FramedContentCommit } from "ts-mls/framedContent.js"
import { signWithLabel } from "ts-mls/crypto/signature.js"
import { encodeLeafNodeTBS, signLeafNodeCommit, type LeafNode, type LeafNodeCommit, type LeafNodeUpdate } from "ts-mls/leafNode.js"
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js"
import { suite } from "../../src/core/mls/suite.ts"
import { leafNode, publicMessage } from "./cast.ts"

/** Who signs, and in which epoch. */
export type Signer = Pick<ClientState, "signaturePrivateKey" | "groupContext" | "keySchedule">

export async function changed(
  message: MLSMessage,
  signer: Signer,
  change: (content: FramedContentCommit) => FramedContentCommit,
): Promise<MLSMessage> {
  const cs = await suite()
  const honest = publicMessage(message)
  if (honest.content.contentType !== "commit") throw new TypeError("not a commit")
  const content = change(honest.content)
  const tbs = toTbs(content, "mls_public_message", signer.groupContext)
  const signature = await signFramedContentTBS(signer.signaturePrivateKey, tbs, cs.signature)
  const auth = { ...honest.auth, signature }
  const authentic = { wireformat: "mls_public_message", content, auth } as const
  const { membershipKey } = signer.keySchedule
  const changedMessage = await protectPublicMessage(membershipKey, signer.groupContext, authentic, cs)
  return { version: "mls10", wireformat: "mls_public_message", publicMessage: changedMessage }
}

export function changedCommit(
  message: MLSMessage,
  signer: Signer,
  change: (commit: Commit) => Commit,
): Promise<MLSMessage> {
  return changed(message, signer, (content) => ({ ...content, commit: change(content.commit) }))
}

/** A leaf node of a commit, changed and signed again. */
export async function changedLeaf(
  leaf: LeafNodeCommit,
  signer: Signer,
  leafIndex: number,
  change: Partial<LeafNodeCommit>,
): Promise<LeafNodeCommit> {
  const { groupId } = signer.groupContext
  return signLeafNodeCommit(
    { ...leaf, ...change, groupId, leafIndex },
    signer.signaturePrivateKey,
    (await suite()).signature,
  )
}

export function pathOf(message: MLSMessage): NonNullable<Commit["path"]> {
  const { content } = publicMessage(message)
  if (content.contentType !== "commit" || content.commit.path === undefined) throw new TypeError("no path")
  return content.commit.path
}

/** One's own leaf as an Update proposal would bring it. */
export async function updateOf(state: ClientState, change: Partial<LeafNode>): Promise<LeafNodeUpdate> {
  const { leafIndex } = state.privatePath
  const leaf = leafNode(state.ratchetTree, leafIndex)
  const { hpkePublicKey, signaturePublicKey, credential, capabilities, extensions } = { ...leaf, ...change }
  const data = { hpkePublicKey, signaturePublicKey, credential, capabilities, extensions, leafNodeSource: "update" } as const
  const { groupId } = state.groupContext
  const tbs = encodeLeafNodeTBS({ ...data, groupId, leafIndex })
  const signature = await signWithLabel(state.signaturePrivateKey, "LeafNodeTBS", tbs, (await suite()).signature)
  return { ...data, signature }
}
