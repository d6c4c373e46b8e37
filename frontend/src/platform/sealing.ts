/**
 * AES-256-GCM with a WebCrypto key that cannot be extracted: what is sealed here can be opened by this browser profile
 * only.
 */

const IV_SIZE = 12

/** For one use: IVs are random, and one key should not seal more than 2^32 values (NIST SP 800-38D §8.3). */
export function newSealingKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"])
}

/** iv (12) ‖ ciphertext with tag */
export async function seal(key: CryptoKey, plaintext: Uint8Array, associated: Uint8Array): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_SIZE))
  const algorithm = { name: "AES-GCM", iv, additionalData: Uint8Array.from(associated) }
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, Uint8Array.from(plaintext)))
  const sealed = new Uint8Array(IV_SIZE + ciphertext.length)
  sealed.set(iv)
  sealed.set(ciphertext, IV_SIZE)
  return sealed
}

/** Rejects when key, bytes or `associated` do not fit together. */
export async function open(key: CryptoKey, sealed: Uint8Array, associated: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "AES-GCM", iv: sealed.slice(0, IV_SIZE), additionalData: Uint8Array.from(associated) }
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, Uint8Array.from(sealed.slice(IV_SIZE))))
}
