/** Official vectors for the ratchet tree: its arithmetic, its validity, its changes, and TreeKEM. */
import type { CiphersuiteImpl, GroupContext, PrivateKeyPath, RatchetTree } from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { validateRatchetTree } from "ts-mls/clientState.js"
import { applyUpdatePathSecret } from "ts-mls/createCommit.js"
import { decodeGroupInfo, verifyGroupInfoSignature } from "ts-mls/groupInfo.js"
import { verifyLeafNodeSignature, verifyLeafNodeSignatureKeyPackage } from "ts-mls/leafNode.js"
import { verifyParentHashes } from "ts-mls/parentHash.js"
import { getCommitSecret, pathToPathSecrets } from "ts-mls/pathSecrets.js"
import { toPrivateKeyPath } from "ts-mls/privateKeyPath.js"
import { decodeProposal } from "ts-mls/proposal.js"
import {
  addLeafNode,
  decodeRatchetTree,
  encodeRatchetTree,
  getSignaturePublicKeyFromLeafIndex,
  removeLeafNode,
  resolution,
  updateLeafNode,
} from "ts-mls/ratchetTree.js"
import { treeHash, treeHashRoot } from "ts-mls/treeHash.js"
import { left, nodeWidth, parent, right, root, sibling, toLeafIndex, toNodeIndex, isLeaf } from "ts-mls/treemath.js"
import { applyUpdatePath, createUpdatePath, decodeUpdatePath } from "ts-mls/updatePath.js"
import { expect, it } from "vitest"
import { suiteNumber } from "./suites.ts"
import { bytes, describeVectors, vectors } from "./vectors.ts"

interface TreeMath {
  readonly n_leaves: number
  readonly n_nodes: number
  readonly root: number
  readonly left: readonly (number | null)[]
  readonly right: readonly (number | null)[]
  readonly parent: readonly (number | null)[]
  readonly sibling: readonly (number | null)[]
}

describeVectors("tree-math", () => {
  vectors<TreeMath>("tree-math").forEach((entry) => {
    it(`finds its way in a tree of ${entry.n_leaves} leaves`, () => {
      expect(nodeWidth(entry.n_leaves)).toBe(entry.n_nodes)
      expect(root(entry.n_leaves)).toBe(entry.root)
      for (let index = 0; index < entry.n_nodes; index++) {
        const node = toNodeIndex(index)
        expect(isLeaf(node) ? null : left(node)).toBe(entry.left[index])
        expect(isLeaf(node) ? null : right(node)).toBe(entry.right[index])
        expect(index === entry.root ? null : parent(node, entry.n_leaves)).toBe(entry.parent[index])
        expect(index === entry.root ? null : sibling(node, entry.n_leaves)).toBe(entry.sibling[index])
      }
    })
  })
})

interface TreeValidation {
  readonly cipher_suite: number
  readonly tree: string
  readonly group_id: string
  readonly tree_hashes: readonly string[]
  readonly resolutions: readonly (readonly number[])[]
}

describeVectors("tree-validation", () => {
  vectors<TreeValidation>("tree-validation").forEach((entry, index) => {
    it(`finds tree ${index} (suite ${entry.cipher_suite}) sound`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const tree = treeFrom(entry.tree)
      expect(encodeRatchetTree(tree)).toEqual(bytes(entry.tree))
      for (const [node, hash] of entry.tree_hashes.entries()) {
        expect(await treeHash(tree, toNodeIndex(node), cs.hash)).toEqual(bytes(hash))
        expect(resolution(tree, toNodeIndex(node))).toEqual(entry.resolutions[node])
      }
      expect(await verifyParentHashes(tree, cs.hash)).toBe(true)
      for (const [node, content] of tree.entries()) {
        if (content?.nodeType !== "leaf") continue
        const { leaf } = content
        const signed =
          leaf.leafNodeSource === "key_package"
            ? verifyLeafNodeSignatureKeyPackage(leaf, cs.signature)
            : verifyLeafNodeSignature(leaf, bytes(entry.group_id), node / 2, cs.signature)
        expect(await signed).toBe(true)
      }
    })
  })
})

interface PublicGroup {
  readonly file: string
  readonly index: number
  readonly cipher_suite: number
  readonly group_info: string
  readonly ratchet_tree: string
}

describeVectors("the groups of the passive clients", () => {
  vectors<PublicGroup>("derived-passive-public").forEach((entry) => {
    it(`are fit to join: ${entry.file} ${entry.index} (suite ${entry.cipher_suite})`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const info = decodeGroupInfo(bytes(entry.group_info), 0)?.[0]
      if (info === undefined) throw new Error("vector")
      const { lifetimeConfig, authService } = defaultClientConfig
      const { groupContext } = info
      const tree = treeFrom(entry.ratchet_tree)
      const error = await validateRatchetTree(tree, groupContext, lifetimeConfig, authService, groupContext.treeHash, cs)
      expect(error).toBeUndefined()
      const key = getSignaturePublicKeyFromLeafIndex(tree, toLeafIndex(info.signer))
      expect(await verifyGroupInfoSignature(info, key, cs.signature)).toBe(true)
    })
  })
})

interface TreeOperation {
  readonly cipher_suite: number
  readonly proposal: string
  readonly proposal_sender: number
  readonly tree_before: string
  readonly tree_hash_before: string
  readonly tree_after: string
  readonly tree_hash_after: string
}

describeVectors("tree-operations", () => {
  vectors<TreeOperation>("tree-operations").forEach((entry, index) => {
    it(`changes the tree as operation ${index} says`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const before = treeFrom(entry.tree_before)
      expect(await treeHashRoot(before, cs.hash)).toEqual(bytes(entry.tree_hash_before))
      const after = operated(before, entry)
      expect(encodeRatchetTree(after)).toEqual(bytes(entry.tree_after))
      expect(await treeHashRoot(after, cs.hash)).toEqual(bytes(entry.tree_hash_after))
    })
  })
})

function operated(tree: RatchetTree, entry: TreeOperation): RatchetTree {
  const proposal = decodeProposal(bytes(entry.proposal), 0)?.[0]
  if (proposal === undefined) throw new Error("vector")
  if ("add" in proposal) return addLeafNode(tree, proposal.add.keyPackage.leafNode)[0]
  if ("update" in proposal) return updateLeafNode(tree, proposal.update.leafNode, toLeafIndex(entry.proposal_sender))
  if ("remove" in proposal) return removeLeafNode(tree, toLeafIndex(proposal.remove.removed))
  throw new Error("vector")
}

interface TreeKem {
  readonly cipher_suite: number
  readonly epoch: number
  readonly group_id: string
  readonly confirmed_transcript_hash: string
  readonly ratchet_tree: string
  readonly leaves_private: readonly {
    readonly index: number
    readonly encryption_priv: string
    readonly signature_priv: string
    readonly path_secrets: readonly { readonly node: number; readonly path_secret: string }[]
  }[]
  readonly update_paths: readonly {
    readonly sender: number
    readonly update_path: string
    readonly path_secrets: readonly (string | null)[]
    readonly commit_secret: string
    readonly tree_hash_after: string
  }[]
}

describeVectors("treekem", () => {
  vectors<TreeKem>("treekem").forEach((entry, index) => {
    it(`reads every update path of tree ${index} (suite ${entry.cipher_suite})`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const tree = treeFrom(entry.ratchet_tree)
      const members = await privateKeys(entry, tree, cs)
      for (const given of entry.update_paths) {
        const path = decodeUpdatePath(bytes(given.update_path), 0)?.[0]
        if (path === undefined) throw new Error("vector")
        const sender = toLeafIndex(given.sender)
        const after = await applyUpdatePath(tree, sender, path, cs.hash)
        expect(await treeHashRoot(after, cs.hash)).toEqual(bytes(given.tree_hash_after))
        const context = provisional(entry, bytes(given.tree_hash_after), cs)
        for (const member of members) {
          const secret = given.path_secrets[member.leafIndex]
          if (member.leafIndex === given.sender || secret === null || secret === undefined) continue
          const got = await applyUpdatePathSecret(after, member, sender, context, path, [], cs)
          expect(got.pathSecret).toEqual(bytes(secret))
          expect(await getCommitSecret(after, got.nodeIndex, got.pathSecret, cs.kdf)).toEqual(bytes(given.commit_secret))
        }
      }
    })

    it(`has its own update paths read in tree ${index} (suite ${entry.cipher_suite})`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const tree = treeFrom(entry.ratchet_tree)
      const members = await privateKeys(entry, tree, cs)
      const [signer] = entry.leaves_private
      if (signer === undefined) throw new Error("vector")
      const sender = toLeafIndex(signer.index)
      const old = { ...provisional(entry, new Uint8Array(), cs), epoch: BigInt(entry.epoch) - 1n }
      const [after, path, secrets] = await createUpdatePath(tree, sender, old, bytes(signer.signature_priv), cs)
      const merged = await applyUpdatePath(tree, sender, path, cs.hash)
      expect(encodeRatchetTree(merged)).toEqual(encodeRatchetTree(after))
      const context = provisional(entry, await treeHashRoot(after, cs.hash), cs)
      const known = pathToPathSecrets(secrets)
      for (const member of members.filter(({ leafIndex }) => leafIndex !== signer.index)) {
        const got = await applyUpdatePathSecret(merged, member, sender, context, path, [], cs)
        expect(got.pathSecret).toEqual(known[got.nodeIndex])
      }
    })
  })
})

async function privateKeys(entry: TreeKem, tree: RatchetTree, cs: CiphersuiteImpl): Promise<PrivateKeyPath[]> {
  return Promise.all(
    entry.leaves_private.map(async (member) => {
      const secrets = Object.fromEntries(member.path_secrets.map(({ node, path_secret }) => [node, bytes(path_secret)]))
      // with the tree: each derived public key is compared with the one at its node
      const { privateKeys } = await toPrivateKeyPath(secrets, member.index, cs, tree)
      return {
        leafIndex: member.index,
        privateKeys: { ...privateKeys, [member.index * 2]: bytes(member.encryption_priv) },
      }
    }),
  )
}

function provisional(entry: TreeKem, hash: Uint8Array, cs: CiphersuiteImpl): GroupContext {
  return {
    version: "mls10",
    cipherSuite: cs.name,
    groupId: bytes(entry.group_id),
    epoch: BigInt(entry.epoch),
    treeHash: hash,
    confirmedTranscriptHash: bytes(entry.confirmed_transcript_hash),
    extensions: [],
  }
}

function treeFrom(hex: string): RatchetTree {
  const decoded = decodeRatchetTree(bytes(hex), 0)
  if (decoded === undefined) throw new Error("vector")
  return decoded[0]
}
