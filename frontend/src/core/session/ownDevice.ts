/**
 * This device once its vault is open: its record, the person's vault, and what has to follow when another device of the
 * person has changed something.
 *
 * `catchUp` brings record and vault to what the server has, as far as it is signed by the identity known here; then the
 * vault to what the devices are: whoever is no device any more is no unlocker either.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import type { DeviceRow } from "../api/types.ts"
import type { Own } from "../circle/own.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { readCertificate, verifyCertificate, type Certificate } from "../identity/certificate.ts"
import { writeTime } from "../encoding/time.ts"
import type { AddedDevice, KeyChain } from "../keylog/chain.ts"
import { rotationsLead } from "../identity/keyEvents.ts"
import type { DeviceId } from "../ids.ts"
import type { Source } from "../observable.ts"
import { identityKey, type VaultContent } from "../vault/content.ts"
import { VaultRefused } from "../vault/sealing.ts"
import { deviceUnlocker, publicKeyOf, readUnlocker, RECOVERY, recoveryKey } from "../vault/unlockers.ts"
import { Vault } from "../vault/vault.ts"
import { putDevice, type DeviceRecord } from "./deviceRecord.ts"
import { kept, openRecord, ownOf, type KeyRing } from "./keys.ts"

/** The server has ended this device. */
export class DeviceEnded extends Error {}

export interface OwnDeviceOf {
  /** Devices of which the person was not told yet. */
  readonly newDevices: Source<readonly DeviceRow[]>
  readonly refused: (error: VaultRefused) => void
}

export class OwnDevice {
  readonly ring: KeyRing
  readonly vault: Vault
  readonly #of: OwnDeviceOf
  #record: DeviceRecord
  /** In the server's list, when it was last asked. */
  #listed: ReadonlySet<DeviceId> = new Set()

  private constructor(of: OwnDeviceOf, ring: KeyRing, record: DeviceRecord, vault: Vault) {
    this.ring = ring
    this.vault = vault
    this.#of = of
    this.#record = record
  }

  /** With the vault as it was last seen here. Throws VaultRefused. */
  static async open(of: OwnDeviceOf, ring: KeyRing, record: DeviceRecord): Promise<OwnDevice> {
    const { api, me, profile, randomBytes } = ring
    const opened = await openRecord(ring, record)
    const { device } = record
    const vault = new Vault(
      {
        user: me.id,
        device,
        deviceKey: profile.deviceKey,
        api,
        randomBytes,
        keep: async (next) => {
          await own.update(await kept(ring, device, next))
        },
        follows: (from, to) => leads(ring, from, to),
        refused: of.refused,
      },
      opened,
    )
    const own = new OwnDevice(of, ring, record, vault)
    return own
  }

  get id(): DeviceId {
    return this.#record.device
  }

  /** Public. */
  get leafKey(): Uint8Array {
    return ed25519.getPublicKey(this.#record.signaturePrivateKey)
  }

  own(): Promise<Own> {
    return ownOf(this.ring, this.#record, this.vault.content)
  }

  /** A recovery code that opens the vault and has not been written down yet. */
  get codeToShow(): Uint8Array | null {
    const { recoveryCode } = this.#record
    const publicKey = this.vault.content.unlockers.get(RECOVERY)
    if (recoveryCode === null || publicKey === undefined) return null
    // A page that died before the server took the code leaves one that opens nothing.
    return sameBytes(publicKeyOf(recoveryKey(recoveryCode, this.ring.me.id)), publicKey) ? recoveryCode : null
  }

  async update(changes: Partial<DeviceRecord>): Promise<void> {
    this.#record = { ...this.#record, ...changes }
    await this.ring.profile.storage.write([putDevice(this.#record)])
  }

  /** Rejects with DeviceEnded or VaultRefused. */
  async catchUp(): Promise<void> {
    // The vault first: a certificate that is read after it is never older than the identity inside.
    try {
      await this.vault.refresh()
    } catch (error) {
      if (error instanceof VaultRefused && error.code === "no_wrapper") await this.#rows()
      throw error
    }
    const rows = await this.#rows()
    await this.#takeCertificate(rows)
    const standing = rows.filter(({ ended }) => ended === null)
    await this.#tidy(new Set(standing.map(({ id }) => deviceUnlocker(id))))
    await this.#notice(standing)
  }

  /** Whether an identity key is this person's, now or by rotations from the one known here. */
  async isFollowedBy(identity: Uint8Array): Promise<boolean> {
    const known = identityKey(this.vault.content)
    return sameBytes(known, identity) || leads(this.ring, known, identity)
  }

  /** Devices of this person by the key log, of which the server's list says nothing. */
  noticeLogged({ devices }: KeyChain): void {
    const { newDevices } = this.#of
    const told = new Set([this.id, ...(this.#record.known ?? []), ...newDevices.get().map(({ id }) => id)])
    const hidden = [...devices].filter(([id, { ended }]) => !ended && !told.has(id) && !this.#listed.has(id))
    if (hidden.length > 0) newDevices.set([...newDevices.get(), ...hidden.map(([id, each]) => nameless(id, each))])
  }

  /** The person knows of this one now. */
  async told(device: DeviceId): Promise<void> {
    const { newDevices } = this.#of
    newDevices.set(newDevices.get().filter(({ id }) => id !== device))
    await this.update({ known: [...(this.#record.known ?? []), device] })
  }

  /** Rejects with DeviceEnded. */
  async #rows(): Promise<readonly DeviceRow[]> {
    const rows = await this.ring.api.devices(this.id)
    if (!rows.some(({ current, ended }) => current && ended === null)) throw new DeviceEnded()
    return rows
  }

  async #notice(standing: readonly DeviceRow[]): Promise<void> {
    const { known } = this.#record
    this.#listed = new Set(standing.map(({ id }) => id))
    if (known === null) await this.update({ known: standing.map(({ id }) => id) })
    else this.#of.newDevices.set(standing.filter(({ current, id }) => !current && !known.includes(id)))
  }

  /** After a rotation on another device this one has a new certificate, for the same key. */
  async #takeCertificate(rows: readonly DeviceRow[]): Promise<void> {
    const { certificate: known, device, signaturePrivateKey } = this.#record
    const identity = identityKey(this.vault.content)
    if ((await certified(known, identity)) !== undefined) return
    const certificate = fromBase64(rows.find(({ current }) => current)?.certificate ?? "")
    const says = await certified(certificate, identity)
    if (says?.device !== device || !sameBytes(says.key, ed25519.getPublicKey(signaturePrivateKey))) {
      throw new VaultRefused("other_identity")
    }
    await this.update({ certificate })
  }

  /** Who stands is an unlocker; who has gone is none, and then the vault key is new. */
  async #tidy(devices: ReadonlySet<string>): Promise<void> {
    const hasGone = (name: string): boolean => {
      const kind = readUnlocker(name)?.kind
      return kind === "device" ? !devices.has(name) : kind === "passkey" && !this.vault.wrapped.has(name)
    }
    await this.vault.renew((content) => without(content, [...content.unlockers.keys()].filter(hasGone)))
    await this.vault.change((content) =>
      withUnlocker(content, deviceUnlocker(this.id), this.ring.profile.deviceKey.publicKey),
    )
  }
}

/** What the log says of a device: when it was added, not how it is called. */
function nameless(id: DeviceId, { added }: AddedDevice): DeviceRow {
  return { id, name: "", created: writeTime(added), last_seen: null, ended: null, certificate: "", current: false }
}

async function leads({ api, me }: KeyRing, from: Uint8Array, to: Uint8Array): Promise<boolean> {
  return rotationsLead((await api.keyEvents()).rotations, me.id, from, to)
}

/** The same content when none of them is an unlocker. */
export function without(content: VaultContent, names: readonly string[]): VaultContent {
  const unlockers = new Map([...content.unlockers].filter(([name]) => !names.includes(name)))
  return unlockers.size === content.unlockers.size ? content : { ...content, unlockers }
}

/** The same content when it is one already. */
export function withUnlocker(content: VaultContent, name: string, publicKey: Uint8Array): VaultContent {
  const known = content.unlockers.get(name)
  if (known !== undefined && sameBytes(known, publicKey)) return content
  return { ...content, unlockers: new Map([...content.unlockers, [name, publicKey]]) }
}

/** A device's certificate, when this identity key signed it. */
export async function certified(raw: Uint8Array, identity: Uint8Array): Promise<Certificate | undefined> {
  try {
    return await verifyCertificate(readCertificate(raw), identity)
  } catch (cause) {
    if (cause instanceof NotCanonical) return undefined
    throw cause
  }
}
