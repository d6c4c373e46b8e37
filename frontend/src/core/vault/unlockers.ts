/**
 * Unlockers of a vault: each wraps the vault key. The recovery code is the person's; the device key is the platform's,
 * and never leaves it (docs/protocol.md, table of labels).
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concat, utf8 } from "../encoding/bytes.ts"
import { encode } from "../encoding/canonical.ts"
import { idBytes } from "../encoding/uuid.ts"
import { neighbours } from "../identity/recoveryCode.ts"
import type { DeviceId, UserId } from "../ids.ts"
import type { DeviceKey } from "../platform.ts"

const NONCE_SIZE = 24
const INFO = utf8("cordee vault recovery")

export const RECOVERY = "recovery"

export function deviceUnlocker(device: DeviceId): string {
  return `device:${device}`
}

/** nonce (24) ‖ ciphertext */
export function wrapWithRecovery(
  vaultKey: Uint8Array,
  code: Uint8Array,
  bound: { readonly user: UserId; readonly generation: number },
  randomBytes: (length: number) => Uint8Array,
): Uint8Array {
  const nonce = randomBytes(NONCE_SIZE)
  const cipher = xchacha20poly1305(
    recoveryKey(code, bound.user),
    nonce,
    associated(bound.user, bound.generation, RECOVERY),
  )
  return concat(nonce, cipher.encrypt(vaultKey))
}

/** The vault key; undefined when the code does not open this wrapper. */
export function unwrapWithRecovery(
  wrapper: Uint8Array,
  code: Uint8Array,
  { generation, user }: { readonly user: UserId; readonly generation: number },
): Uint8Array | undefined {
  if (wrapper.length <= NONCE_SIZE) return undefined
  const nonce = wrapper.slice(0, NONCE_SIZE)
  try {
    const cipher = xchacha20poly1305(recoveryKey(code, user), nonce, associated(user, generation, RECOVERY))
    return cipher.decrypt(wrapper.slice(NONCE_SIZE))
  } catch {
    return undefined
  }
}

/** Which group of a code that opens nothing was mistyped; undefined when it is more than a slip. About 1,000 trials. */
export function mistypedGroup(
  wrapper: Uint8Array,
  code: Uint8Array,
  bound: { readonly user: UserId; readonly generation: number },
): number | undefined {
  for (const { bytes, group } of neighbours(code)) {
    if (unwrapWithRecovery(wrapper, bytes, bound) !== undefined) return group
  }
  return undefined
}

export async function wrapWithDevice(
  vaultKey: Uint8Array,
  key: DeviceKey,
  { device, generation, user }: { readonly user: UserId; readonly generation: number; readonly device: DeviceId },
): Promise<Uint8Array> {
  return key.seal(vaultKey, associated(user, generation, deviceUnlocker(device)))
}

/** The vault key; rejects when the platform's key is another one. */
export async function unwrapWithDevice(
  wrapper: Uint8Array,
  key: DeviceKey,
  { device, generation, user }: { readonly user: UserId; readonly generation: number; readonly device: DeviceId },
): Promise<Uint8Array> {
  return key.open(wrapper, associated(user, generation, deviceUnlocker(device)))
}

function recoveryKey(code: Uint8Array, user: UserId): Uint8Array {
  return hkdf(sha256, code, idBytes(user), INFO, 32)
}

function associated(user: UserId, generation: number, unlocker: string): Uint8Array {
  return encode({ generation, label: "cordee vault key", unlocker, user })
}
