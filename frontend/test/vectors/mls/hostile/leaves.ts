/** The committer's new leaf, unfit (RFC 9420 §7.3) or not bound to the path above it (§7.9). */
import { encodeMlsMessage, type Capabilities } from "ts-mls"
import type { LeafNodeCommit } from "ts-mls/leafNode.js"
import { leafNode, text } from "../../../mls/cast.ts"
import { changedCommit, changedLeaf } from "../../../mls/hostile.ts"
import { seeded } from "../../cast.ts"
import { byMembersWithPath, path, recommitted, withNodes, withPath, type Honest, type Hostile } from "./honest.ts"

/** The commit with its leaf changed, and signed by `signer` for the place `place`. */
async function withLeaf(
  honest: Honest,
  change: Partial<LeafNodeCommit>,
  signer = honest.signer,
  place = honest.leaf,
): Promise<Uint8Array> {
  const leafNode = await changedLeaf(path(honest).leafNode, signer, place, change)
  return recommitted(honest, (commit) => ({ ...commit, path: { ...path(honest), leafNode } }))
}

function incapable(honest: Honest, change: Partial<Capabilities>): Promise<Uint8Array> {
  return withLeaf(honest, { capabilities: { ...path(honest).leafNode.capabilities, ...change } })
}

/** A joiner, or a member for its next leaf, takes a fellow member's signature key, having that key's private half. */
async function stolen(honest: Honest): Promise<Uint8Array> {
  const { signaturePrivateKey, signaturePublicKey } = honest.other
  const other = { ...honest.signer, signaturePrivateKey }
  const leafNode = await changedLeaf(path(honest).leafNode, other, honest.leaf, { signaturePublicKey })
  const signer = honest.external ? other : honest.signer
  return encodeMlsMessage(
    await changedCommit(honest.message, signer, (commit) => ({ ...commit, path: { ...path(honest), leafNode } })),
  )
}

export const LEAVES: readonly Hostile[] = [
  {
    reason: "a parent hash of zeros",
    code: "bad_parent_hash",
    fits: withPath,
    make: (honest) => withLeaf(honest, { parentHash: new Uint8Array(32) }),
  },
  {
    reason: "an empty parent hash",
    code: "bad_parent_hash",
    fits: withNodes,
    make: (honest) => withLeaf(honest, { parentHash: new Uint8Array() }),
  },
  {
    reason: "a leaf signed by another member",
    code: "bad_signature",
    fits: withPath,
    make: (honest) => withLeaf(honest, {}, { ...honest.signer, signaturePrivateKey: honest.other.signaturePrivateKey }),
  },
  {
    reason: "a leaf made for another group",
    code: "bad_signature",
    fits: withPath,
    make: (honest) =>
      withLeaf(
        honest,
        {},
        { ...honest.signer, groupContext: { ...honest.signer.groupContext, groupId: text("another") } },
      ),
  },
  {
    reason: "a leaf made for another place",
    code: "bad_signature",
    fits: withPath,
    make: (honest) => withLeaf(honest, {}, honest.signer, honest.leaf + 1),
  },
  {
    reason: "a leaf that does not support the policy",
    code: "unsupported_by_member",
    fits: withPath,
    make: (honest) => incapable(honest, { extensions: [] }),
  },
  {
    reason: "a leaf that does not list the group's suite",
    code: "bad_capabilities",
    fits: withPath,
    make: (honest) => incapable(honest, { ciphersuites: [] }),
  },
  {
    reason: "a leaf that does not list the protocol version",
    code: "bad_capabilities",
    fits: withPath,
    make: (honest) => incapable(honest, { versions: [] }),
  },
  {
    reason: "a leaf that does not list its own credential type",
    code: "bad_capabilities",
    fits: withPath,
    make: (honest) => incapable(honest, { credentials: [] }),
  },
  {
    reason: "a leaf with an extension that it does not list",
    code: "bad_capabilities",
    fits: withPath,
    make: (honest) => withLeaf(honest, { extensions: [{ extensionType: 0xf0c9, extensionData: text("extra") }] }),
  },
  {
    reason: "a leaf with an X.509 chain that nobody supports",
    code: "bad_capabilities",
    fits: withPath,
    make: (honest) =>
      withLeaf(honest, { credential: { credentialType: "x509", certificates: [text("a certificate")] } }),
  },
  {
    reason: "a leaf of more than 4,096 bytes",
    code: "too_long",
    fits: withPath,
    make: (honest) => withLeaf(honest, { credential: { credentialType: "basic", identity: new Uint8Array(4000) } }),
  },
  {
    reason: "a leaf with an encryption key of small order",
    code: "weak_key",
    fits: withPath,
    make: (honest) => withLeaf(honest, { hpkePublicKey: new Uint8Array(32) }),
  },
  {
    reason: "a leaf with a short encryption key",
    code: "bad_length",
    fits: withPath,
    make: (honest) => withLeaf(honest, { hpkePublicKey: seeded("a key of nobody").slice(1) }),
  },
  {
    reason: "a leaf with another member's encryption key",
    code: "duplicate_key",
    fits: withPath,
    make: (honest) => withLeaf(honest, { hpkePublicKey: leafNode(honest.tree, honest.otherLeaf).hpkePublicKey }),
  },
  {
    reason: "a leaf with the encryption key that it had",
    code: "key_not_renewed",
    fits: byMembersWithPath,
    make: (honest) => withLeaf(honest, { hpkePublicKey: leafNode(honest.tree, honest.leaf).hpkePublicKey }),
  },
  { reason: "a leaf with another member's signature key", code: "duplicate_key", fits: withPath, make: stolen },
]
