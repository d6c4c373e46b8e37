/** The product's own functions over the group: what they make, what they read, what they refuse and how. */
import { encodeMlsMessage, createProposal, mlsExporter, type MLSMessage, type Proposal } from "ts-mls"
import { decodeGroupInfo, encodeGroupInfo, verifyGroupInfoSignature } from "ts-mls/groupInfo.js"
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { describe, expect, it } from "vitest"
import { circleExtensions } from "../../src/core/mls/context.ts"
import {
  CIRCLE_POLICY,
  commitPolicy,
  commitUpdate,
  CommitRefused,
  confirmationTag,
  confirmedTranscriptHash,
  contentKey,
  createGroup,
  deserialise,
  epoch,
  externalPub,
  generateHpkeKeyPair,
  groupId,
  groupInfo,
  hasLeft,
  hpkeOpen,
  hpkeSeal,
  joinExternally,
  JoinRefused,
  ownLeaf,
  policy,
  processCommit,
  roster,
  serialise,
  StateUnreadable,
  treeHash,
  type CommitSummary,
  type ExternalJoin,
  type GroupView,
} from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"
import {
  add,
  CIRCLE,
  circle,
  committed,
  decoded,
  device,
  forLibrary,
  invitee,
  joined,
  leafNode,
  NOW,
  publicMessage,
  received,
  text,
  TIME,
  willing,
} from "./cast.ts"
import { changed, changedCommit } from "./hostile.ts"

describe("a new group", () => {
  it("starts at epoch 0 with its creator alone, the policy in the context, and both required of every leaf", async () => {
    const anne = device("Anne")
    const state = await createGroup({ groupId: CIRCLE, leaf: anne, policy: text("policy 0"), now: NOW })
    expect([epoch(state), groupId(state), ownLeaf(state), policy(state)]).toEqual([0n, CIRCLE, 0, text("policy 0")])
    expect(roster(state)).toEqual([{ leaf: 0, identity: anne.certificate, signatureKey: anne.signaturePublicKey }])
    expect(confirmedTranscriptHash(state)).toEqual(new Uint8Array())
    expect(CIRCLE_POLICY).toBe(0xf0c1)
    expect(state.groupContext.extensions).toEqual([
      { extensionType: "required_capabilities", extensionData: Uint8Array.of(2, 0xf0, 0xc1, 0, 0) },
      { extensionType: 0xf0c1, extensionData: text("policy 0") },
    ])
    expect(leafNode(state.ratchetTree, 0).capabilities.extensions).toEqual([0xf0c1])
  })

  it("keeps no message secrets, and derives none", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    for (const state of [anne, bruno]) expect([state.secretTree, state.historicalReceiverData.size]).toEqual([[], 0])
    const { commit, newState } = await committed(forLibrary(anne), [])
    expect(newState.secretTree).toEqual([])
    expect((await received(forLibrary(bruno), commit)).secretTree).toEqual([])
  })
})

describe("the content key", () => {
  it("is the exporter's, for the circle and the epoch", async () => {
    const [anne] = await circle(device("Anne"), device("Bruno"))
    const context = Uint8Array.of(...CIRCLE, 0, 0, 0, 0, 0, 0, 0, 1)
    const expected = await mlsExporter(anne.keySchedule.exporterSecret, "cordee content", context, 32, await suite())
    expect(await contentKey(anne, CIRCLE)).toEqual(expected)
  })

  it("is not given for another circle", async () => {
    const [anne] = await circle(device("Anne"))
    await expect(contentKey(anne, new Uint8Array(16))).rejects.toThrow("another circle")
  })
})

describe("the group info", () => {
  it("has the external key that every member of the epoch knows", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    const made = await commitUpdate(anne, { authenticatedData: TIME })
    const { next } = await processCommit(bruno, made.commit, willing)
    expect(await externalPub(next)).toEqual(made.externalPub)
    expect(await externalPub(bruno)).not.toEqual(made.externalPub)
  })

  it("has external_pub and nothing else, and can be put together again from its parts", async () => {
    const [anne] = await circle(device("Anne"), device("Bruno"))
    const made = await commitUpdate(anne, { authenticatedData: TIME })
    const parts = await groupInfo(made.next)
    const info = decodeGroupInfo(parts.groupInfo, 0)?.[0]
    if (info === undefined) throw new TypeError("not a group info")
    expect(info.extensions).toEqual([
      { extensionType: "external_pub", extensionData: Uint8Array.of(32, ...made.externalPub) },
    ])
    expect([parts.externalPub, parts.signature]).toEqual([made.externalPub, made.groupInfoSignature])
    expect(info.confirmationTag).toEqual(made.confirmationTag)
    expect(made.confirmationTag).toEqual(confirmationTag(made.next))
    const rebuilt = {
      groupContext: made.next.groupContext,
      extensions: info.extensions,
      confirmationTag: made.confirmationTag,
      signer: made.leaf,
      signature: made.groupInfoSignature,
    }
    expect(encodeGroupInfo(rebuilt)).toEqual(parts.groupInfo)
    const cs = await suite()
    const key = leafNode(made.next.ratchetTree, 0).signaturePublicKey
    expect(await verifyGroupInfoSignature(rebuilt, key, cs.signature)).toBe(true)
  })
})

describe("a stored state", () => {
  it("goes on where it stopped", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    const { commit, next } = await commitUpdate(deserialise(serialise(anne)), { authenticatedData: TIME })
    const read = await processCommit(deserialise(serialise(bruno)), commit, willing)
    expect(await contentKey(read.next, CIRCLE)).toEqual(await contentKey(next, CIRCLE))
  })

  it.each([
    { what: "of another version", change: (bytes: Uint8Array) => bytes.with(0, 2) },
    { what: "cut short", change: (bytes: Uint8Array) => bytes.slice(0, 100) },
    { what: "with bytes left over", change: (bytes: Uint8Array) => Uint8Array.of(...bytes, 0) },
    { what: "empty", change: () => new Uint8Array() },
  ])("is refused when it is $what", async ({ change }) => {
    const [anne] = await circle(device("Anne"))
    expect(() => deserialise(change(serialise(anne)))).toThrow(StateUnreadable)
  })
})

describe("a processed commit", () => {
  it("is summed up for the caller before it is accepted", async () => {
    const [anne, bruno, chloe] = await circle(device("Anne"), device("Bruno"), device("Chloé"))
    const made = await commitPolicy(anne, { policy: text("policy 1"), removeLeaves: [1], authenticatedData: TIME })
    const seen: CommitSummary[] = []
    const checks = { ...willing, commit: (summary: CommitSummary) => void seen.push(summary) }
    const { summary } = await processCommit(chloe, made.commit, checks)
    const [founder, second] = roster(bruno)
    expect(summary).toEqual({
      groupId: CIRCLE,
      epoch: 2n,
      committer: founder,
      external: false,
      committerBefore: founder,
      removed: [second],
      policyBefore: text("policy 0"),
      policy: text("policy 1"),
      authenticatedData: TIME,
    })
    expect(seen).toEqual([summary])
  })

  it("names a joiner's leaf, and the old leaf of one who comes back", async () => {
    const returning = device("Bruno")
    const [anne, bruno] = await circle(device("Anne"), returning, device("Chloé"))
    const { commit, leaf } = await joined(anne, returning, 1)
    const { summary, next } = await processCommit(anne, commit, willing)
    expect(summary.committer).toEqual(roster(next)[leaf])
    expect(summary.committerBefore).toEqual(roster(bruno)[1])
    expect([summary.external, summary.policy]).toEqual([true, undefined])
  })
})

describe("a commit", () => {
  it("cannot remove its maker, nor a leaf that is not there", async () => {
    const [anne] = await circle(device("Anne"), device("Bruno"))
    for (const leaf of [0, 2, 7]) {
      const asked = { policy: text("policy 1"), removeLeaves: [leaf], authenticatedData: TIME }
      await expect(commitPolicy(anne, asked)).rejects.toThrow("cannot be removed")
    }
  })

  interface Case {
    readonly what: string
    readonly code: CommitRefused["code"]
    readonly make: () => Promise<Uint8Array>
  }

  it("is refused with its code and its bytes, and leaves the state as it was", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"), device("Chloé"))
    const full = forLibrary(anne)
    const { commit } = await commitUpdate(anne, { authenticatedData: TIME })
    const policyCommit = await commitPolicy(anne, { policy: text("policy 1"), authenticatedData: TIME })
    const honest = decoded(commit)
    const cs = await suite()
    const encoded = (message: Promise<MLSMessage>) => message.then(encodeMlsMessage)
    const withProposals = async (...proposals: Proposal[]) => encodeMlsMessage((await committed(full, proposals)).commit)

    const cases: Case[] = [
      { what: "nothing", code: "malformed", make: () => Promise.resolve(new Uint8Array()) },
      { what: "bytes left over", code: "malformed", make: () => Promise.resolve(Uint8Array.of(...commit, 0)) },
      {
        what: "a long length",
        code: "malformed",
        make: () => Promise.resolve(Uint8Array.of(...commit.slice(0, 4), 0x40, ...commit.slice(4))),
      },
      { what: "too large", code: "too_large", make: () => Promise.resolve(new Uint8Array(600_000)) },
      {
        what: "a proposal",
        code: "not_a_commit",
        make: async () => encodeMlsMessage((await createProposal(full, true, { proposalType: "remove", remove: { removed: 1 } }, cs)).message),
      },
      {
        what: "another group",
        code: "wrong_group",
        make: () => encoded(changed(honest, full, (content) => ({ ...content, groupId: new Uint8Array(16) }))),
      },
      {
        what: "another epoch",
        code: "wrong_epoch",
        make: () => encoded(changed(honest, full, (content) => ({ ...content, epoch: 1n }))),
      },
      { what: "an add", code: "proposal_refused", make: async () => withProposals(add(await invitee(device("Ghost")))) },
      {
        what: "a reference",
        code: "proposal_refused",
        make: () =>
          encoded(changedCommit(honest, full, (c) => ({ ...c, proposals: [{ proposalOrRefType: "reference", reference: new Uint8Array(32) }] }))),
      },
      {
        what: "no path",
        code: "proposal_refused",
        make: () => encoded(changedCommit(decoded(policyCommit.commit), full, (c) => ({ ...c, path: undefined }))),
      },
      {
        what: "another extension",
        code: "extensions_refused",
        make: () =>
          withProposals({
            proposalType: "group_context_extensions",
            groupContextExtensions: { extensions: circleExtensions(text("policy 1")).slice(1) },
          }),
      },
      // Both meet the membership tag first, which covers them (RFC 9420 §6.2).
      { what: "a flipped bit in the signature", code: "secrets_refused", make: () => Promise.resolve(flipped(commit, honest)) },
      {
        what: "another's authenticated data",
        code: "secrets_refused",
        make: () => {
          const { content } = publicMessage(honest)
          return Promise.resolve(
            encodeMlsMessage({ ...honest, publicMessage: { ...publicMessage(honest), content: { ...content, authenticatedData: text("later") } } } as MLSMessage),
          )
        },
      },
    ]
    const before = serialise(bruno)
    for (const { what, code, make } of cases) {
      const bytes = await make()
      const refusal: unknown = await processCommit(bruno, bytes, willing).catch((error: unknown) => error)
      expect(refusal, what).toBeInstanceOf(CommitRefused)
      expect(refusal, what).toMatchObject({ code, evidence: bytes })
      expect(serialise(bruno), what).toEqual(before)
    }
    // …and the same state takes the honest one.
    expect(epoch((await processCommit(bruno, commit, willing)).next)).toBe(3n)
  })

  it("is refused when the caller's judgement of the whole is no", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    const { commit } = await commitPolicy(anne, { policy: text("policy 1"), authenticatedData: TIME })
    const checks = { ...willing, commit: () => "chain-broken" }
    await expect(processCommit(bruno, commit, checks)).rejects.toMatchObject({ code: "policy_refused", detail: "chain-broken" })
  })

  it("is not for one who has left", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    const { commit } = await commitPolicy(anne, { policy: text("p"), removeLeaves: [1], authenticatedData: TIME })
    const { next } = await processCommit(bruno, commit, willing)
    expect(hasLeft(deserialise(serialise(next)))).toBe(true)
    await expect(processCommit(next, commit, willing)).rejects.toMatchObject({ code: "left" })
    await expect(commitUpdate(next, { authenticatedData: TIME })).rejects.toThrow("left the group")
  })
})

describe("joining", () => {
  async function shownBy(names: readonly string[]): Promise<ExternalJoin> {
    const [founder] = await circle(...names.map(device))
    if (founder === undefined) throw new TypeError("a circle has a founder")
    const { groupInfo: info, ratchetTree } = await groupInfo(founder)
    return { groupInfo: info, ratchetTree, leaf: device("Zoé"), authenticatedData: TIME, now: NOW }
  }

  it("shows the whole group to the caller first", async () => {
    const shown = await shownBy(["Anne", "Bruno"])
    const seen: GroupView[] = []
    await joinExternally(shown, { ...willing, group: (view) => void seen.push(view) })
    const [anne] = await circle(device("Anne"))
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ groupId: CIRCLE, epoch: 1n, policy: text("policy 0"), signer: { leaf: 0 } })
    expect(seen[0]?.roster.map(({ leaf, identity }) => [leaf, identity])).toEqual([
      [0, text("device of Anne")],
      [1, text("device of Bruno")],
    ])
    expect(seen[0]?.treeHash).toHaveLength(treeHash(anne).length)
  })

  it("is refused with its code when what is shown is not right", async () => {
    const shown = await shownBy(["Anne", "Bruno"])
    const other = await shownBy(["Anne", "Bruno"])
    const info = decodeGroupInfo(shown.groupInfo, 0)?.[0]
    const tree = decodeRatchetTree(shown.ratchetTree, 0)?.[0]
    if (info === undefined || tree === undefined) throw new TypeError("not a group")
    const refused = async (change: Partial<ExternalJoin>, code: JoinRefused["code"]) => {
      const refusal: unknown = await joinExternally({ ...shown, ...change }, willing).catch((error: unknown) => error)
      expect(refusal).toBeInstanceOf(JoinRefused)
      expect(refusal).toMatchObject({ code })
    }
    const infoWith = (change: Partial<typeof info>) => ({ groupInfo: encodeGroupInfo({ ...info, ...change }) })
    const contextWith = (change: Partial<typeof info.groupContext>) =>
      infoWith({ groupContext: { ...info.groupContext, ...change } })

    await refused({ groupInfo: Uint8Array.of(...shown.groupInfo, 0) }, "malformed")
    await refused({ ratchetTree: Uint8Array.of(...shown.ratchetTree, 0) }, "malformed")
    await refused({ ratchetTree: Uint8Array.of(0) }, "malformed")
    await refused({ groupInfo: new Uint8Array(2_000_000) }, "too_large")
    await refused({ ratchetTree: new Uint8Array(5_000_000) }, "too_large")
    await refused(contextWith({ cipherSuite: "MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519" }), "wrong_suite")
    await refused(infoWith({ extensions: [...info.extensions, { extensionType: 0x0a0a, extensionData: text("") }] }), "extensions_refused")
    await refused(infoWith({ extensions: [] }), "extensions_refused")
    await refused(contextWith({ extensions: [] }), "extensions_refused")
    await refused(contextWith({ extensions: circleExtensions(text("other")) }), "verification_failed")
    await refused({ ratchetTree: other.ratchetTree }, "verification_failed")
    await refused({ ratchetTree: encodeRatchetTree(tree.with(0, undefined)) }, "verification_failed")
    await refused(infoWith({ signer: 1 }), "verification_failed")
    await refused(infoWith({ signer: 5 }), "verification_failed")
    await refused(infoWith({ signature: info.signature.with(0, (info.signature[0] ?? 0) ^ 1) }), "verification_failed")
    await refused({ resyncOwnLeaf: 2 }, "verification_failed")
  })

  it("is refused when the caller says no to a leaf, or to the whole", async () => {
    const shown = await shownBy(["Anne", "Bruno"])
    const leaf = ({ identity }: { readonly identity: Uint8Array }) =>
      new TextDecoder().decode(identity) === "device of Bruno" ? "not-in-policy" : undefined
    await expect(joinExternally(shown, { ...willing, leaf })).rejects.toMatchObject({ code: "leaf_refused", detail: "not-in-policy" })
    const group = () => "older-than-seen"
    await expect(joinExternally(shown, { ...willing, group })).rejects.toMatchObject({ code: "policy_refused", detail: "older-than-seen" })
  })
})

describe("HPKE", () => {
  it("opens what was sealed, with the same info and the right key only", async () => {
    const { privateKey, publicKey } = await generateHpkeKeyPair()
    expect([privateKey.length, publicKey.length]).toEqual([32, 32])
    const sealed = await hpkeSeal(publicKey, text("epoch keys"), text("grant 1"))
    expect([sealed.kemOutput.length, sealed.ciphertext.length]).toEqual([32, 10 + 16])
    expect(await hpkeOpen(privateKey, sealed, text("grant 1"))).toEqual(text("epoch keys"))
    await expect(hpkeOpen(privateKey, sealed, text("grant 2"))).rejects.toThrow()
    const another = await generateHpkeKeyPair()
    await expect(hpkeOpen(another.privateKey, sealed, text("grant 1"))).rejects.toThrow()
  })
})

/** The commit with one bit of its signature turned. */
function flipped(commit: Uint8Array, message: MLSMessage): Uint8Array {
  const { signature } = publicMessage(message).auth
  const at = commit.findIndex((_, index) => signature.every((byte, offset) => commit[index + offset] === byte))
  return commit.with(at, (commit[at] ?? 0) ^ 1)
}
