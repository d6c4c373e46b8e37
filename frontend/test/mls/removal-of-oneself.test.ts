/** RFC 9420 §12.4.2: a member learns that it is removed, also when another takes its place in the same commit. */
import { describe, expect, it } from "vitest"
import { commitPolicy, hasLeft, processCommit } from "../../src/core/mls/group.ts"
import { add, circle, committed, device, invitee, joined, libraryGroup, received, remove, text, TIME, willing } from "./cast.ts"

describe("a removed device", () => {
  it("learns of it when its leaf stays blank", async () => {
    const [anne, bruno, chloe] = await circle(device("Anne"), device("Bruno"), device("Chloé"))
    const { commit } = await commitPolicy(anne, {
      policy: text("policy 1"),
      removeLeaves: [1],
      authenticatedData: TIME,
    })
    const atBruno = await processCommit(bruno, commit, willing)
    const atChloe = await processCommit(chloe, commit, willing)
    expect([atBruno.removed, atChloe.removed]).toEqual([true, false])
    expect(hasLeft(atBruno.next)).toBe(true)
  })

  it("learns of it when the same commit adds another device in its slot", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno", "Chloé")
    const made = await committed(anne, [remove(1), add(await invitee(device("David")))])
    const after = await received(bruno, made.commit)
    expect(after.groupActiveState.kind).toBe("removedFromGroup")
  })

  it("learns of it when it came back elsewhere and took its own slot", async () => {
    const returning = device("Bruno")
    const [anne, bruno] = await circle(device("Anne"), returning, device("Chloé"))
    const { commit, leaf } = await joined(anne, returning, 1)
    expect(leaf).toBe(1)
    const atOldBruno = await processCommit(bruno, commit, willing)
    expect(atOldBruno.removed).toBe(true)
    const atAnne = await processCommit(anne, commit, willing)
    expect(atAnne.removed).toBe(false)
  })
})
