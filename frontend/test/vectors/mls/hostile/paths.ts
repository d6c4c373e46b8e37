/** Update paths that do not fit their tree (RFC 9420 §7.5, §7.6, §12.4.2). */
import type { UpdatePathNode } from "ts-mls/updatePath.js"
import { at, leafNode } from "../../../mls/cast.ts"
import { seeded } from "../../cast.ts"
import { path, recommitted, withNodes, withPath, withTwoNodes, type Honest, type Hostile } from "./honest.ts"

function withAll(honest: Honest, nodes: UpdatePathNode[]): Promise<Uint8Array> {
  return recommitted(honest, (commit) => ({ ...commit, path: { ...path(honest), nodes } }))
}

function withNode(honest: Honest, change: (node: UpdatePathNode) => Partial<UpdatePathNode>): Promise<Uint8Array> {
  const [first, ...others] = path(honest).nodes
  if (first === undefined) throw new TypeError("no node above")
  return withAll(honest, [{ ...first, ...change(first) }, ...others])
}

const aKey = seeded("a key of nobody")
const sealed = { kemOutput: aKey, ciphertext: new Uint8Array(48) }

export const PATHS: readonly Hostile[] = [
  {
    reason: "no path",
    code: "path_missing",
    fits: withPath,
    make: (honest) => recommitted(honest, (commit) => ({ ...commit, path: undefined })),
  },
  {
    reason: "a path without its last node",
    code: "bad_path",
    fits: withNodes,
    make: (honest) => withAll(honest, path(honest).nodes.slice(0, -1)),
  },
  {
    reason: "a path with a node too many",
    code: "bad_path",
    fits: withPath,
    make: (honest) => withAll(honest, [...path(honest).nodes, { hpkePublicKey: aKey, encryptedPathSecret: [sealed] }]),
  },
  {
    reason: "a path secret missing",
    code: "bad_path",
    fits: withNodes,
    make: (honest) => withNode(honest, (node) => ({ encryptedPathSecret: node.encryptedPathSecret.slice(1) })),
  },
  {
    reason: "a path secret too many",
    code: "bad_path",
    fits: withNodes,
    make: (honest) => withNode(honest, (node) => ({ encryptedPathSecret: [...node.encryptedPathSecret, sealed] })),
  },
  {
    reason: "a path secret too short",
    code: "bad_path",
    fits: withNodes,
    make: (honest) =>
      withNode(honest, (node) => ({
        encryptedPathSecret: node.encryptedPathSecret.map((each) => ({
          ...each,
          ciphertext: each.ciphertext.slice(1),
        })),
      })),
  },
  {
    reason: "a path secret sealed with a short key",
    code: "bad_path",
    fits: withNodes,
    make: (honest) =>
      withNode(honest, (node) => ({
        encryptedPathSecret: node.encryptedPathSecret.map((each) => ({ ...each, kemOutput: aKey.slice(16) })),
      })),
  },
  {
    reason: "a path key of small order",
    code: "weak_key",
    fits: withNodes,
    make: (honest) => withNode(honest, () => ({ hpkePublicKey: new Uint8Array(32) })),
  },
  {
    reason: "a path key with a member's encryption key",
    code: "duplicate_key",
    fits: withNodes,
    make: (honest) =>
      withNode(honest, () => ({ hpkePublicKey: leafNode(honest.tree, honest.otherLeaf).hpkePublicKey })),
  },
  {
    reason: "the same key at two nodes of the path",
    code: "bad_parent_hash",
    fits: withTwoNodes,
    make: (honest) => withNode(honest, () => ({ hpkePublicKey: at(path(honest).nodes, 1).hpkePublicKey })),
  },
  {
    reason: "a key above that the parent hash does not cover",
    code: "bad_parent_hash",
    fits: withNodes,
    make: (honest) => withNode(honest, () => ({ hpkePublicKey: aKey })),
  },
]
