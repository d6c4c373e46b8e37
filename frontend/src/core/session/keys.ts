/**
 * The keys of a person on a device: made on the first, taken from the opened vault on a further one, made anew when
 * everything is lost. Each ends in a record, written before the server is told, so that a page that dies in between
 * neither loses an identity nor the one code that recovers it.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import type { Api } from "../api/client.ts"
import type { ServerClock } from "../api/serverClock.ts"
import type { IdentityReset, Me, NewIdentity, VaultBlobs } from "../api/types.ts"
import type { Own } from "../circle/own.ts"
import { toBase64 } from "../encoding/base64.ts"
import { newId } from "../encoding/uuid.ts"
import { makeCertificate } from "../identity/certificate.ts"
import { signHistoryKey } from "../identity/historyKey.ts"
import { withEvents, type KeyHistoryOf, type OwnAct } from "../identity/keyEvents.ts"
import { RECOVERY_BYTES } from "../identity/recoveryCode.ts"
import type { DeviceId } from "../ids.ts"
import type { Platform, Profile } from "../platform.ts"
import { historyKey, identityKey, type VaultContent } from "../vault/content.ts"
import { openVault, VaultRefused } from "../vault/sealing.ts"
import { deviceUnlocker, publicKeyOf, RECOVERY, recoveryKey, unwrap, wrap } from "../vault/unlockers.ts"
import { nextVault, type OpenedVault } from "../vault/vault.ts"
import { putDevice, type DeviceRecord } from "./deviceRecord.ts"

const CLOCK_SLACK = 60_000

export interface KeyRing extends Pick<Platform, "clock" | "randomBytes" | "deviceName"> {
  readonly api: Api
  readonly serverClock: ServerClock
  readonly profile: Profile
  readonly me: Me
}

/** First device: a new identity, its vault, and the code that recovers it. */
export async function makeKeys(ring: KeyRing): Promise<DeviceRecord> {
  const { blobs, content, record } = await freshKeys(ring, { generation: 0, key: 0 })
  await ring.profile.storage.write([putDevice(record)])
  const first = await newIdentity(ring, content, blobs)
  await withEvents(historyOf(ring), content, [{ act: "bind" }, addition(record)], (events) =>
    ring.api.registerDevice({ certificate: toBase64(record.certificate), name: ring.deviceName, events, first }),
  )
  return registered(ring, record)
}

/** All unlockers are lost: everything new, on this device alone. Rejects `reauthentication_required`. */
export async function resetKeys(ring: KeyRing): Promise<DeviceRecord> {
  const { blobs, content, record } = await freshKeys(ring, await ring.api.vault())
  await ring.profile.storage.write([putDevice(record)])
  const fresh = await newIdentity(ring, content, blobs)
  await withEvents(historyOf(ring), content, [{ act: "reset" }, addition(record)], (events) => {
    const reset: IdentityReset = {
      ...fresh,
      certificate: toBase64(record.certificate),
      name: ring.deviceName,
      events,
    }
    return ring.api.resetIdentity(reset)
  })
  return registered(ring, record)
}

/** Further device: registers it. That it becomes an unlocker of its own is the session's next step. */
export async function registerFurther(ring: KeyRing, opened: OpenedVault): Promise<DeviceRecord> {
  const record = await newRecord(ring, opened, null)
  await ring.profile.storage.write([putDevice(record)])
  await withEvents(historyOf(ring), opened.content, [addition(record)], (events) =>
    ring.api.registerDevice({ certificate: toBase64(record.certificate), name: ring.deviceName, events }),
  )
  return registered(ring, record)
}

/** The vault of a device that has its record, as it was last seen. Throws VaultRefused. */
export async function openRecord({ me, profile }: KeyRing, record: DeviceRecord): Promise<OpenedVault> {
  const { device, vault, wrapper } = record
  const wrapping = { user: me.id, key: vault.key, unlocker: deviceUnlocker(device) }
  const vaultKey = await unwrap(wrapper, profile.deviceKey, wrapping)
  if (vaultKey === undefined) throw new VaultRefused("no_wrapper")
  return { ...vault, vaultKey, content: await openVault(me.id, vault, vaultKey) }
}

/** A vault as the record keeps it. */
export async function kept(
  { me, profile }: KeyRing,
  device: DeviceId,
  { generation, headSignature, key, sealed, vaultKey }: OpenedVault,
): Promise<Pick<DeviceRecord, "vault" | "wrapper">> {
  const wrapping = { user: me.id, key, unlocker: deviceUnlocker(device) }
  return {
    vault: { generation, headSignature, key, sealed },
    wrapper: await wrap(vaultKey, profile.deviceKey.publicKey, wrapping),
  }
}

/** What the circles need of a device whose vault is open. */
export async function ownOf({ me }: Pick<KeyRing, "me">, record: DeviceRecord, content: VaultContent): Promise<Own> {
  const { certificate, device, signaturePrivateKey } = record
  const history = historyKey(content)
  return {
    user: me.id,
    device,
    certificate,
    signaturePrivateKey,
    signaturePublicKey: ed25519.getPublicKey(signaturePrivateKey),
    identity: identityKey(content),
    history,
    historySignature: await signHistoryKey(content.identity, me.id, history),
    historyPrivateKeys: [content.history, ...content.olderHistories],
  }
}

export function historyOf({ api, me, serverClock }: KeyRing): KeyHistoryOf {
  return { api, user: me.id, now: serverClock.now }
}

/** The server knows this device now. */
export async function registered({ profile }: Pick<KeyRing, "profile">, record: DeviceRecord): Promise<DeviceRecord> {
  const known = { ...record, registered: true }
  await profile.storage.write([putDevice(known)])
  return known
}

interface FreshKeys {
  readonly record: DeviceRecord
  readonly content: VaultContent
  readonly blobs: VaultBlobs
}

/** An identity that nobody has seen yet, in the vault that follows. */
async function freshKeys(ring: KeyRing, after: Pick<VaultBlobs, "generation" | "key">): Promise<FreshKeys> {
  const { clock, me, profile, randomBytes } = ring
  const code = randomBytes(RECOVERY_BYTES)
  const device = newId<DeviceId>({ clock, randomBytes })
  const content: VaultContent = {
    identity: randomBytes(32),
    history: randomBytes(32),
    olderHistories: [],
    circles: new Map(),
    stewards: new Map(),
    unlockers: new Map([
      [RECOVERY, publicKeyOf(recoveryKey(code, me.id))],
      [deviceUnlocker(device), profile.deviceKey.publicKey],
    ]),
    verified: new Map(),
    keyLog: null,
  }
  const before = { generation: after.generation, key: after.key, vaultKey: new Uint8Array() }
  const { blobs, opened } = await nextVault({ randomBytes, user: me.id }, before, content, true)
  const record = { ...(await newRecord(ring, opened, device)), recoveryCode: code, known: [] }
  return { record, content, blobs }
}

async function newIdentity({ me }: KeyRing, content: VaultContent, vault: VaultBlobs): Promise<NewIdentity> {
  return {
    identity_key: toBase64(identityKey(content)),
    history_key: toBase64(historyKey(content)),
    history_sig: toBase64(await signHistoryKey(content.identity, me.id, historyKey(content))),
    vault,
  }
}

async function newRecord(ring: KeyRing, opened: OpenedVault, named: DeviceId | null): Promise<DeviceRecord> {
  const { clock, me, randomBytes, serverClock } = ring
  const device = named ?? newId<DeviceId>({ clock, randomBytes })
  const signaturePrivateKey = randomBytes(32)
  return {
    device,
    certificate: await makeCertificate({
      user: me.id,
      device,
      key: ed25519.getPublicKey(signaturePrivateKey),
      // The estimate of the server's clock moves: nothing that this device signs may seem older than its certificate.
      created: serverClock.now() - CLOCK_SLACK,
      identityPrivateKey: opened.content.identity,
    }),
    signaturePrivateKey,
    ...(await kept(ring, device, opened)),
    registered: false,
    recoveryCode: null,
    known: null,
  }
}

function addition({ device, signaturePrivateKey }: DeviceRecord): OwnAct {
  return { act: "add", device, key: ed25519.getPublicKey(signaturePrivateKey) }
}
