/** RFC 9420 §5.3.1, §7.3, §12.2: whoever appears at a leaf is asked about, and nobody slips into another's place. */
import {
  createCommit,
  createGroupInfoWithExternalPub,
  createProposal,
  emptyPskIndex,
  joinGroup,
  joinGroupExternal,
  processPublicMessage,
  type AuthenticationService,
  type ClientState,
  type Credential,
  type MLSMessage,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { describe, expect, it } from "vitest"
import { basicCredential } from "../../src/core/mls/context.ts"
import { commitUpdate, processCommit, type LeafClaim } from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"
import {
  add,
  at,
  circle,
  committed,
  decoded,
  device,
  forLibrary,
  invitee,
  joined,
  leafNode,
  libraryGroup,
  publicMessage,
  received,
  remove,
  text,
  TIME,
  willing,
  withAdded,
} from "./cast.ts"
import { changedCommit, changedLeaf, pathOf, updateOf } from "./hostile.ts"

/** A service that notes what it is asked, and says no to one identity. */
function asked(refused?: Uint8Array) {
  const identities: string[] = []
  const successions: string[] = []
  const words = (credential: Credential) =>
    credential.credentialType === "basic" ? new TextDecoder().decode(credential.identity) : "other"
  const authService: AuthenticationService = {
    validateCredential(credential, key) {
      expect(key).toHaveLength(32)
      identities.push(words(credential))
      return Promise.resolve(refused === undefined || words(credential) !== new TextDecoder().decode(refused))
    },
    validateSuccessor(before, _beforeKey, after) {
      successions.push(`${words(before)} → ${words(after)}`)
      return Promise.resolve(true)
    },
  }
  return { identities, successions, config: { ...defaultClientConfig, authService } }
}

async function heard(state: ClientState, message: MLSMessage, config: ClientState["clientConfig"]): Promise<ClientState> {
  const cs = await suite()
  return (await processPublicMessage({ ...state, clientConfig: config }, publicMessage(message), emptyPskIndex, cs)).newState
}

describe("the authentication service", () => {
  it("is asked about the leaf of a key package that is added", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [add(await invitee(device("Chloé")))])
    const yes = asked()
    await heard(bruno, commit, yes.config)
    expect(yes.identities).toEqual(["device of Chloé"])
    await expect(heard(bruno, commit, asked(text("device of Chloé")).config)).rejects.toThrow("validate credential")
  })

  it("is asked about the leaf of a commit's path, and whether it may follow the committer's", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [])
    const yes = asked()
    await heard(bruno, commit, yes.config)
    expect(yes.identities).toEqual(["device of Anne"])
    expect(yes.successions).toEqual(["device of Anne → device of Anne"])
    await expect(heard(bruno, commit, asked(text("device of Anne")).config)).rejects.toThrow("validate credential")
  })

  it("is asked about the leaf of an external commit, and whether it may follow the one that it removes", async () => {
    const returning = device("Bruno")
    const [anne] = await circle(device("Anne"), returning)
    const fresh = asked()
    await heard(forLibrary(anne), decoded((await joined(anne, device("Chloé"))).commit), fresh.config)
    expect([fresh.identities, fresh.successions]).toEqual([["device of Chloé"], []])
    const resync = asked()
    await heard(forLibrary(anne), decoded((await joined(anne, returning, 1)).commit), resync.config)
    expect(resync.successions).toEqual(["device of Bruno → device of Bruno"])
  })

  it("is asked about every leaf of the tree when joining, by Welcome or by external commit", async () => {
    const cs = await suite()
    const [anne] = await libraryGroup("Anne", "Bruno")
    const chloe = await invitee(device("Chloé"))
    const made = await committed(anne, [add(chloe)])
    if (made.welcome === undefined) throw new TypeError("an add brings a welcome")
    const everyone = ["device of Anne", "device of Bruno", "device of Chloé"]
    const byWelcome = asked()
    const { publicPackage, privatePackage } = chloe
    await joinGroup(made.welcome, publicPackage, privatePackage, emptyPskIndex, cs, made.newState.ratchetTree, undefined, byWelcome.config)
    expect([...new Set(byWelcome.identities)].sort()).toEqual(everyone)

    const info = await createGroupInfoWithExternalPub(made.newState, [], cs)
    const david = await invitee(device("David"))
    const join = (config: ClientState["clientConfig"]) =>
      joinGroupExternal(info, david.publicPackage, david.privatePackage, false, cs, made.newState.ratchetTree, config)
    const byCommit = asked()
    await join(byCommit.config)
    expect([...new Set(byCommit.identities)].sort()).toEqual(everyone)
    await expect(join(asked(text("device of Bruno")).config)).rejects.toThrow("validate credential")
  })
})

describe("another's credential at one's leaf", () => {
  /** Anne's honest commit, except that her leaf now carries Bruno's certificate. */
  async function asBruno(): Promise<{ commit: MLSMessage; chloe: ClientState }> {
    const [anne, , chloe] = await libraryGroup("Anne", "Bruno", "Chloé")
    const leaf = { ...leafNode(anne.ratchetTree, 0), credential: basicCredential(text("device of Bruno")) }
    const ratchetTree = anne.ratchetTree.with(0, { nodeType: "leaf", leaf })
    return { commit: (await committed({ ...anne, ratchetTree }, [])).commit, chloe }
  }

  it("is refused by a service that has no say about successors and accepts every credential", async () => {
    const { commit, chloe } = await asBruno()
    await expect(received(chloe, commit)).rejects.toThrow("no valid successor")
  })

  it("is refused or accepted as the service says", async () => {
    const { commit, chloe } = await asBruno()
    const yes = asked()
    await heard(chloe, commit, yes.config)
    expect(yes.successions).toEqual(["device of Anne → device of Bruno"])
    const no = { ...defaultClientConfig, authService: { ...yes.config.authService, validateSuccessor: () => Promise.resolve(false) } }
    await expect(heard(chloe, commit, no)).rejects.toThrow("no valid successor")
  })

  it("is refused through the product's checks, with the code of the check", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    const { commit } = await commitUpdate(anne, { authenticatedData: TIME })
    const seen: [LeafClaim, LeafClaim][] = []
    const successor = (before: LeafClaim, after: LeafClaim) => {
      seen.push([before, after])
      return "another-person"
    }
    await expect(processCommit(bruno, commit, { ...willing, successor })).rejects.toMatchObject({
      code: "successor_refused",
      detail: "another-person",
    })
    expect(seen.map(([before, after]) => [before.identity, after.identity])).toEqual([
      [text("device of Anne"), text("device of Anne")],
    ])
    await expect(processCommit(bruno, commit, { ...willing, leaf: () => "unknown-person" })).rejects.toMatchObject({
      code: "leaf_refused",
      detail: "unknown-person",
    })
  })

  it("is asked about in an Update proposal too", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const cs = await suite()
    const pair = await cs.hpke.generateKeyPair()
    const update = await updateOf(bruno, {
      hpkePublicKey: await cs.hpke.exportPublicKey(pair.publicKey),
      credential: basicCredential(text("device of Anne")),
    })
    const { message } = await createProposal(bruno, true, { proposalType: "update", update: { leafNode: update } }, cs)
    const withProposal = await received(anne, message)
    await expect(createCommit({ state: withProposal, cipherSuite: cs }, { wireAsPublicMessage: true })).rejects.toThrow(
      "no valid successor",
    )
  })
})

describe("the keys of a new leaf", () => {
  it("are refused when the signature key is a member's", async () => {
    const twice = device("Bruno")
    const [anne] = await circle(device("Anne"), twice)
    const { commit } = await joined(anne, twice)
    await expect(processCommit(anne, commit, willing)).rejects.toMatchObject({
      code: "verification_failed",
      detail: expect.stringContaining("signature keys not unique") as string,
    })
  })

  it("are refused when the encryption key is a member's", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno", "Chloé")
    const { commit } = await committed(anne, [])
    const path = pathOf(commit)
    const { hpkePublicKey } = leafNode(anne.ratchetTree, 2)
    const leaf = await changedLeaf(path.leafNode, anne, 0, { hpkePublicKey })
    const copied = await changedCommit(commit, anne, (c) => ({ ...c, path: { ...path, leafNode: leaf } }))
    await expect(received(bruno, copied)).rejects.toThrow("hpke keys not unique")
  })

  it("are refused when a node of the path has a member's key, or twice the same", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno", "Chloé")
    const { commit } = await committed(anne, [])
    const path = pathOf(commit)
    for (const key of [leafNode(anne.ratchetTree, 2).hpkePublicKey, at(path.nodes, 1).hpkePublicKey, path.leafNode.hpkePublicKey]) {
      const nodes = path.nodes.with(0, { ...at(path.nodes, 0), hpkePublicKey: key })
      const copied = await changedCommit(commit, anne, (c) => ({ ...c, path: { ...path, nodes } }))
      await expect(received(bruno, copied)).rejects.toThrow("may not appear in a node")
    }
  })

  it("are refused when the leaf does not support a member's kind of credential", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [])
    const path = pathOf(commit)
    const capabilities = { ...path.leafNode.capabilities, credentials: [] }
    const leaf = await changedLeaf(path.leafNode, anne, 0, { capabilities })
    const poorer = await changedCommit(commit, anne, (c) => ({ ...c, path: { ...path, leafNode: leaf } }))
    await expect(received(bruno, poorer)).rejects.toThrow("does not support the credential")
  })

  it("may be a removed member's when the same commit removes it and adds it anew", async () => {
    const again = device("Bruno")
    const [founder] = await libraryGroup("Anne")
    const [anne, , chloe] = await withAdded(founder, await invitee(again), await invitee(device("Chloé")))
    const made = await committed(anne, [remove(1), add(await invitee(again))])
    expect((await received(chloe, made.commit)).groupContext.epoch).toBe(made.newState.groupContext.epoch)
  })
})
