/**
 * A signed-in person on this device: first device, further device, or one that returns; and the circles once its keys
 * are open.
 *
 * Sets the phases from `no_keys` to `ready`. Used by `client.ts`, which makes one per signed-in person and closes it as
 * a whole.
 */
import type { Api } from "../api/client.ts"
import type { ServerClock } from "../api/serverClock.ts"
import type { Me } from "../api/types.ts"
import type { Own } from "../circle/own.ts"
import { CircleRefused } from "../circle/refused.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import { clientError } from "../errors.ts"
import { writeRecoveryCode } from "../identity/recoveryCode.ts"
import type { Phase, RecoveryCode } from "../model.ts"
import type { Source } from "../observable.ts"
import type { Lock, Platform, Profile } from "../platform.ts"
import { VaultRefused } from "../vault/vault.ts"
import { Circles, type CirclesOf } from "./circles.ts"
import { putDevice, readDevice, removeDevice, type DeviceRecord } from "./deviceRecord.ts"
import * as keys from "./keys.ts"

const HANDOVER = 500

export interface PersonOf extends Omit<CirclesOf, "storage" | "own"> {
  readonly phase: Source<Phase>
  readonly platform: Platform
  readonly serverClock: ServerClock
  readonly api: Api
}

export class PersonSession {
  readonly #of: PersonOf
  readonly #me: Me
  readonly #profile: Profile
  #lock: Lock | undefined
  #circles: Circles | undefined
  #closed = false

  constructor(of: PersonOf, me: Me, profile: Profile) {
    this.#of = of
    this.#me = me
    this.#profile = profile
  }

  /** As far as this device's keys go by themselves. `steal` takes the device from another tab. */
  async enter(steal = false): Promise<void> {
    this.#lock ??= await this.#of.platform.locks.acquire(`cordee-device-${this.#me.id}`, {
      steal,
      lost: () => {
        this.#lost()
      },
    })
    if (this.#lock === undefined) {
      this.#go({ at: "elsewhere", me: this.#me })
      return
    }
    // The other tab hears of it a moment later; what it was writing is then written.
    if (steal) await new Promise<void>((resolve) => this.#of.platform.clock.after(HANDOVER, resolve))
    const record = await this.#knownDevice()
    if (record === undefined)
      this.#go(this.#me.vault ? { at: "locked", me: this.#me } : { at: "no_keys", me: this.#me })
    else await this.#proceed(record)
  }

  async makeKeys(): Promise<RecoveryCode> {
    const record = await keys.makeKeys(this.#ring())
    return this.#show(record.recoveryCode ?? new Uint8Array())
  }

  async recoveryCodeKept(): Promise<void> {
    const record = await readDevice(this.#profile.storage)
    if (record === undefined) throw clientError("gone")
    const kept = { ...record, recoveryCode: null }
    await this.#profile.storage.write([putDevice(kept)])
    await this.#proceed(kept)
  }

  async unlock(typed: string): Promise<void> {
    try {
      await this.#proceed(await keys.unlock(this.#ring(), typed))
    } catch (error) {
      if (!(error instanceof VaultRefused)) throw error
      this.#refuse(error.code)
    }
  }

  circles(): Circles {
    if (this.#circles === undefined) throw clientError("wrong_phase")
    return this.#circles
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#circles?.stop()
    this.#lock?.release()
    await this.#profile.storage.close()
  }

  /**
   * This device's record, once the server has confirmed that it knows the device; one that never got there is dropped.
   */
  async #knownDevice(): Promise<DeviceRecord | undefined> {
    const record = await readDevice(this.#profile.storage)
    if (record === undefined || record.registered) return record
    const known = (await this.#of.api.devices(record.device)).some(({ current, ended }) => current && ended === null)
    if (known) return keys.registered({ profile: this.#profile }, record)
    await this.#profile.storage.write([removeDevice()])
    return undefined
  }

  async #proceed(record: DeviceRecord): Promise<void> {
    if (record.recoveryCode !== null) {
      this.#show(record.recoveryCode)
      return
    }
    let own: Own
    try {
      own = await keys.openKeys({ me: this.#me, profile: this.#profile }, record)
    } catch (error) {
      if (!(error instanceof VaultRefused)) throw error
      this.#refuse(error.code)
      return
    }
    const { identity_key: known } = this.#me
    // First binding wins: another identity for this person than the vault's is not this person's doing on this device.
    if (known !== null && !sameBytes(own.identity, fromBase64(known))) {
      this.#refuse("the server knows another identity key")
      return
    }
    const { storage } = this.#profile
    const ended = (code: number): void => {
      this.#ended(code)
    }
    this.#circles = new Circles({ ...this.#of, storage, own, ended })
    this.#go({ at: "ready", me: this.#me, device: own.device })
  }

  #ended(code: number): void {
    this.#circles?.stop()
    this.#circles = undefined
    this.#of.ended(code)
  }

  /** Another tab took the device. */
  #lost(): void {
    if (this.#closed) return
    this.#lock = undefined
    this.#circles?.stop()
    this.#circles = undefined
    this.#go({ at: "elsewhere", me: this.#me })
  }

  #show(recoveryCode: Uint8Array): RecoveryCode {
    const code = writeRecoveryCode(recoveryCode)
    this.#go({ at: "recovery_code", me: this.#me, code })
    return code
  }

  #refuse(detail: string): void {
    const at = writeTime(this.#of.serverClock.now())
    const evidence = this.#me.identity_key === null ? new Uint8Array() : fromBase64(this.#me.identity_key)
    const refusal = new CircleRefused("identity_changed", detail, evidence).asRefusal(at, null)
    this.#go({ at: "refused", me: this.#me, refusal })
  }

  #ring(): keys.KeyRing {
    const { api, platform, serverClock } = this.#of
    const { clock, deviceName, randomBytes } = platform
    return { api, serverClock, clock, deviceName, randomBytes, profile: this.#profile, me: this.#me }
  }

  #go(phase: Phase): void {
    if (!this.#closed) this.#of.phase.set(phase)
  }
}
