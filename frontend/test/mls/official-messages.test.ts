/** Official vectors for the wire: every message decodes and encodes to the same bytes, and is protected alike. */
import { decodeMlsMessage, encodeMlsMessage, type GroupContext, type MLSMessage } from "ts-mls"
import { defaultKeyRetentionConfig } from "ts-mls/keyRetentionConfig.js"
import { determineLength } from "ts-mls/codec/variableLength.js"
import { decodeCommit, encodeCommit } from "ts-mls/commit.js"
import { decodeGroupSecrets, encodeGroupSecrets } from "ts-mls/groupSecrets.js"
import { unprotectPrivateMessage } from "ts-mls/messageProtection.js"
import { unprotectPublicMessage } from "ts-mls/messageProtectionPublic.js"
import {
  decodeAdd,
  decodeExternalInit,
  decodeGroupContextExtensions,
  decodeProposal,
  decodePSK,
  decodeReinit,
  decodeRemove,
  decodeUpdate,
  encodeAdd,
  encodeExternalInit,
  encodeGroupContextExtensions,
  encodeProposal,
  encodePSK,
  encodeReinit,
  encodeRemove,
  encodeUpdate,
} from "ts-mls/proposal.js"
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { createSecretTree } from "ts-mls/secretTree.js"
import { expect, it } from "vitest"
import { decodeExact } from "../../src/core/mls/exact.ts"
import { suiteNumber } from "./suites.ts"
import { bytes, describeVectors, vectors } from "./vectors.ts"

const codecs: Record<string, (encoded: Uint8Array) => unknown> = {
  mls_welcome: message,
  mls_group_info: message,
  mls_key_package: message,
  ratchet_tree: (encoded) => decodeExact(encoded, decodeRatchetTree, encodeRatchetTree),
  group_secrets: (encoded) => decodeExact(encoded, decodeGroupSecrets, encodeGroupSecrets),
  add_proposal: (encoded) => decodeExact(encoded, decodeAdd, encodeAdd),
  update_proposal: (encoded) => decodeExact(encoded, decodeUpdate, encodeUpdate),
  remove_proposal: (encoded) => decodeExact(encoded, decodeRemove, encodeRemove),
  pre_shared_key_proposal: (encoded) => decodeExact(encoded, decodePSK, encodePSK),
  re_init_proposal: (encoded) => decodeExact(encoded, decodeReinit, encodeReinit),
  external_init_proposal: (encoded) => decodeExact(encoded, decodeExternalInit, encodeExternalInit),
  group_context_extensions_proposal: (encoded) =>
    decodeExact(encoded, decodeGroupContextExtensions, encodeGroupContextExtensions),
  commit: (encoded) => decodeExact(encoded, decodeCommit, encodeCommit),
  public_message_application: message,
  public_message_proposal: message,
  public_message_commit: message,
  private_message: message,
}

function message(encoded: Uint8Array): MLSMessage | undefined {
  return decodeExact(encoded, decodeMlsMessage, encodeMlsMessage)
}

describeVectors("messages", () => {
  const entries = vectors<Record<string, string>>("messages")
  for (const [field, decode] of Object.entries(codecs)) {
    it(`reads and writes ${entries.length} times ${field} byte for byte, and nothing longer`, () => {
      for (const entry of entries) {
        const encoded = bytes(entry[field] ?? "")
        expect(decode(encoded)).toBeDefined()
        expect(decode(new Uint8Array([...encoded, 0]))).toBeUndefined()
      }
    })
  }
})

describeVectors("deserialization", () => {
  vectors<{ readonly vlbytes_header: string; readonly length: number }>("deserialization").forEach((entry) => {
    it(`reads the length ${entry.length}`, () => {
      expect(determineLength(bytes(entry.vlbytes_header)).length).toBe(entry.length)
    })
  })
})

interface MessageProtection {
  readonly cipher_suite: number
  readonly group_id: string
  readonly epoch: number
  readonly tree_hash: string
  readonly confirmed_transcript_hash: string
  readonly signature_pub: string
  readonly encryption_secret: string
  readonly sender_data_secret: string
  readonly membership_key: string
  readonly proposal: string
  readonly proposal_priv: string
  readonly proposal_pub: string
  readonly commit: string
  readonly commit_priv: string
  readonly commit_pub: string
  readonly application: string
  readonly application_priv: string
}

describeVectors("message-protection", () => {
  vectors<MessageProtection>("message-protection").forEach((entry) => {
    it(`unprotects public messages (suite ${entry.cipher_suite})`, async () => {
      expect(await openedPublic(entry, entry.proposal_pub)).toEqual(bytes(entry.proposal))
      expect(await openedPublic(entry, entry.commit_pub)).toEqual(bytes(entry.commit))
    })

    it(`unprotects private messages (suite ${entry.cipher_suite})`, async () => {
      expect(await openedPrivate(entry, entry.proposal_priv)).toEqual(bytes(entry.proposal))
      expect(await openedPrivate(entry, entry.commit_priv)).toEqual(bytes(entry.commit))
      expect(await openedPrivate(entry, entry.application_priv)).toEqual(bytes(entry.application))
    })
  })
})

async function openedPublic(entry: MessageProtection, hex: string): Promise<Uint8Array> {
  const cs = await suiteNumber(entry.cipher_suite)
  const received = message(bytes(hex))
  if (received?.wireformat !== "mls_public_message") throw new Error("vector")
  const { content } = await unprotectPublicMessage(
    bytes(entry.membership_key),
    context(entry, cs.name),
    [],
    received.publicMessage,
    cs,
    bytes(entry.signature_pub),
  )
  return content.contentType === "commit" ? encodeCommit(content.commit) : encodeProposal(content.proposal)
}

async function openedPrivate(entry: MessageProtection, hex: string): Promise<Uint8Array> {
  const cs = await suiteNumber(entry.cipher_suite)
  const received = message(bytes(hex))
  if (received?.wireformat !== "mls_private_message") throw new Error("vector")
  const proposal = decodeProposal(bytes(entry.proposal), 0)
  expect(proposal).toBeDefined()
  const { content } = await unprotectPrivateMessage(
    bytes(entry.sender_data_secret),
    received.privateMessage,
    await createSecretTree(2, bytes(entry.encryption_secret), cs.kdf),
    [],
    context(entry, cs.name),
    defaultKeyRetentionConfig,
    cs,
    bytes(entry.signature_pub),
  )
  if (content.content.contentType === "application") return content.content.applicationData
  return content.content.contentType === "commit"
    ? encodeCommit(content.content.commit)
    : encodeProposal(content.content.proposal)
}

function context(entry: MessageProtection, cipherSuite: GroupContext["cipherSuite"]): GroupContext {
  return {
    version: "mls10",
    cipherSuite,
    groupId: bytes(entry.group_id),
    epoch: BigInt(entry.epoch),
    treeHash: bytes(entry.tree_hash),
    confirmedTranscriptHash: bytes(entry.confirmed_transcript_hash),
    extensions: [],
  }
}
