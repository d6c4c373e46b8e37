/**
 * A device that cannot open its person's vault by itself: the recovery code or a passkey opens it, or everything begins
 * anew. Each ends in the device's record; VaultRefused says that what opened is not the person's vault.
 */
import type { VaultBlobs } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { clientError, CordeeError, RecoveryCodeRefused } from "../errors.ts"
import { readRecoveryCode } from "../identity/recoveryCode.ts"
import type { Passkeys, Presented } from "../platform.ts"
import { openVault } from "../vault/sealing.ts"
import {
  mistypedGroup,
  passkeyKey,
  passkeyUnlocker,
  readUnlocker,
  RECOVERY,
  recoveryKey,
  unwrap,
} from "../vault/unlockers.ts"
import { sealedVault, type OpenedVault } from "../vault/vault.ts"
import { putDevice, readDevice, removeDevice, type DeviceRecord } from "./deviceRecord.ts"
import { kept, registerFurther, resetKeys, type KeyRing } from "./keys.ts"
import { askForSecret } from "./passkeySecret.ts"

/** Throws RecoveryCodeRefused. */
export async function byCode(ring: KeyRing, typed: string): Promise<DeviceRecord> {
  const code = readRecoveryCode(typed)
  if (!code.ok) throw new RecoveryCodeRefused(code.group)
  const blobs = await ring.api.vault()
  const opened = await openWith(ring, blobs, RECOVERY, recoveryKey(code.bytes, ring.me.id))
  if (opened === undefined) throw await whyRefused(ring, blobs, code.bytes)
  return recordFor(ring, opened)
}

/** Asks for a passkey. Rejects `no_prf`, or `passkey_refused` also for one that is no unlocker. */
export async function byPasskey(ring: KeyRing, passkeys: Passkeys): Promise<DeviceRecord> {
  const known = await passkeysOf(ring)
  const record = await byPresented(ring, await askForSecret(passkeys, known, ring.randomBytes))
  if (record === undefined) throw clientError("passkey_refused")
  return record
}

/** With the passkey that has signed in; undefined when it is no unlocker of this vault. */
export async function byPresented(
  ring: KeyRing,
  { id, prf }: Pick<Presented, "id" | "prf">,
): Promise<DeviceRecord | undefined> {
  if (prf === null) return undefined
  const privateKey = passkeyKey(prf, ring.me.id)
  const opened = await openWith(ring, await ring.api.vault(), passkeyUnlocker(id), privateKey)
  return opened === undefined ? undefined : recordFor(ring, opened)
}

/** Everything new. Rejects `reauthentication_required`; then all is as before. */
export async function byReset(ring: KeyRing): Promise<DeviceRecord> {
  const { storage } = ring.profile
  const before = await readDevice(storage)
  try {
    return await resetKeys(ring)
  } catch (error) {
    const isUndone = !(error instanceof CordeeError && error.code === "offline")
    if (isUndone) await storage.write([before === undefined ? removeDevice() : putDevice(before)])
    throw error
  }
}

/** Credential ids of the passkeys that open this person's vault. */
export async function passkeysOf({ api }: Pick<KeyRing, "api">): Promise<readonly string[]> {
  const { wrappers } = await api.vault()
  return wrappers.flatMap(({ unlocker }) => {
    const read = readUnlocker(unlocker)
    return read?.kind === "passkey" ? [read.id] : []
  })
}

async function openWith(
  { me }: Pick<KeyRing, "me">,
  blobs: VaultBlobs,
  unlocker: string,
  privateKey: Uint8Array,
): Promise<OpenedVault | undefined> {
  const wrapper = blobs.wrappers.find((each) => each.unlocker === unlocker)
  if (wrapper === undefined) return undefined
  const vaultKey = await unwrap(fromBase64(wrapper.blob), privateKey, { user: me.id, key: blobs.key, unlocker })
  if (vaultKey === undefined) return undefined
  const vault = sealedVault(blobs)
  return { ...vault, vaultKey, content: await openVault(me.id, vault, vaultKey) }
}

async function whyRefused(
  { me }: Pick<KeyRing, "me">,
  { key, wrappers }: VaultBlobs,
  code: Uint8Array,
): Promise<RecoveryCodeRefused> {
  const wrapper = wrappers.find(({ unlocker }) => unlocker === RECOVERY)
  const wrapping = { user: me.id, key, unlocker: RECOVERY }
  const group = wrapper === undefined ? undefined : await mistypedGroup(fromBase64(wrapper.blob), code, wrapping)
  return new RecoveryCodeRefused(group ?? null)
}

/** A device that the vault forgot keeps its place; any other one is registered. */
async function recordFor(ring: KeyRing, opened: OpenedVault): Promise<DeviceRecord> {
  const known = await readDevice(ring.profile.storage)
  if (known === undefined) return registerFurther(ring, opened)
  const record = { ...known, ...(await kept(ring, known.device, opened)) }
  await ring.profile.storage.write([putDevice(record)])
  return record
}
