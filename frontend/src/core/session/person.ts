/**
 * A signed-in person on this device: first device, further device, or one that returns; and the circles once its keys
 * are open.
 *
 * Sets the phases from `no_keys` to `ready`. Used by `client.ts`, which makes one per signed-in person and closes it as
 * a whole.
 */
import type { Api } from "../api/client.ts"
import type { ServerClock } from "../api/serverClock.ts"
import type { TrailRow } from "../api/trail.ts"
import type { DeviceRow, Me } from "../api/types.ts"
import { Lane } from "../circle/lane.ts"
import { CircleRefused } from "../circle/refused.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import { clientError, CordeeError } from "../errors.ts"
import { safetyNumber } from "../identity/safetyNumber.ts"
import { writeRecoveryCode } from "../identity/recoveryCode.ts"
import type { DeviceId, OrganisationId, UserId } from "../ids.ts"
import type { Phase, RecoveryCode, SafetyNumber } from "../model.ts"
import type { Source } from "../observable.ts"
import type { Lock, Passkeys, Platform, Presented, Profile } from "../platform.ts"
import { CLOSE } from "../sync/frames.ts"
import type { CertificateDocument } from "../api/certificates.ts"
import { checkCertificate, type CertificateVerdict } from "../trail/certified.ts"
import { prove, type Proved } from "../trail/proving.ts"
import { identityKey } from "../vault/content.ts"
import { Marks } from "../vault/marks.ts"
import { VaultRefused } from "../vault/sealing.ts"
import { KeyLog } from "../keylog/keyLog.ts"
import { Circles, type CirclesOf } from "./circles.ts"
import { readDevice, removeDevice, type DeviceRecord } from "./deviceRecord.ts"
import * as devices from "./devices.ts"
import * as keys from "./keys.ts"
import { DeviceEnded, OwnDevice } from "./ownDevice.ts"
import { checkOwnHistory } from "./ownHistory.ts"
import { Registrar } from "./registrar.ts"
import * as unlocking from "./unlocking.ts"

const HANDOVER = 500

export interface PersonOf extends Omit<CirclesOf, "storage" | "own" | "keyLog" | "vault" | "devicesChanged"> {
  readonly phase: Source<Phase>
  readonly newDevices: Source<readonly DeviceRow[]>
  readonly platform: Platform
  readonly serverClock: ServerClock
  readonly api: Api
}

export class PersonSession {
  readonly #of: PersonOf
  readonly #profile: Profile
  /** Changes of this person's own keys, here and elsewhere, one after the other. */
  readonly #lane = new Lane()
  #me: Me
  #lock: Lock | undefined
  #mine: OwnDevice | undefined
  #registrar: Registrar | undefined
  #marks: Marks | undefined
  #keyLog: KeyLog | undefined
  #circles: Circles | undefined
  /** Whose key a safety number was drawn of: what a person compares is what they saw. */
  readonly #drawn = new Map<UserId, Uint8Array>()
  #closed = false

  constructor(of: PersonOf, me: Me, profile: Profile) {
    this.#of = of
    this.#me = me
    this.#profile = profile
  }

  /**
   * As far as this device's keys go by themselves, or with the passkey that signed in. `steal` takes the device from
   * another tab.
   */
  async enter({ passkey, steal = false }: { passkey?: Presented | undefined; steal?: boolean } = {}): Promise<void> {
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
    if (record !== undefined) await this.#proceed(record)
    else if (this.#me.vault) {
      await this.#unlocked(() => Promise.resolve(passkey && unlocking.byPresented(this.#ring(), passkey)))
    } else this.#go({ at: "no_keys", me: this.#me })
  }

  async makeKeys(): Promise<RecoveryCode> {
    await this.#proceed(await keys.makeKeys(this.#ring()))
    return this.#code()
  }

  async recoveryCodeKept(): Promise<void> {
    await this.mine().update({ recoveryCode: null })
    if (this.#circles === undefined) await this.#start()
    else this.#go({ at: "ready", me: this.#me, device: this.mine().id })
  }

  // --- a locked device ---

  /** Throws RecoveryCodeRefused. */
  unlock(typed: string): Promise<void> {
    return this.#unlocked(() => unlocking.byCode(this.#ring(), typed))
  }

  /** Rejects `no_prf` or `passkey_refused`. */
  unlockWithPasskey(passkeys: Passkeys): Promise<void> {
    return this.#unlocked(() => unlocking.byPasskey(this.#ring(), passkeys))
  }

  /** Everything new. Rejects `reauthentication_required`. */
  resetIdentity(): Promise<void> {
    return this.#unlocked(() => unlocking.byReset(this.#ring()))
  }

  // --- devices and unlockers ---

  async loseDevice(device: DeviceId | null): Promise<RecoveryCode> {
    await this.#lane.run(async () => {
      await this.flush()
      await devices.loseDevice(this.mine(), device)
      // What follows is signed by other keys.
      this.#stopCircles()
      await this.#start()
    })
    return this.#code()
  }

  async renewCode(): Promise<RecoveryCode> {
    await devices.renewCode(this.mine())
    const code = this.#code()
    this.#go({ at: "recovery_code", me: this.#me, code })
    return code
  }

  /** Another device was added, renamed or taken away, or has given this person other keys. */
  lookAtDevices(): Promise<void> {
    return this.#lane.run(async () => {
      if (this.#closed) return
      const mine = this.mine()
      const before = identityKey(mine.vault.content)
      if (!(await this.#caughtUp(mine))) return
      if (sameBytes(identityKey(mine.vault.content), before)) {
        if (this.#keyLog !== undefined) await checkOwnHistory(mine, this.#keyLog)
        return
      }
      this.#stopCircles()
      // Screens begin anew too: every circle is another object now.
      this.#go({ at: "starting" })
      await this.#start()
    })
  }

  // --- who others are ---

  /** Rejects `not_found` for somebody of no circle of mine. */
  safetyNumber(user: UserId): SafetyNumber {
    const identity = this.#identityOf(user)
    const mine = { user: this.#me.id, identity: identityKey(this.mine().vault.content) }
    const compared = this.mine().vault.content.verified.get(user)
    this.#drawn.set(user, identity)
    return {
      ...safetyNumber(mine, { user, identity }),
      compared: compared !== undefined && sameBytes(compared, identity),
    }
  }

  /** Of the key whose number was drawn, whatever has taken its place since. Rejects `not_found` when none was. */
  async markCompared(user: UserId): Promise<void> {
    const identity = this.#drawn.get(user)
    if (identity === undefined) throw new CordeeError("not_found")
    await this.mine().vault.change((content) => ({
      ...content,
      verified: new Map([...content.verified, [user, identity]]),
    }))
  }

  registrar(): Registrar {
    this.#registrar ??= new Registrar(this.mine())
    return this.#registrar
  }

  prove(id: OrganisationId, row: TrailRow): Promise<Proved> {
    const { api, platform } = this.#of
    return prove({ api: api.trail, storage: this.#profile.storage, now: () => platform.clock.now() }, id, row)
  }

  checkCertificate(id: OrganisationId, document: CertificateDocument): Promise<CertificateVerdict> {
    return checkCertificate({ api: this.#of.api.trail, storage: this.#profile.storage }, id, document)
  }

  /** Throws `wrong_phase`. */
  mine(): OwnDevice {
    if (this.#mine === undefined) throw clientError("wrong_phase")
    return this.#mine
  }

  circles(): Circles {
    if (this.#circles === undefined) throw clientError("wrong_phase")
    return this.#circles
  }

  /** What waits to be written goes to the vault; to be asked while the session lasts. */
  async flush(): Promise<void> {
    await this.#marks?.settle()
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.flush()
    this.#stopCircles()
    this.#of.newDevices.set([])
    this.#lock?.release()
    await this.#profile.storage.close()
  }

  // --- inside ---

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

  /** Undefined stays locked. */
  async #unlocked(open: () => Promise<DeviceRecord | undefined>): Promise<void> {
    let record: DeviceRecord | undefined
    try {
      record = await open()
    } catch (error) {
      if (!(error instanceof VaultRefused)) throw error
      this.#refuse(error)
      return
    }
    if (record === undefined) {
      const passkeys = await unlocking.passkeysOf(this.#ring())
      this.#go({ at: "locked", me: this.#me, passkeys: passkeys.length })
    } else await this.#proceed(record)
  }

  /** Opens the vault of a known device and brings it up to date. */
  async #proceed(record: DeviceRecord): Promise<void> {
    const of = {
      newDevices: this.#of.newDevices,
      refused: (error: VaultRefused) => {
        if (error.code !== "no_wrapper") this.#refuse(error)
      },
    }
    try {
      this.#mine = await OwnDevice.open(of, this.#ring(), record)
    } catch (error) {
      await this.#notOpened(error)
      return
    }
    if (await this.#caughtUp(this.#mine)) await this.#start()
  }

  /** False when the phase says why not. */
  async #caughtUp(mine: OwnDevice): Promise<boolean> {
    try {
      await mine.catchUp()
      return true
    } catch (error) {
      await this.#notOpened(error)
      return false
    }
  }

  /** Why this device's vault stays shut; anything else is thrown on. */
  async #notOpened(error: unknown): Promise<void> {
    if (error instanceof DeviceEnded) await this.#deviceEnded(CLOSE.deviceEnded)
    else if (!(error instanceof VaultRefused)) throw error
    else if (error.code !== "no_wrapper") this.#refuse(error)
    else if (await this.#isReplaced()) this.#refuse(new VaultRefused("other_identity"))
    else {
      this.#stopCircles()
      await this.#unlocked(() => Promise.resolve(undefined))
    }
  }

  /** Whether the server has another identity for this person, to which no rotation leads from the one known here. */
  async #isReplaced(): Promise<boolean> {
    await this.#askWhoIAm()
    const { identity_key: told } = this.#me
    return this.#mine !== undefined && told !== null && !(await this.#mine.isFollowedBy(fromBase64(told)))
  }

  /** The vault is open and newest: shows a code that was not kept yet, else the circles. */
  async #start(): Promise<void> {
    const mine = this.mine()
    const identity = toBase64(identityKey(mine.vault.content))
    // What was told before the vault was fetched may be older.
    if (this.#me.identity_key !== identity) await this.#askWhoIAm()
    if (this.#me.identity_key !== identity) this.#refuse(new VaultRefused("other_identity"))
    else if (mine.codeToShow !== null) this.#go({ at: "recovery_code", me: this.#me, code: this.#code() })
    else await this.#open(mine)
  }

  async #open(mine: OwnDevice): Promise<void> {
    const { api, platform, serverClock } = this.#of
    const marks = new Marks(mine.vault, platform.clock, this.#of.failed)
    this.#marks = marks
    this.#keyLog = await KeyLog.open({
      api,
      storage: this.#profile.storage,
      now: serverClock.now,
      pinned: mine.vault.content.keyLog,
      pin: (pin) => {
        marks.setPin(pin)
      },
      refused: () => this.#circles?.keyLogRefused(),
    })
    this.#circles = new Circles({
      ...this.#of,
      storage: this.#profile.storage,
      own: await mine.own(),
      keyLog: this.#keyLog,
      vault: marks,
      devicesChanged: () => this.lookAtDevices(),
      ended: (code) => {
        this.#deviceEnded(code).catch((error: unknown) => {
          this.#of.failed("ended", error)
        })
      },
    })
    this.#go({ at: "ready", me: this.#me, device: mine.id })
  }

  #identityOf(user: UserId): Uint8Array {
    const identity = this.#circles?.identityOf(user) ?? this.#registrar?.shownKey(user)
    if (identity === undefined) throw new CordeeError("not_found")
    return identity
  }

  async #askWhoIAm(): Promise<void> {
    this.#me = await this.#of.api.me()
  }

  #stopCircles(): void {
    this.#circles?.stop()
    this.#circles = undefined
    this.#keyLog?.stop()
    this.#keyLog = undefined
    this.#marks?.stop()
    this.#marks = undefined
  }

  /** The server will not have this device again: when other keys took its person's place, that is what is said. */
  async #deviceEnded(code: number): Promise<void> {
    this.#stopCircles()
    const isReplaced = code === CLOSE.deviceEnded && (await this.#isReplaced().catch(() => false))
    if (isReplaced) this.#refuse(new VaultRefused("other_identity"))
    else this.#of.ended(code)
  }

  /** Another tab took the device. */
  #lost(): void {
    if (this.#closed) return
    this.#lock = undefined
    this.#stopCircles()
    this.#go({ at: "elsewhere", me: this.#me })
  }

  /** The code of this device's record, until it is kept. Throws `gone`. */
  #code(): RecoveryCode {
    const { codeToShow } = this.mine()
    if (codeToShow === null) throw clientError("gone", "no code to show")
    return writeRecoveryCode(codeToShow)
  }

  /** What the server shows of this person's keys is not what this device knows: nothing is sent any more. */
  #refuse(error: VaultRefused): void {
    this.#stopCircles()
    const at = writeTime(this.#of.serverClock.now())
    const { identity_key } = this.#me
    const evidence = identity_key === null ? new Uint8Array() : fromBase64(identity_key)
    const code = error.code === "rolled_back" ? "vault_rolled_back" : "identity_changed"
    const refusal = new CircleRefused(code, error.code, evidence).asRefusal(at, null)
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
