/**
 * Unlockers: whoever opens a vault. Each is an X25519 key pair, for whose public half the vault key is wrapped (HPKE).
 *
 * The private half comes out of the recovery code, out of a passkey's PRF, or is held by the platform of a device and
 * never shown. The public halves lie inside the vault, so that a new vault key can be wrapped for each unlocker without
 * its presence and without asking the server who they are (docs/decisions/0008).
 */
import { x25519 } from "@noble/curves/ed25519.js"
import { hkdf } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concat, utf8 } from "../encoding/bytes.ts"
import { encode } from "../encoding/canonical.ts"
import { idBytes } from "../encoding/uuid.ts"
import { neighbours } from "../identity/recoveryCode.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { hpkeOpen, hpkeSeal } from "../mls/group.ts"
import type { NamedUnlocker } from "../model.ts"
import type { DeviceKey } from "../platform.ts"

const ENCAPSULATED = 32
const WRAPPED = 80

export const RECOVERY = "recovery"
const DEVICE = "device:"
const PASSKEY = "passkey:"

/** What a passkey is asked for: the same for everybody, because who signs in with one is known only afterwards. */
export const PRF_INPUT = sha256(utf8("cordee vault prf"))

export function deviceUnlocker(device: DeviceId): string {
  return `${DEVICE}${device}`
}

/** `credential`: the credential id as WebAuthn's JSON writes it, base64url. */
export function passkeyUnlocker(credential: string): string {
  return `${PASSKEY}${credential}`
}

export function readUnlocker(name: string): Pick<NamedUnlocker, "kind" | "id"> | undefined {
  if (name === RECOVERY) return { kind: "recovery", id: RECOVERY }
  if (name.startsWith(PASSKEY)) return { kind: "passkey", id: name.slice(PASSKEY.length) }
  return name.startsWith(DEVICE) ? { kind: "device", id: name.slice(DEVICE.length) } : undefined
}

/** X25519 private key of a recovery code. */
export function recoveryKey(code: Uint8Array, user: UserId): Uint8Array {
  return hkdf(sha256, code, idBytes(user), utf8("cordee vault recovery"), 32)
}

/** X25519 private key of a passkey, from its 32-byte PRF output. */
export function passkeyKey(output: Uint8Array, user: UserId): Uint8Array {
  return hkdf(sha256, output, idBytes(user), utf8("cordee vault passkey"), 32)
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  return x25519.getPublicKey(privateKey)
}

/** To what a wrapper is bound. */
export interface Wrapping {
  readonly user: UserId
  /** The number of the vault key. */
  readonly key: number
  readonly unlocker: string
}

/** enc (32) ‖ ciphertext (48) */
export async function wrap(vaultKey: Uint8Array, publicKey: Uint8Array, wrapping: Wrapping): Promise<Uint8Array> {
  const { ciphertext, kemOutput } = await hpkeSeal(publicKey, vaultKey, info(wrapping))
  return concat(kemOutput, ciphertext)
}

/** The vault key; undefined when this unlocker does not open the wrapper. */
export async function unwrap(
  wrapper: Uint8Array,
  unlocker: Uint8Array | DeviceKey,
  wrapping: Wrapping,
): Promise<Uint8Array | undefined> {
  if (wrapper.length !== WRAPPED) return undefined
  const sealed = { kemOutput: wrapper.slice(0, ENCAPSULATED), ciphertext: wrapper.slice(ENCAPSULATED) }
  try {
    return unlocker instanceof Uint8Array
      ? await hpkeOpen(unlocker, sealed, info(wrapping))
      : await unlocker.open(sealed, info(wrapping))
  } catch {
    return undefined
  }
}

/** Which group of a code that opens nothing was mistyped; undefined when it is more than a slip. About 1,000 trials. */
export async function mistypedGroup(
  wrapper: Uint8Array,
  code: Uint8Array,
  wrapping: Wrapping,
): Promise<number | undefined> {
  for (const { bytes, group } of neighbours(code)) {
    if ((await unwrap(wrapper, recoveryKey(bytes, wrapping.user), wrapping)) !== undefined) return group
  }
  return undefined
}

function info({ key, unlocker, user }: Wrapping): Uint8Array {
  return encode({ key, label: "cordee vault key", unlocker, user })
}
