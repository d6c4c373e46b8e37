/** The device key of the vault: one of its unlockers, held by the browser and never shown (docs/protocol.md). */
import type { DeviceKey } from "../core/platform.ts"
import { open, seal } from "./sealing.ts"

export function deviceKey(key: CryptoKey): DeviceKey {
  return {
    seal: (plaintext, associated) => seal(key, plaintext, associated),
    open: (sealed, associated) => open(key, sealed, associated),
  }
}
