/** Trees out of the lives, in the form of tree-validation.json: hash and resolution of every node. */
import { bytesToHex } from "@noble/hashes/utils.js"
import type { CiphersuiteImpl, ClientState } from "ts-mls"
import { ciphersuites } from "ts-mls/crypto/ciphersuite.js"
import { encodeRatchetTree, resolution } from "ts-mls/ratchetTree.js"
import { treeHash } from "ts-mls/treeHash.js"
import { toNodeIndex } from "ts-mls/treemath.js"

export async function treeVector({ groupContext, ratchetTree }: ClientState, cs: CiphersuiteImpl): Promise<object> {
  const places = ratchetTree.map((_node, place) => toNodeIndex(place))
  const hashes = await Promise.all(places.map((place) => treeHash(ratchetTree, place, cs.hash)))
  return {
    cipher_suite: ciphersuites[groupContext.cipherSuite],
    tree: bytesToHex(encodeRatchetTree(ratchetTree)),
    group_id: bytesToHex(groupContext.groupId),
    resolutions: places.map((place) => resolution(ratchetTree, place)),
    tree_hashes: hashes.map(bytesToHex),
  }
}
