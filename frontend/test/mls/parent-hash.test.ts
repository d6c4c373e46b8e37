/** RFC 9420 §7.9.2: a parent node is vouched for by a leaf below it only when nobody was slipped in between. */
import { verifyParentHashes } from "ts-mls/parentHash.js"
import { expect, it } from "vitest"
import { suite } from "../../src/core/mls/suite.ts"
import { committed, device, invitee, libraryGroup, remove } from "./cast.ts"

it("a leaf beside the one that set the keys above makes the tree invalid, unless it is listed as unmerged", async () => {
  const cs = await suite()
  const [anne] = await libraryGroup("Anne", "Bruno", "Chloé")
  // Leaf 1 is blank when Anne sets the root's key, so that node 1 is left out of her path.
  const { ratchetTree } = (await committed(anne, [remove(1)])).newState
  expect(ratchetTree[1]).toBeUndefined()
  expect(await verifyParentHashes(ratchetTree, cs.hash)).toBe(true)

  const { publicPackage } = await invitee(device("Ghost"))
  const withGhost = ratchetTree.with(2, { nodeType: "leaf", leaf: publicPackage.leafNode })
  expect(await verifyParentHashes(withGhost, cs.hash)).toBe(false)

  const root = withGhost[3]
  if (root?.nodeType !== "parent") throw new TypeError("the root is set")
  const listed = withGhost.with(3, { ...root, parent: { ...root.parent, unmergedLeaves: [1] } })
  expect(await verifyParentHashes(listed, cs.hash)).toBe(true)
})
