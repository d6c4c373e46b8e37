/** RFC 9420 §7.4, §12.4.1: the commit secret follows the last path secret, wherever the filtered path ends. */
import { deriveSecret } from "ts-mls/crypto/kdf.js"
import { initializeEpoch } from "ts-mls/keySchedule.js"
import { getCommitSecret, pathToRoot } from "ts-mls/pathSecrets.js"
import { toNodeIndex } from "ts-mls/treemath.js"
import { describe, expect, it } from "vitest"
import { suite } from "../../src/core/mls/suite.ts"
import { committed, libraryGroup, received, remove } from "./cast.ts"

describe("the commit secret", () => {
  it("is one step beyond the top of the path, also when the root is blank", async () => {
    const cs = await suite()
    const [, , chloe, david] = await libraryGroup("Anne", "Bruno", "Chloé", "David")
    const made = await committed(chloe, [remove(0), remove(1)])
    const tree = made.newState.ratchetTree
    expect([tree[5]?.nodeType, tree[3]]).toEqual(["parent", undefined])
    const secret = new Uint8Array(32).fill(7)
    expect(await getCommitSecret(tree, toNodeIndex(5), secret, cs.kdf)).toEqual(await deriveSecret(secret, "path", cs.kdf))
    expect(Object.keys(await pathToRoot(tree, toNodeIndex(5), secret, cs.kdf))).toEqual(["5"])
    const { keySchedule } = await received(david, made.commit)
    expect(keySchedule).toEqual(made.newState.keySchedule)
  })

  it("is fresh for a member who is alone: who knew the former epoch does not know the next", async () => {
    const cs = await suite()
    const [anne] = await libraryGroup("Anne")
    const { newState } = await committed(anne, [])
    const zero = new Uint8Array(32)
    const guessed = await initializeEpoch(anne.keySchedule.initSecret, zero, newState.groupContext, zero, cs.kdf)
    expect(newState.keySchedule.exporterSecret).not.toEqual(guessed.keySchedule.exporterSecret)
  })
})
