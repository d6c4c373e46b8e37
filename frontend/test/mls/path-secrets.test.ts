/** RFC 9420 §7.5, §7.6, §12.4.2, §12.4.3.1: what a receiver makes of the secrets in a path or a Welcome. */
import { emptyPskIndex, joinGroup, type ClientState, type MLSMessage } from "ts-mls"
import { encryptWithLabel } from "ts-mls/crypto/hpke.js"
import { deriveSecret } from "ts-mls/crypto/kdf.js"
import { createConfirmationTag } from "ts-mls/framedContent.js"
import { encodeGroupContext } from "ts-mls/groupContext.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { initializeEpoch } from "ts-mls/keySchedule.js"
import { nextEpochContext } from "ts-mls/clientState.js"
import { protectPublicMessage } from "ts-mls/messageProtectionPublic.js"
import { getHpkePublicKey } from "ts-mls/ratchetTree.js"
import { treeHashRoot } from "ts-mls/treeHash.js"
import { decryptGroupSecrets, encryptGroupSecrets } from "ts-mls/welcome.js"
import { describe, expect, it } from "vitest"
import { suite } from "../../src/core/mls/suite.ts"
import { add, at, committed, device, invitee, libraryGroup, publicMessage, received, remove } from "./cast.ts"
import { changedCommit, pathOf } from "./hostile.ts"

describe("the path secrets of a commit", () => {
  it("are refused when they do not lead to the path's own keys, however well the rest fits", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const commit = await withOtherSecret(anne, bruno)
    await expect(received(bruno, commit)).rejects.toThrow("Public key derived from the path secret")
  })

  it("are refused when there are more of them than nodes to read them", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [])
    const { leafNode, nodes } = pathOf(commit)
    const doubled = nodes.map((node) => ({ ...node, encryptedPathSecret: [...node.encryptedPathSecret, ...node.encryptedPathSecret] }))
    const more = await changedCommit(commit, anne, ({ proposals }) => ({ proposals, path: { leafNode, nodes: doubled } }))
    await expect(received(bruno, more)).rejects.toThrow("another number of path secrets")
  })

  it("are refused when there are fewer of them than nodes to read them", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno", "Chloé", "David")
    const { commit } = await committed(anne, [])
    const { leafNode, nodes } = pathOf(commit)
    const fewer = nodes.map((node) => ({ ...node, encryptedPathSecret: node.encryptedPathSecret.slice(1) }))
    const less = await changedCommit(commit, anne, ({ proposals }) => ({ proposals, path: { leafNode, nodes: fewer } }))
    await expect(received(bruno, less)).rejects.toThrow("another number of path secrets")
  })
})

describe("the path secret of a Welcome", () => {
  it("is refused when it does not lead to the keys of the tree", async () => {
    const cs = await suite()
    const [anne] = await libraryGroup("Anne", "Bruno", "Chloé")
    const david = await invitee(device("David"))
    // A removal brings the path without which a Welcome has no path secret.
    const made = await committed(anne, [remove(1), add(david)])
    const { welcome } = made
    if (welcome === undefined) throw new TypeError("an add brings a welcome")
    const { publicPackage, privatePackage } = david
    const ref = await makeKeyPackageRef(publicPackage, cs.hash)
    const priv = await cs.hpke.importPrivateKey(privatePackage.initPrivateKey)
    const secrets = await decryptGroupSecrets(priv, ref, welcome, cs.hpke)
    if (secrets?.pathSecret === undefined) throw new TypeError("no path secret")
    const pub = await cs.hpke.importPublicKey(publicPackage.initKey)
    const other = { ...secrets, pathSecret: new Uint8Array(32).fill(7) }
    const { enc, ct } = await encryptGroupSecrets(pub, welcome.encryptedGroupInfo, other, cs.hpke)
    const changed = { ...welcome, secrets: [{ newMember: ref, encryptedGroupSecrets: { kemOutput: enc, ciphertext: ct } }] }

    const join = (given: typeof welcome) =>
      joinGroup(given, publicPackage, privatePackage, emptyPskIndex, cs, made.newState.ratchetTree)
    expect((await join(welcome)).groupContext.epoch).toBe(2n)
    await expect(join(changed)).rejects.toThrow("Public key derived from the path secret")
  })
})

/** Anne's commit for Bruno, its one path secret exchanged and everything after it made to fit, tags included. */
async function withOtherSecret(anne: ClientState, bruno: ClientState): Promise<MLSMessage> {
  const cs = await suite()
  const { commit, newState } = await committed(anne, [])
  const { leafNode, nodes } = pathOf(commit)
  const provisional = {
    ...anne.groupContext,
    epoch: anne.groupContext.epoch + 1n,
    treeHash: await treeHashRoot(newState.ratchetTree, cs.hash),
  }
  const brunosNode = bruno.ratchetTree[2]
  if (brunosNode === undefined) throw new TypeError("Bruno has leaf 1")
  const other = new Uint8Array(32).fill(7)
  const { enc, ct } = await encryptWithLabel(
    await cs.hpke.importPublicKey(getHpkePublicKey(brunosNode)),
    "UpdatePathNode",
    encodeGroupContext(provisional),
    other,
    cs.hpke,
  )
  const node = { ...at(nodes, 0), encryptedPathSecret: [{ kemOutput: enc, ciphertext: ct }] }
  const changed = publicMessage(await changedCommit(commit, anne, (c) => ({ ...c, path: { leafNode, nodes: [node] } })))
  const { content, auth } = changed
  if (content.contentType !== "commit" || auth.contentType !== "commit") throw new TypeError("not a commit")

  const commitSecret = await deriveSecret(other, "path", cs.kdf)
  const context = await nextEpochContext(
    anne.groupContext,
    "mls_public_message",
    content,
    auth.signature,
    provisional.treeHash,
    anne.confirmationTag,
    cs.hash,
  )
  const epoch = await initializeEpoch(anne.keySchedule.initSecret, commitSecret, context, new Uint8Array(32), cs.kdf)
  const confirmationTag = await createConfirmationTag(
    epoch.keySchedule.confirmationKey,
    context.confirmedTranscriptHash,
    cs.hash,
  )
  const authentic = { wireformat: "mls_public_message", content, auth: { ...auth, confirmationTag } } as const
  return {
    version: "mls10",
    wireformat: "mls_public_message",
    publicMessage: await protectPublicMessage(anne.keySchedule.membershipKey, anne.groupContext, authentic, cs),
  }
}
