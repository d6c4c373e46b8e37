/**
 * HPKE (RFC 9180) in base mode with the suite's parts: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM.
 *
 * Used to hand epoch keys to a person and the vault key to its unlockers; `info` binds what is handed over and to whom.
 */
import type { PrivateKey } from "ts-mls/crypto/hpke.js"
import { suite } from "./suite.ts"

export interface HpkeKeyPair {
  /** 32 bytes */
  readonly privateKey: Uint8Array
  /** 32 bytes */
  readonly publicKey: Uint8Array
}

export interface HpkeSealed {
  /** 32 bytes: the encapsulated key */
  readonly kemOutput: Uint8Array
  /** plaintext length + 16 */
  readonly ciphertext: Uint8Array
}

export async function generateHpkeKeyPair(): Promise<HpkeKeyPair> {
  const { hpke } = await suite()
  const pair = await hpke.generateKeyPair()
  return {
    privateKey: await hpke.exportPrivateKey(pair.privateKey),
    publicKey: await hpke.exportPublicKey(pair.publicKey),
  }
}

export async function hpkeSeal(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  info: Uint8Array,
): Promise<HpkeSealed> {
  const { hpke } = await suite()
  const { enc, ct } = await hpke.seal(await hpke.importPublicKey(publicKey), plaintext, info)
  return { kemOutput: enc, ciphertext: ct }
}

/**
 * The plaintext; throws ts-mls's CryptoError when key, info or bytes do not fit together. A key pair may be one of
 * WebCrypto that cannot be extracted.
 */
export async function hpkeOpen(
  privateKey: Uint8Array | CryptoKeyPair,
  sealed: HpkeSealed,
  info: Uint8Array,
): Promise<Uint8Array> {
  const { hpke } = await suite()
  // Under ts-mls, @hpke/core takes a pair where it takes a private key, and then asks the private one for nothing but
  // deriveBits; the type of ts-mls does not say so.
  const isRaw = privateKey instanceof Uint8Array
  const key = isRaw ? await hpke.importPrivateKey(privateKey) : (privateKey as unknown as PrivateKey)
  return hpke.open(key, sealed.kemOutput, sealed.ciphertext, info)
}
