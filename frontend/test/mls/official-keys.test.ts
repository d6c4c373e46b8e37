/** Official vectors for the labelled cryptography, the key schedule, the transcript and the Welcome. */
import { decodeMlsMessage, mlsExporter, type CiphersuiteImpl, type GroupContext } from "ts-mls"
import { decodeAuthenticatedContent } from "ts-mls/authenticatedContent.js"
import { decryptWithLabel, encryptWithLabel } from "ts-mls/crypto/hpke.js"
import { refhash } from "ts-mls/crypto/hash.js"
import { deriveSecret, deriveTreeSecret, expandWithLabel } from "ts-mls/crypto/kdf.js"
import { signWithLabel, verifyWithLabel } from "ts-mls/crypto/signature.js"
import { verifyConfirmationTag } from "ts-mls/framedContent.js"
import { encodeGroupContext } from "ts-mls/groupContext.js"
import { verifyGroupInfoConfirmationTag, verifyGroupInfoSignature } from "ts-mls/groupInfo.js"
import { makeKeyPackageRef } from "ts-mls/keyPackage.js"
import { initializeEpoch } from "ts-mls/keySchedule.js"
import { computePskSecret, type PreSharedKeyID } from "ts-mls/presharedkey.js"
import { createConfirmedHash, createInterimHash } from "ts-mls/transcriptHash.js"
import { decryptGroupInfo, decryptGroupSecrets } from "ts-mls/welcome.js"
import { expect, it } from "vitest"
import { suiteNumber } from "./suites.ts"
import { bytes, describeVectors, vectors } from "./vectors.ts"

interface CryptoBasics {
  readonly cipher_suite: number
  readonly ref_hash: { readonly label: string; readonly value: string; readonly out: string }
  readonly expand_with_label: {
    readonly secret: string
    readonly label: string
    readonly context: string
    readonly length: number
    readonly out: string
  }
  readonly derive_secret: { readonly secret: string; readonly label: string; readonly out: string }
  readonly derive_tree_secret: {
    readonly secret: string
    readonly label: string
    readonly generation: number
    readonly length: number
    readonly out: string
  }
  readonly sign_with_label: {
    readonly priv: string
    readonly pub: string
    readonly content: string
    readonly label: string
    readonly signature: string
  }
  readonly encrypt_with_label: {
    readonly priv: string
    readonly pub: string
    readonly label: string
    readonly context: string
    readonly plaintext: string
    readonly kem_output: string
    readonly ciphertext: string
  }
}

describeVectors("crypto-basics", () => {
  vectors<CryptoBasics>("crypto-basics").forEach((entry) => {
    it(`labels what it hashes, derives, signs and encrypts (suite ${entry.cipher_suite})`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const { ref_hash: ref, expand_with_label: ex, derive_secret: ds, derive_tree_secret: dt } = entry
      const { sign_with_label: sl, encrypt_with_label: el } = entry
      expect(await refhash(ref.label, bytes(ref.value), cs.hash)).toEqual(bytes(ref.out))
      expect(await expandWithLabel(bytes(ex.secret), ex.label, bytes(ex.context), ex.length, cs.kdf)).toEqual(bytes(ex.out))
      expect(await deriveSecret(bytes(ds.secret), ds.label, cs.kdf)).toEqual(bytes(ds.out))
      expect(await deriveTreeSecret(bytes(dt.secret), dt.label, dt.generation, dt.length, cs.kdf)).toEqual(bytes(dt.out))

      const signature = await signWithLabel(bytes(sl.priv), sl.label, bytes(sl.content), cs.signature)
      expect(signature).toEqual(bytes(sl.signature))
      expect(await verifyWithLabel(bytes(sl.pub), sl.label, bytes(sl.content), signature, cs.signature)).toBe(true)

      const priv = await cs.hpke.importPrivateKey(bytes(el.priv))
      const opened = decryptWithLabel(priv, el.label, bytes(el.context), bytes(el.kem_output), bytes(el.ciphertext), cs.hpke)
      expect(await opened).toEqual(bytes(el.plaintext))
      const pub = await cs.hpke.importPublicKey(bytes(el.pub))
      const { enc, ct } = await encryptWithLabel(pub, el.label, bytes(el.context), bytes(el.plaintext), cs.hpke)
      expect(await decryptWithLabel(priv, el.label, bytes(el.context), enc, ct, cs.hpke)).toEqual(bytes(el.plaintext))
    })
  })
})

interface KeySchedule {
  readonly cipher_suite: number
  readonly group_id: string
  readonly initial_init_secret: string
  readonly epochs: readonly (Readonly<Record<ScheduledSecret | EpochInput, string>> & {
    readonly exporter: {
      readonly label: string
      readonly context: string
      readonly length: number
      readonly secret: string
    }
  })[]
}
type EpochInput = "tree_hash" | "commit_secret" | "psk_secret" | "confirmed_transcript_hash" | "group_context"
type ScheduledSecret =
  | "joiner_secret"
  | "welcome_secret"
  | "init_secret"
  | "sender_data_secret"
  | "encryption_secret"
  | "exporter_secret"
  | "epoch_authenticator"
  | "external_secret"
  | "confirmation_key"
  | "membership_key"
  | "resumption_psk"
  | "external_pub"

describeVectors("key-schedule", () => {
  vectors<KeySchedule>("key-schedule").forEach((entry) => {
    it(`derives every secret of ${entry.epochs.length} epochs (suite ${entry.cipher_suite})`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      let init = bytes(entry.initial_init_secret)
      for (const [epoch, given] of entry.epochs.entries()) {
        const context: GroupContext = {
          version: "mls10",
          cipherSuite: cs.name,
          groupId: bytes(entry.group_id),
          epoch: BigInt(epoch),
          treeHash: bytes(given.tree_hash),
          confirmedTranscriptHash: bytes(given.confirmed_transcript_hash),
          extensions: [],
        }
        expect(encodeGroupContext(context)).toEqual(bytes(given.group_context))
        const made = await initializeEpoch(init, bytes(given.commit_secret), context, bytes(given.psk_secret), cs.kdf)
        const { keySchedule: keys } = made
        expect(made.joinerSecret).toEqual(bytes(given.joiner_secret))
        expect(made.welcomeSecret).toEqual(bytes(given.welcome_secret))
        expect(made.encryptionSecret).toEqual(bytes(given.encryption_secret))
        expect(keys.initSecret).toEqual(bytes(given.init_secret))
        expect(keys.senderDataSecret).toEqual(bytes(given.sender_data_secret))
        expect(keys.exporterSecret).toEqual(bytes(given.exporter_secret))
        expect(keys.epochAuthenticator).toEqual(bytes(given.epoch_authenticator))
        expect(keys.externalSecret).toEqual(bytes(given.external_secret))
        expect(keys.confirmationKey).toEqual(bytes(given.confirmation_key))
        expect(keys.membershipKey).toEqual(bytes(given.membership_key))
        expect(keys.resumptionPsk).toEqual(bytes(given.resumption_psk))
        const external = await cs.hpke.deriveKeyPair(keys.externalSecret)
        expect(await cs.hpke.exportPublicKey(external.publicKey)).toEqual(bytes(given.external_pub))
        const { label, context: exported, length, secret } = given.exporter
        expect(await mlsExporter(keys.exporterSecret, label, bytes(exported), length, cs)).toEqual(bytes(secret))
        init = keys.initSecret
      }
    })
  })
})

interface TranscriptHashes {
  readonly cipher_suite: number
  readonly confirmation_key: string
  readonly authenticated_content: string
  readonly interim_transcript_hash_before: string
  readonly confirmed_transcript_hash_after: string
  readonly interim_transcript_hash_after: string
}

describeVectors("transcript-hashes", () => {
  vectors<TranscriptHashes>("transcript-hashes").forEach((entry) => {
    it(`hashes the transcript (suite ${entry.cipher_suite})`, async () => {
      const cs = await suiteNumber(entry.cipher_suite)
      const decoded = decodeAuthenticatedContent(bytes(entry.authenticated_content), 0)?.[0]
      if (decoded?.content.contentType !== "commit" || decoded.auth.contentType !== "commit") throw new Error("vector")
      const { wireformat, content, auth } = decoded
      const before = bytes(entry.interim_transcript_hash_before)
      const confirmed = await createConfirmedHash(before, { wireformat, content, signature: auth.signature }, cs.hash)
      expect(confirmed).toEqual(bytes(entry.confirmed_transcript_hash_after))
      const key = bytes(entry.confirmation_key)
      expect(await verifyConfirmationTag(key, auth.confirmationTag, confirmed, cs.hash)).toBe(true)
      const interim = await createInterimHash(confirmed, auth.confirmationTag, cs.hash)
      expect(interim).toEqual(bytes(entry.interim_transcript_hash_after))
    })
  })
})

interface PskSecret {
  readonly cipher_suite: number
  readonly psks: readonly { readonly psk_id: string; readonly psk: string; readonly psk_nonce: string }[]
  readonly psk_secret: string
}

describeVectors("psk_secret", () => {
  vectors<PskSecret>("psk_secret").forEach((entry) => {
    it(`mixes ${entry.psks.length} pre-shared keys (suite ${entry.cipher_suite})`, async () => {
      const psks = entry.psks.map(({ psk_id, psk, psk_nonce }): [PreSharedKeyID, Uint8Array] => [
        { psktype: "external", pskId: bytes(psk_id), pskNonce: bytes(psk_nonce) },
        bytes(psk),
      ])
      expect(await computePskSecret(psks, await suiteNumber(entry.cipher_suite))).toEqual(bytes(entry.psk_secret))
    })
  })
})

interface WelcomeEntry {
  readonly cipher_suite: number
  readonly init_priv: string
  readonly signer_pub: string
  readonly key_package: string
  readonly welcome: string
}

describeVectors("welcome", () => {
  vectors<WelcomeEntry>("welcome").forEach((entry) => {
    it(`opens a Welcome and finds it authentic (suite ${entry.cipher_suite})`, () => opensWelcome(entry))
  })
})

async function opensWelcome(entry: WelcomeEntry): Promise<void> {
  const cs: CiphersuiteImpl = await suiteNumber(entry.cipher_suite)
  const message = decodeMlsMessage(bytes(entry.welcome), 0)?.[0]
  const own = decodeMlsMessage(bytes(entry.key_package), 0)?.[0]
  if (message?.wireformat !== "mls_welcome" || own?.wireformat !== "mls_key_package") throw new Error("vector")
  const priv = await cs.hpke.importPrivateKey(bytes(entry.init_priv))
  const ref = await makeKeyPackageRef(own.keyPackage, cs.hash)
  const secrets = await decryptGroupSecrets(priv, ref, message.welcome, cs.hpke)
  if (secrets === undefined) throw new Error("vector")
  const none = new Uint8Array(cs.kdf.size)
  const info = await decryptGroupInfo(message.welcome, secrets.joinerSecret, none, cs)
  if (info === undefined) throw new Error("vector")
  expect(await verifyGroupInfoSignature(info, bytes(entry.signer_pub), cs.signature)).toBe(true)
  expect(await verifyGroupInfoConfirmationTag(info, secrets.joinerSecret, none, cs)).toBe(true)
}
