/**
 * What a person does about their own devices and unlockers: take one away, lose one, ask for a new code. Each changes
 * the vault key, so that who is no unlocker any more opens nothing that is written from then on.
 */
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { clientError, CordeeError } from "../errors.ts"
import { makeCertificate } from "../identity/certificate.ts"
import { signHistoryKey } from "../identity/historyKey.ts"
import { withEvents } from "../identity/keyEvents.ts"
import { RECOVERY_BYTES } from "../identity/recoveryCode.ts"
import type { DeviceId } from "../ids.ts"
import type { NamedUnlocker } from "../model.ts"
import { ROTATION } from "../statements/identity.ts"
import { makeStatement } from "../statements/signed.ts"
import { historyKey, identityKey, type VaultContent } from "../vault/content.ts"
import {
  deviceUnlocker,
  passkeyKey,
  passkeyUnlocker,
  publicKeyOf,
  readUnlocker,
  RECOVERY,
  recoveryKey,
} from "../vault/unlockers.ts"
import { historyOf } from "./keys.ts"
import { certified, without, withUnlocker, type OwnDevice } from "./ownDevice.ts"

/** Another device of one's own that is not used any more. */
export async function revokeDevice(mine: OwnDevice, device: DeviceId): Promise<void> {
  if (device === mine.id) throw clientError("wrong_phase", "this very device")
  const { ring, vault } = mine
  await withEvents(historyOf(ring), vault.content, [{ act: "revoke", device }], async ([event]) => {
    if (event !== undefined) await ring.api.revokeDevice(device, "retired", event)
  })
  // It may have become an unlocker since this device looked.
  await vault.refresh()
  await vault.renew((content) => without(content, [deviceUnlocker(device)]))
}

/**
 * Whoever holds `device` (or a key that got away, when there is none in particular) may have opened the vault:
 * identity, history key, vault key and code are new, and the remaining devices get certificates of the new identity.
 */
export async function loseDevice(mine: OwnDevice, lost: DeviceId | null): Promise<void> {
  if (lost === mine.id) throw clientError("wrong_phase", "this very device")
  const { ring, vault } = mine
  const { api, me, randomBytes, serverClock } = ring
  const fresh = { identity: randomBytes(32), history: randomBytes(32) }
  // Who has become an unlocker since this device looked stays.
  await vault.refresh()
  const { certificates, revoked } = await reissued(mine, lost, fresh.identity)
  await withNewCode(mine, async (publicKey) => {
    const successor = (content: VaultContent): VaultContent => ({
      ...withUnlocker(without(content, revoked.map(deviceUnlocker)), RECOVERY, publicKey),
      ...fresh,
      olderHistories: [content.history, ...content.olderHistories],
    })
    await vault.renew(successor, async (blobs, before) => {
      const history = historyKey(fresh)
      const rotation = await makeStatement(
        ROTATION,
        {
          user: me.id,
          old: identityKey(before),
          new: identityKey(fresh),
          history,
          historySignature: await signHistoryKey(fresh.identity, me.id, history),
          time: serverClock.now(),
        },
        fresh.identity,
        before.identity,
      )
      const revocations = revoked.map((device) => ({ act: "revoke", device }) as const)
      await withEvents(historyOf(ring), fresh, [{ act: "rotate" }, ...revocations], (events) =>
        api.rotateIdentity({
          rotation: toBase64(rotation),
          certificates: [...certificates.values()].map(toBase64),
          revoked,
          events,
          vault: blobs,
        }),
      )
    })
  })
  const certificate = certificates.get(mine.id)
  if (certificate !== undefined) await mine.update({ certificate })
}

/** The old code opens nothing from then on. */
export async function renewCode(mine: OwnDevice): Promise<void> {
  await withNewCode(mine, (publicKey) => mine.vault.renew((content) => withUnlocker(content, RECOVERY, publicKey)))
}

export async function addPasskey(mine: OwnDevice, credential: string, prf: Uint8Array): Promise<void> {
  const publicKey = publicKeyOf(passkeyKey(prf, mine.ring.me.id))
  await mine.vault.change((content) => withUnlocker(content, passkeyUnlocker(credential), publicKey))
}

export async function unlockersOf({ id, ring, vault }: OwnDevice): Promise<readonly NamedUnlocker[]> {
  const rows = await ring.api.devices(id)
  return [...vault.content.unlockers.keys()]
    .flatMap((name) => readUnlocker(name) ?? [])
    .map((each) => ({ ...each, name: rows.find((row) => row.id === each.id)?.name ?? null }))
}

/** The code is kept before anything of it is sent; one that the server did not take is no code. */
async function withNewCode(mine: OwnDevice, write: (publicKey: Uint8Array) => Promise<void>): Promise<void> {
  const code = mine.ring.randomBytes(RECOVERY_BYTES)
  await mine.update({ recoveryCode: code })
  try {
    await write(publicKeyOf(recoveryKey(code, mine.ring.me.id)))
  } catch (error) {
    // Without an answer it may have come to be: the vault says so when it is opened again.
    if (!(error instanceof CordeeError && error.code === "offline")) await mine.update({ recoveryCode: null })
    throw error
  }
}

/**
 * Certificates under the new identity, for the leaf keys that the old one has signed, of devices that open the vault;
 * every other one goes with the lost one. The server's list alone would bring back a device that was taken away: its old
 * certificate still holds. In the order of their ids, as the server takes their ends.
 */
async function reissued(
  { id, ring, vault }: OwnDevice,
  lost: DeviceId | null,
  identityPrivateKey: Uint8Array,
): Promise<{ readonly certificates: ReadonlyMap<DeviceId, Uint8Array>; readonly revoked: readonly DeviceId[] }> {
  const { api, me, serverClock } = ring
  const identity = identityKey(vault.content)
  const certificates = new Map<DeviceId, Uint8Array>()
  const revoked: DeviceId[] = []
  for (const row of await api.devices(id)) {
    if (row.ended !== null) continue
    const says = await certified(fromBase64(row.certificate), identity)
    const opens = vault.content.unlockers.has(deviceUnlocker(row.id))
    if (row.id === lost || !opens || says?.device !== row.id || says.user !== me.id) {
      revoked.push(row.id)
      continue
    }
    const { device, key, user } = says
    certificates.set(
      device,
      await makeCertificate({ user, device, key, created: serverClock.now(), identityPrivateKey }),
    )
  }
  return { certificates, revoked: revoked.sort() }
}
