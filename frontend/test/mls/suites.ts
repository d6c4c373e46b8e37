/** Suites 1 and 3 for tests. */
import { CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"
import { chacha20poly1305 } from "@noble/ciphers/chacha.js"
import { getCiphersuiteFromName, type CiphersuiteImpl } from "ts-mls"
import { makeGenericHpke } from "ts-mls/crypto/implementation/hpke.js"
import { suite as productSuite } from "../../src/core/mls/suite.ts"

/** Suite 1 as the product has it; suite 3 with the ChaCha20-Poly1305 that the product does not ship. */
export async function suiteNumber(number: number): Promise<CiphersuiteImpl> {
  const ours = await productSuite()
  if (number === 1) return ours
  const suite = getCiphersuiteFromName("MLS_128_DHKEMX25519_CHACHA20POLY1305_SHA256_Ed25519")
  const kem = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: chacha })
  const aead = {
    encrypt: (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) =>
      Promise.resolve(chacha20poly1305(key, nonce, aad).encrypt(plaintext)),
    decrypt: (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array) =>
      Promise.resolve(chacha20poly1305(key, nonce, aad).decrypt(ciphertext)),
  }
  return { ...ours, hpke: await makeGenericHpke(suite.hpke, aead, kem), name: suite.name }
}

type Octets = ArrayBufferLike | ArrayBufferView

export const chacha = {
  id: 0x0003,
  keySize: 32,
  nonceSize: 12,
  tagSize: 16,
  createEncryptionContext(key: Octets) {
    return {
      seal: (iv: Octets, data: Octets, aad: Octets) =>
        Promise.resolve(buffer(chacha20poly1305(view(key), view(iv), view(aad)).encrypt(view(data)))),
      open: (iv: Octets, data: Octets, aad: Octets) =>
        Promise.resolve(buffer(chacha20poly1305(view(key), view(iv), view(aad)).decrypt(view(data)))),
    }
  },
} as const

function view(octets: Octets): Uint8Array {
  return ArrayBuffer.isView(octets)
    ? new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength)
    : new Uint8Array(octets)
}

export function buffer(octets: Uint8Array): ArrayBuffer {
  return new Uint8Array(octets).buffer
}
