/**
 * What a joiner, or the server at a beginning, may be shown: a GroupInfo with its tree, as it is and in every way that
 * must be refused. Those who alter the tree are members: the GroupInfo over it is signed by one.
 */
import { bytesToHex } from "@noble/hashes/utils.js"
import type { CiphersuiteImpl, ClientState, GroupInfo, RatchetTree } from "ts-mls"
import { encodeGroupInfo, signGroupInfo } from "ts-mls/groupInfo.js"
import type { LeafNode } from "ts-mls/leafNode.js"
import type { ParentNode } from "ts-mls/parentNode.js"
import { encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { createGroupInfoWithExternalPub } from "ts-mls"
import { concat } from "../../../src/core/encoding/bytes.ts"
import { basicCredential } from "../../../src/core/mls/context.ts"
import { createGroup, JoinRefused, joinExternally } from "../../../src/core/mls/group.ts"
import { rosterOf } from "../../../src/core/mls/state.ts"
import { CIRCLE, leafNode, NOW, text, TIME, willing } from "../../mls/cast.ts"
import { seeded } from "../cast.ts"
import { opaque, u16, u8 } from "./frame.ts"
import { deviceOf, type Member } from "./life.ts"

interface Shown {
  readonly info: Uint8Array
  readonly tree: Uint8Array
}

/** `member` shows the group; `before` is the state of the epoch before. */
export async function groupInfoVectors(member: Member, before: ClientState, cs: CiphersuiteImpl): Promise<object[]> {
  const { state } = member
  const info = await createGroupInfoWithExternalPub(state, [], cs)
  const tree = encodeRatchetTree(state.ratchetTree)
  const bytes = encodeGroupInfo(info)
  const roster = rosterOf(state.ratchetTree).map((each) => [
    each.leaf,
    bytesToHex(each.identity),
    bytesToHex(each.signatureKey),
  ])
  const good = { name: "as it is", group_info: bytesToHex(bytes), ratchet_tree: bytesToHex(tree), roster }
  await shownTo({ info: bytes, tree })

  const resigned = async (change: Partial<GroupInfo>): Promise<Shown> => ({
    info: encodeGroupInfo(await signGroupInfo({ ...info, ...change }, state.signaturePrivateKey, cs.signature)),
    tree,
  })
  const inContext = (change: Partial<GroupInfo["groupContext"]>) =>
    resigned({ groupContext: { ...info.groupContext, ...change } })
  const grown = async (changed: RatchetTree): Promise<Shown> => ({
    ...(await inContext({ treeHash: await treeHashRoot(changed, cs.hash) })),
    tree: encodeRatchetTree(changed),
  })
  const own = state.privatePath.leafIndex
  const other = rosterOf(state.ratchetTree).find(({ leaf }) => leaf !== own)?.leaf ?? 0
  const withLeaf = (place: number, change: Partial<LeafNode>) =>
    grown(
      state.ratchetTree.map((node, at) =>
        at === place * 2 && node?.nodeType === "leaf"
          ? { ...node, leaf: { ...node.leaf, ...change } as LeafNode }
          : node,
      ),
    )
  const parent = state.ratchetTree.findIndex((node) => node?.nodeType === "parent")
  const withParent = (change: Partial<ParentNode>) =>
    grown(
      state.ratchetTree.map((node, at) =>
        at === parent && node?.nodeType === "parent" ? { ...node, parent: { ...node.parent, ...change } } : node,
      ),
    )

  const ghost = deviceOf("a ghost")
  const founded = await createGroup({ groupId: CIRCLE, leaf: member.leaf, policy: text("policy 0"), now: NOW })
  const first = leafNode(founded.ratchetTree, 0)
  const shownAs = async (changed: RatchetTree, key = member.leaf.signaturePrivateKey): Promise<Shown> => {
    const groupContext = { ...founded.groupContext, treeHash: await treeHashRoot(changed, cs.hash) }
    const unsigned = { ...info, groupContext, signer: 0 }
    return { info: encodeGroupInfo(await signGroupInfo(unsigned, key, cs.signature)), tree: encodeRatchetTree(changed) }
  }
  const alone = (change: Partial<LeafNode>, key?: Uint8Array) =>
    shownAs([{ nodeType: "leaf", leaf: { ...first, ...change } as LeafNode }], key)
  const twice = () => shownAs([{ nodeType: "leaf", leaf: first }, undefined, { nodeType: "leaf", leaf: first }])

  const bad: [string, string, Shown][] = [
    [
      "the signature altered",
      "bad_signature",
      { info: bytes.map((byte, at) => (at === bytes.length - 40 ? byte ^ 1 : byte)), tree },
    ],
    [
      "signed by nobody here",
      "bad_signature",
      { info: encodeGroupInfo(await signGroupInfo(info, seeded("nobody"), cs.signature)), tree },
    ],
    ["in another member's name", "bad_signature", await resigned({ signer: other })],
    ["by a leaf that is not there", "unknown_signer", await resigned({ signer: 1000 })],
    [
      "with the tree of the epoch before",
      "bad_tree_hash",
      { info: bytes, tree: encodeRatchetTree(before.ratchetTree) },
    ],
    ["with another tree hash", "bad_tree_hash", await inContext({ treeHash: seeded("a tree") })],
    ["with a short tree hash", "bad_tree_hash", await inContext({ treeHash: seeded("a tree").slice(1) })],
    ["half of it", "truncated", { info: bytes.slice(0, bytes.length >> 1), tree }],
    ["and a byte more", "trailing_bytes", { info: concat(bytes, u8(0)), tree }],
    ["half of the tree", "truncated", { info: bytes, tree: tree.slice(0, tree.length >> 1) }],
    ["an empty tree", "bad_tree", { info: bytes, tree: opaque() }],
    ["a tree that ends with blanks", "bad_tree", { info: bytes, tree: opaque(tree.slice(2), u8(0)) }],
    [
      "a parent where a leaf belongs",
      "bad_tree",
      { info: bytes, tree: opaque(u8(1), u8(2), opaque(seeded("a parent")), opaque(), opaque()) },
    ],
    ["a tree of more values than the bound", "too_many", { info: bytes, tree: opaque(new Uint8Array(32 * 1024)) }],
    ["a node of no known type", "bad_value", { info: bytes, tree: opaque(u8(1), u8(3)) }],
    [
      "an extension twice",
      "duplicate_extension",
      await inContext({ extensions: [...info.groupContext.extensions, ...info.groupContext.extensions] }),
    ],
    [
      "an extension that no leaf supports",
      "unsupported_by_member",
      await inContext({
        extensions: [...info.groupContext.extensions, { extensionType: 0xf0c2, extensionData: new Uint8Array() }],
      }),
    ],
    ["another suite", "unsupported_suite", { info: concat(bytes.slice(0, 2), u16(2), bytes.slice(4)), tree }],
    ["another version of the protocol", "unsupported_version", { info: concat(u16(2), bytes.slice(2)), tree }],
    [
      "a leaf that was changed",
      "bad_parent_hash",
      await withLeaf(other, { signaturePublicKey: ghost.signaturePublicKey }),
    ],
    [
      "a leaf with a certificate that it did not sign",
      "bad_signature",
      await alone({ credential: basicCredential(ghost.certificate) }),
    ],
    [
      "a leaf with the key of a ghost",
      "bad_signature",
      await alone({ signaturePublicKey: ghost.signaturePublicKey }, ghost.signaturePrivateKey),
    ],
    ["a device at two leaves", "duplicate_key", await twice()],
    [
      "a parent with another key",
      "bad_parent_hash",
      await withParent({ hpkePublicKey: deviceOf("x").signaturePublicKey }),
    ],
    ["a parent with a key of small order", "weak_key", await withParent({ hpkePublicKey: new Uint8Array(32) })],
    ["a parent with another parent hash", "bad_parent_hash", await withParent({ parentHash: seeded("a parent hash") })],
    ["an unmerged leaf that is not below", "bad_unmerged_leaves", await withParent({ unmergedLeaves: [900] })],
    [
      "unmerged leaves out of their order",
      "bad_unmerged_leaves",
      await withParent({ unmergedLeaves: [other, own, other] }),
    ],
  ]
  const refused = []
  for (const [name, code, shown] of bad) {
    const error: unknown = await shownTo(shown).then(
      () => undefined,
      (cause: unknown) => cause,
    )
    if (!(error instanceof JoinRefused)) throw new Error(`${name}: a joiner takes it`, { cause: error })
    refused.push({ name, code, group_info: bytesToHex(shown.info), ratchet_tree: bytesToHex(shown.tree) })
  }
  return [good, ...refused].map((entry) => ({ cipher_suite: 1, ...entry }))
}

async function shownTo({ info, tree }: Shown): Promise<void> {
  const leaf = deviceOf("somebody new")
  await joinExternally({ groupInfo: info, ratchetTree: tree, leaf, authenticatedData: TIME, now: NOW }, willing)
}
