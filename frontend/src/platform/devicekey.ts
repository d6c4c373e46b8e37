/** The device's own unlocker of the vault: a key pair that the browser holds and never shows (docs/protocol.md). */
import { hpkeOpen } from "../core/mls/hpke.ts"
import type { DeviceKey } from "../core/platform.ts"

/** Of the private half nothing is possible but an agreement with another public key. */
export function newDevicePair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]) as Promise<CryptoKeyPair>
}

export async function deviceKey(pair: CryptoKeyPair): Promise<DeviceKey> {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey))
  return { publicKey, open: (sealed, info) => hpkeOpen(pair, sealed, info) }
}
