/** RFC 9420 §12.4.3.2, §12.1.8.1: the data of external_pub and of external_senders. */
import {
  createGroup,
  createGroupInfoWithExternalPub,
  createGroupInfoWithExternalPubAndRatchetTree,
  defaultAuthenticationService,
  encodeExternalSenders,
  joinGroupExternal,
  proposeExternal,
  type Extension,
  type ExternalSender,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { describe, expect, it } from "vitest"
import { basicCredential } from "../../src/core/mls/context.ts"
import { generateSignatureKeyPair } from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"
import { CIRCLE, device, invitee, libraryGroup, received, remove, text } from "./cast.ts"

describe("external_pub", () => {
  it("is a key with its length before it", async () => {
    const cs = await suite()
    const [anne] = await libraryGroup("Anne")
    const pair = await cs.hpke.deriveKeyPair(anne.keySchedule.externalSecret)
    const expected = [32, ...(await cs.hpke.exportPublicKey(pair.publicKey))]
    for (const make of [createGroupInfoWithExternalPub, createGroupInfoWithExternalPubAndRatchetTree]) {
      const { extensions } = await make(anne, [], cs)
      expect([...dataOf(extensions, "external_pub")]).toEqual(expected)
    }
  })

  it("lets a joiner in, and does not when it is the bare key", async () => {
    const cs = await suite()
    const [anne] = await libraryGroup("Anne")
    const { publicPackage, privatePackage } = await invitee(device("Bruno"))
    const info = await createGroupInfoWithExternalPub(anne, [], cs)
    const { newState } = await joinGroupExternal(info, publicPackage, privatePackage, false, cs, anne.ratchetTree)
    expect(newState.groupContext.epoch).toBe(1n)

    const bare = { ...info, extensions: [{ extensionType: "external_pub" as const, extensionData: dataOf(info.extensions, "external_pub").slice(1) }] }
    await expect(joinGroupExternal(bare, publicPackage, privatePackage, false, cs, anne.ratchetTree)).rejects.toThrow()
  })
})

describe("external_senders", () => {
  const archive = generateSignatureKeyPair()
  const office = generateSignatureKeyPair()
  const senders: ExternalSender[] = [
    { signaturePublicKey: archive.publicKey, credential: basicCredential(text("archive")) },
    { signaturePublicKey: office.publicKey, credential: basicCredential(text("office")) },
  ]

  it("is one vector of key and credential pairs", () => {
    const one = (key: Uint8Array, identity: string) => [32, ...key, 0, 1, identity.length, ...text(identity)]
    const items = [...one(archive.publicKey, "archive"), ...one(office.publicKey, "office")]
    expect([...encodeExternalSenders(senders)]).toEqual([0x40, items.length, ...items])
  })

  it("lets the second of two propose, under its index in that vector", async () => {
    const cs = await suite()
    const [anne] = await groupWithSenders(() => true)
    const info = await createGroupInfoWithExternalPub(anne, [], cs)
    const message = await proposeExternal(info, remove(0), office.publicKey, office.privateKey, cs)
    expect(message.wireformat === "mls_public_message" && message.publicMessage.content.sender).toEqual({
      senderType: "external",
      senderIndex: 1,
    })
    expect(Object.keys((await received(anne, message)).unappliedProposals)).toHaveLength(1)
  })

  it("has every one of its credentials checked", async () => {
    await expect(groupWithSenders((identity) => identity !== "office")).rejects.toThrow("external credential")
  })

  async function groupWithSenders(accept: (identity: string) => boolean) {
    const { publicPackage, privatePackage } = await invitee(device("Anne"))
    const extension: Extension = { extensionType: "external_senders", extensionData: encodeExternalSenders(senders) }
    const authService = {
      ...defaultAuthenticationService,
      validateCredential: (credential: ExternalSender["credential"]) =>
        Promise.resolve(credential.credentialType === "basic" && accept(new TextDecoder().decode(credential.identity))),
    }
    const config = { ...defaultClientConfig, authService }
    return [await createGroup(CIRCLE, publicPackage, privatePackage, [extension], await suite(), config)] as const
  }
})

function dataOf(extensions: readonly Extension[], type: Extension["extensionType"]): Uint8Array {
  const found = extensions.find(({ extensionType }) => extensionType === type)
  if (found === undefined) throw new TypeError("no such extension")
  return found.extensionData
}
