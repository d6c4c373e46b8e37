/** RFC 9420 §12.2, §12.4.3.2: what an external commit may hold, and who may send one. */
import { createGroupInfoWithExternalPub, createProposal, joinGroupExternal, type MLSMessage } from "ts-mls"
import { describe, expect, it } from "vitest"
import { contentKey, hasLeft, processCommit, roster } from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"
import {
  CIRCLE,
  circle,
  committed,
  decoded,
  device,
  forLibrary,
  invitee,
  joined,
  libraryGroup,
  publicMessage,
  received,
  remove,
  TIME,
  willing,
} from "./cast.ts"
import { changed, changedCommit } from "./hostile.ts"
import { makeProposalRef } from "ts-mls/authenticatedContent.js"
import type { ProposalOrRef } from "ts-mls/proposalOrRefType.js"

const externalInit = (kemOutput: Uint8Array): ProposalOrRef => ({
  proposalOrRefType: "proposal",
  proposal: { proposalType: "external_init", externalInit: { kemOutput } },
})
const removal = (leaf: number): ProposalOrRef => ({ proposalOrRefType: "proposal", proposal: remove(leaf) })

describe("an external commit", () => {
  it("carries the joiner's authenticated data, signed", async () => {
    const [anne] = await circle(device("Anne"))
    const bruno = device("Bruno")
    const { commit } = await joined(anne, bruno)
    const { summary } = await processCommit(anne, commit, willing)
    expect([summary.authenticatedData, summary.external]).toEqual([TIME, true])
    const other = await changed(decoded(commit), { ...anne, ...bruno, signaturePrivateKey: device("x").signaturePrivateKey }, (content) => ({
      ...content,
      authenticatedData: new Uint8Array(),
    }))
    await expect(received(forLibrary(anne), other)).rejects.toThrow("Signature invalid")
  })

  it("may not come from a member", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [])
    const wrong = await changedCommit(commit, anne, (c) => ({ ...c, proposals: [externalInit(new Uint8Array(32))] }))
    await expect(received(bruno, wrong)).rejects.toThrow("ExternalInit is for the commit of a new member")
  })

  it("may not come from a new member without ExternalInit", async () => {
    const [anne] = await circle(device("Anne"))
    const bruno = device("Bruno")
    const { commit } = await joined(anne, bruno)
    const wrong = await changedCommit(decoded(commit), { ...anne, ...bruno }, (c) => ({ ...c, proposals: [] }))
    await expect(received(forLibrary(anne), wrong)).rejects.toThrow("ExternalInit is for the commit of a new member")
  })

  it("may not refer to a proposal", async () => {
    const cs = await suite()
    const [anne, bruno] = await libraryGroup("Anne", "Bruno", "Chloé")
    const { message } = await createProposal(bruno, true, remove(2), cs)
    const withProposal = await received(anne, message)
    const { content, auth } = publicMessage(message)
    const reference = await makeProposalRef({ wireformat: "mls_public_message", content, auth }, cs.hash)
    const { commit, leaf } = await externalJoin(anne)
    const wrong = await changedCommit(commit, { ...anne, ...leaf }, (c) => ({
      ...c,
      proposals: [...c.proposals, { proposalOrRefType: "reference", reference }],
    }))
    await expect(received(withProposal, wrong)).rejects.toThrow("by reference")
  })

  it.each([3, 1_000_000])("may not remove leaf %i, which is not there", async (index) => {
    const [anne] = await libraryGroup("Anne", "Bruno", "Chloé")
    const { commit, leaf } = await externalJoin(anne)
    const wrong = await changedCommit(commit, { ...anne, ...leaf }, (c) => ({
      ...c,
      proposals: [removal(index), ...c.proposals],
    }))
    await expect(received(anne, wrong)).rejects.toThrow("remove empty leaf")
  })

  it("may not be a resync of a device that is not there", async () => {
    const cs = await suite()
    const [anne] = await libraryGroup("Anne", "Bruno")
    const { publicPackage, privatePackage } = await invitee(device("Chloé"))
    const info = await createGroupInfoWithExternalPub(anne, [], cs)
    await expect(joinGroupExternal(info, publicPackage, privatePackage, true, cs, anne.ratchetTree)).rejects.toThrow(
      "Could not find the former leaf",
    )
  })
})

describe("a commit for another group", () => {
  it("is refused, though a member signed it", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [])
    const wrong = await changed(commit, anne, (content) => ({ ...content, groupId: new Uint8Array(16) }))
    await expect(received(bruno, wrong)).rejects.toThrow("Could not validate group id")
  })
})

describe("the only device of a circle", () => {
  it("can come back in its own place", async () => {
    const alone = device("Anne")
    const [before] = await circle(alone)
    const back = await joined(before, alone, 0)
    expect(roster(back.next).map(({ leaf }) => leaf)).toEqual([0])
    expect(hasLeft((await processCommit(before, back.commit, willing)).next)).toBe(true)
    const bruno = await joined(back.next, device("Bruno"))
    const { next } = await processCommit(back.next, bruno.commit, willing)
    expect(await contentKey(next, CIRCLE)).toEqual(await contentKey(bruno.next, CIRCLE))
  })
})

async function externalJoin(state: Awaited<ReturnType<typeof libraryGroup>>[number]) {
  const cs = await suite()
  const leaf = device("Zoé")
  const { publicPackage, privatePackage } = await invitee(leaf)
  const info = await createGroupInfoWithExternalPub(state, [], cs)
  const join = await joinGroupExternal(info, publicPackage, privatePackage, false, cs, state.ratchetTree)
  const commit: MLSMessage = { version: "mls10", wireformat: "mls_public_message", publicMessage: join.publicMessage }
  return { commit, leaf }
}
