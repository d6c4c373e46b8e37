/**
 * Randomness that is told again: the suite's own functions over bytes from a name, so that the same groups come out
 * on every run. Never for anything but vectors.
 */
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"
import { sha256 } from "@noble/hashes/sha2.js"
import type { CiphersuiteImpl } from "ts-mls"
import { concat } from "../../../src/core/encoding/bytes.ts"
import { buffer, chacha, suiteNumber } from "../../mls/suites.ts"
import { seeded } from "../cast.ts"

/** The suite with everything random drawn from `name`; suite 1 is the product's own object, changed in place. */
export async function seededSuite(number: number, name: string): Promise<CiphersuiteImpl> {
  const cs = await suiteNumber(number)
  const aead = number === 1 ? new Aes128Gcm() : chacha
  const hpke = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead })
  let drawn = 0
  const next = (length: number) => seeded(`${name} ${String(drawn++)}`, length)

  /** Members seal in parallel, in no certain order: the ephemeral key hangs on what is sealed and for whom. */
  async function sender(recipientPublicKey: CryptoKey, info: Uint8Array, ...more: Uint8Array[]) {
    const raw = new Uint8Array(await hpke.kem.serializePublicKey(recipientPublicKey))
    const ekm = await hpke.kem.deriveKeyPair(buffer(sha256(concat(seeded(name), raw, info, ...more))))
    return hpke.createSenderContext({ recipientPublicKey, info: buffer(info), ekm })
  }

  Object.assign(cs.rng, { randomBytes: next })
  Object.assign(cs.hpke, {
    generateKeyPair: () => cs.hpke.deriveKeyPair(next(32)),
    async seal(publicKey: CryptoKey, plaintext: Uint8Array, info: Uint8Array, aad = new Uint8Array()) {
      const context = await sender(publicKey, info, plaintext)
      return {
        enc: new Uint8Array(context.enc),
        ct: new Uint8Array(await context.seal(buffer(plaintext), buffer(aad))),
      }
    },
    async exportSecret(publicKey: CryptoKey, exporterContext: Uint8Array, length: number, info: Uint8Array) {
      const context = await sender(publicKey, info, next(32))
      const secret = await context.export(buffer(exporterContext), length)
      return { enc: new Uint8Array(context.enc), secret: new Uint8Array(secret) }
    },
  })
  return cs
}
