/** Official vectors: a member who only listens comes to the same epoch secrets as everyone else. */
import {
  bytesToBase64,
  decodeMlsMessage,
  emptyPskIndex,
  joinGroup,
  makePskIndex,
  processMessage,
  type CiphersuiteImpl,
  type ClientState,
  type MLSMessage,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { decodeRatchetTree } from "ts-mls/ratchetTree.js"
import { expect, it } from "vitest"
import { suiteNumber } from "./suites.ts"
import { bytes, describeVectors, vectors } from "./vectors.ts"

interface PassiveClient {
  readonly cipher_suite: number
  readonly external_psks: readonly { readonly psk_id: string; readonly psk: string }[]
  readonly key_package: string
  readonly signature_priv: string
  readonly encryption_priv: string
  readonly init_priv: string
  readonly welcome: string
  readonly ratchet_tree: string | null
  readonly initial_epoch_authenticator: string
  readonly epochs: readonly {
    readonly proposals: readonly string[]
    readonly commit: string
    readonly epoch_authenticator: string
  }[]
}

for (const file of ["passive-client-welcome", "passive-client-handling-commit", "passive-client-random"]) {
  describeVectors(file, () => {
    vectors<PassiveClient>(file).forEach((entry, index) => {
      it(`follows entry ${index} (suite ${entry.cipher_suite}) through ${entry.epochs.length} epochs`, () => follow(entry), 120_000)
    })
  })
}

async function follow(entry: PassiveClient): Promise<void> {
  const cs = await suiteNumber(entry.cipher_suite)
  const psks = Object.fromEntries(
    entry.external_psks.map(({ psk_id, psk }) => [bytesToBase64(bytes(psk_id)), bytes(psk)]),
  )
  let state = await join(entry, psks, cs)
  expect(state.keySchedule.epochAuthenticator).toEqual(bytes(entry.initial_epoch_authenticator))
  for (const epoch of entry.epochs) {
    for (const message of [...epoch.proposals, epoch.commit]) state = await take(state, message, psks, cs)
    expect(state.keySchedule.epochAuthenticator).toEqual(bytes(epoch.epoch_authenticator))
  }
}

async function join(
  entry: PassiveClient,
  psks: Record<string, Uint8Array>,
  cs: CiphersuiteImpl,
): Promise<ClientState> {
  const welcome = message(entry.welcome)
  const keyPackage = message(entry.key_package)
  if (welcome.wireformat !== "mls_welcome" || keyPackage.wireformat !== "mls_key_package") throw new Error("vector")
  return joinGroup(
    welcome.welcome,
    keyPackage.keyPackage,
    {
      initPrivateKey: bytes(entry.init_priv),
      hpkePrivateKey: bytes(entry.encryption_priv),
      signaturePrivateKey: bytes(entry.signature_priv),
    },
    makePskIndex(undefined, psks),
    cs,
    entry.ratchet_tree === null ? undefined : decodeRatchetTree(bytes(entry.ratchet_tree), 0)?.[0],
    undefined,
    { ...defaultClientConfig, messageSecrets: false },
  )
}

async function take(
  state: ClientState,
  hex: string,
  psks: Record<string, Uint8Array>,
  cs: CiphersuiteImpl,
): Promise<ClientState> {
  const received = message(hex)
  if (received.wireformat !== "mls_public_message" && received.wireformat !== "mls_private_message") throw new Error("vector")
  const index = received.wireformat === "mls_public_message" ? makePskIndex(state, psks) : emptyPskIndex
  const result = await processMessage(received, state, index, () => "accept", cs)
  return result.newState
}

function message(hex: string): MLSMessage {
  const decoded = decodeMlsMessage(bytes(hex), 0)
  if (decoded === undefined) throw new Error("vector")
  return decoded[0]
}
