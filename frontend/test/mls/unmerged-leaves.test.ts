/** RFC 9420 §7.1, §12.4.3.1: which unmerged leaves a joiner accepts in the tree it is shown. */
import { createGroupInfoWithExternalPub, joinGroupExternal, type ClientState, type RatchetTree } from "ts-mls"
import { validateRatchetTree } from "ts-mls/clientState.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { describe, expect, it } from "vitest"
import { suite } from "../../src/core/mls/suite.ts"
import { committed, device, invitee, libraryGroup, received, withAdded } from "./cast.ts"

/** Node 11 lies over leaves 4 to 7; its leaf 7 came after its key. The root was set anew since. */
async function groupWithUnmergedLeaf(): Promise<ClientState> {
  const [anne, , , , elise] = await libraryGroup("Anne", "Bruno", "Chloé", "David", "Élise", "Farid", "Gaëlle")
  const update = await committed(elise, [])
  const [withHugo] = await withAdded(await received(anne, update.commit), await invitee(device("Hugo")))
  return (await committed(withHugo, [])).newState
}

describe("the tree shown to a joiner", () => {
  it("may list an unmerged leaf at one node and not at the nodes above, when those were set later", async () => {
    const cs = await suite()
    const state = await groupWithUnmergedLeaf()
    expect(unmergedAt(state.ratchetTree, 11)).toEqual([7])
    expect(unmergedAt(state.ratchetTree, 7)).toEqual([])
    const { publicPackage, privatePackage } = await invitee(device("Inès"))
    const info = await createGroupInfoWithExternalPub(state, [], cs)
    const join = await joinGroupExternal(info, publicPackage, privatePackage, false, cs, state.ratchetTree)
    expect(join.newState.groupContext.epoch).toBe(state.groupContext.epoch + 1n)
  })

  it.each([
    { unmerged: [0], words: "did not represent a non-blank descendant" },
    { unmerged: [4_000_000_000], words: "did not represent a non-blank descendant" },
    { unmerged: [7, 6], words: "sorted" },
    { unmerged: [7, 7], words: "sorted" },
  ])("may not list $unmerged at node 11", async ({ unmerged, words }) => {
    const state = await groupWithUnmergedLeaf()
    expect(await verdict(state, withUnmerged(state.ratchetTree, 11, unmerged))).toContain(words)
  })

  it("may not list a leaf at a node and leave it out at a node between", async () => {
    const state = await groupWithUnmergedLeaf()
    const tree = withUnmerged(withUnmerged(state.ratchetTree, 7, [7]), 11, [])
    expect(await verdict(state, tree)).toContain("must list leaf node")
  })
})

function unmergedAt(tree: RatchetTree, index: number): number[] | undefined {
  const node = tree[index]
  return node?.nodeType === "parent" ? node.parent.unmergedLeaves : undefined
}

function withUnmerged(tree: RatchetTree, index: number, unmergedLeaves: number[]): RatchetTree {
  return tree.map((node, at) =>
    at === index && node?.nodeType === "parent" ? { ...node, parent: { ...node.parent, unmergedLeaves } } : node,
  )
}

async function verdict(state: ClientState, tree: RatchetTree): Promise<string> {
  const cs = await suite()
  const { lifetimeConfig, authService } = state.clientConfig
  const hash = await treeHashRoot(tree, cs.hash)
  const error = await validateRatchetTree(tree, state.groupContext, lifetimeConfig, authService, hash, cs)
  return error?.message ?? "valid"
}
