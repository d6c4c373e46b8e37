/**
 * The keys of a person on a device: made on the first, unlocked with the recovery code on a further one, opened with
 * the platform's device key on one that returns. Each ends in `Own`, what the circles need.
 *
 * A record is written before the server is told, so that a page that dies in between neither loses an identity nor the
 * one code that recovers it.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import type { Api } from "../api/client.ts"
import type { ServerClock } from "../api/serverClock.ts"
import type { Me, VaultBlobs } from "../api/types.ts"
import type { Own } from "../circle/own.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { newId } from "../encoding/uuid.ts"
import { clientError, RecoveryCodeRefused } from "../errors.ts"
import { makeCertificate } from "../identity/certificate.ts"
import { signHistoryKey } from "../identity/historyKey.ts"
import { readRecoveryCode, RECOVERY_BYTES } from "../identity/recoveryCode.ts"
import type { DeviceId } from "../ids.ts"
import type { Platform, Profile } from "../platform.ts"
import {
  deviceUnlocker,
  mistypedGroup,
  RECOVERY,
  unwrapWithDevice,
  unwrapWithRecovery,
  wrapWithDevice,
  wrapWithRecovery,
} from "../vault/unlockers.ts"
import {
  historyPublicKey,
  identityPublicKey,
  openVault,
  sealVault,
  type SealedVault,
  type VaultSecrets,
} from "../vault/vault.ts"
import { putDevice, type DeviceRecord } from "./deviceRecord.ts"

const FIRST_GENERATION = 1

export interface KeyRing extends Pick<Platform, "clock" | "randomBytes" | "deviceName"> {
  readonly api: Api
  readonly serverClock: ServerClock
  readonly profile: Profile
  readonly me: Me
}

/** First device: a new identity, its vault, and the code that recovers it. */
export async function makeKeys(ring: KeyRing): Promise<DeviceRecord> {
  const { api, me, profile, randomBytes } = ring
  const secrets = { identityPrivateKey: randomBytes(32), historyPrivateKey: randomBytes(32) }
  const vaultKey = randomBytes(32)
  const recoveryCode = randomBytes(RECOVERY_BYTES)
  const bound = { user: me.id, generation: FIRST_GENERATION }
  const vault = await sealVault({ ...bound, secrets, vaultKey, randomBytes })
  const device = { ...(await newDevice(ring, secrets, vault, vaultKey)), recoveryCode }

  await profile.storage.write([putDevice(device)])
  await api.registerDevice({
    certificate: toBase64(device.certificate),
    name: ring.deviceName,
    first: {
      identity_key: toBase64(identityPublicKey(secrets)),
      history_key: toBase64(historyPublicKey(secrets)),
      history_sig: toBase64(await signHistoryKey(secrets.identityPrivateKey, me.id, historyPublicKey(secrets))),
      vault: {
        generation: vault.generation,
        sealed: toBase64(vault.sealed),
        head_sig: toBase64(vault.headSignature),
        wrappers: [
          { unlocker: RECOVERY, blob: toBase64(wrapWithRecovery(vaultKey, recoveryCode, bound, randomBytes)) },
          { unlocker: deviceUnlocker(device.device), blob: toBase64(device.wrapper) },
        ],
      },
    },
  })
  return registered(ring, device)
}

/**
 * Further device. Throws RecoveryCodeRefused, and VaultRefused when the vault is not what this person's identity
 * signed.
 */
export async function unlock(ring: KeyRing, typed: string): Promise<DeviceRecord> {
  const { api, me, profile } = ring
  const code = readRecoveryCode(typed)
  if (!code.ok) throw new RecoveryCodeRefused(code.group)
  const blobs = await api.vault()
  const vault = sealedVault(blobs)
  const bound = { user: me.id, generation: vault.generation }
  const wrapper = blobs.wrappers.find(({ unlocker }) => unlocker === RECOVERY)
  if (wrapper === undefined) throw clientError("unexpected_answer", "no recovery wrapper")
  const wrapped = fromBase64(wrapper.blob)
  const vaultKey = unwrapWithRecovery(wrapped, code.bytes, bound)
  if (vaultKey === undefined) throw new RecoveryCodeRefused(mistypedGroup(wrapped, code.bytes, bound) ?? null)

  const secrets = await openVault(me.id, vault, vaultKey)
  const device = await newDevice(ring, secrets, vault, vaultKey)
  await profile.storage.write([putDevice(device)])
  await api.registerDevice({ certificate: toBase64(device.certificate), name: ring.deviceName })
  await api.addWrapper({ unlocker: deviceUnlocker(device.device), blob: toBase64(device.wrapper) })
  return registered(ring, device)
}

/** The keys of a device that has its record. Throws VaultRefused, or rejects when the platform's key is another one. */
export async function openKeys({ me, profile }: Pick<KeyRing, "me" | "profile">, record: DeviceRecord): Promise<Own> {
  const { certificate, device, signaturePrivateKey, vault, wrapper } = record
  const bound = { user: me.id, generation: vault.generation, device }
  const vaultKey = await unwrapWithDevice(wrapper, profile.deviceKey, bound)
  const secrets = await openVault(me.id, vault, vaultKey)
  const history = historyPublicKey(secrets)
  return {
    user: me.id,
    device,
    certificate,
    signaturePrivateKey,
    signaturePublicKey: ed25519.getPublicKey(signaturePrivateKey),
    identity: identityPublicKey(secrets),
    history,
    historySignature: await signHistoryKey(secrets.identityPrivateKey, me.id, history),
    historyPrivateKey: secrets.historyPrivateKey,
  }
}

/** The server knows this device now. */
export async function registered({ profile }: Pick<KeyRing, "profile">, record: DeviceRecord): Promise<DeviceRecord> {
  const known = { ...record, registered: true }
  await profile.storage.write([putDevice(known)])
  return known
}

async function newDevice(
  { clock, me, profile, randomBytes, serverClock }: KeyRing,
  secrets: VaultSecrets,
  vault: SealedVault,
  vaultKey: Uint8Array,
): Promise<DeviceRecord> {
  const device = newId<DeviceId>({ clock, randomBytes })
  const signaturePrivateKey = randomBytes(32)
  return {
    device,
    certificate: await makeCertificate({
      user: me.id,
      device,
      key: ed25519.getPublicKey(signaturePrivateKey),
      created: serverClock.now(),
      identityPrivateKey: secrets.identityPrivateKey,
    }),
    signaturePrivateKey,
    vault,
    wrapper: await wrapWithDevice(vaultKey, profile.deviceKey, { user: me.id, generation: vault.generation, device }),
    registered: false,
    recoveryCode: null,
  }
}

function sealedVault({ generation, head_sig, sealed }: VaultBlobs): SealedVault {
  return { generation, sealed: fromBase64(sealed), headSignature: fromBase64(head_sig) }
}
