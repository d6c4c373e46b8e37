/**
 * The client (`Cordee` in ../cordee.ts): signing in, and what the signed-in person's device offers after it.
 *
 * Each phase is left in its own ways only; what is asked in another phase is refused with `wrong_phase`.
 */
import { checked, createApi, type Api } from "../api/client.ts"
import { createHttp } from "../api/http.ts"
import type { Network } from "../api/network.ts"
import { createReaching, type Notices, type Reaching } from "../api/reaching.ts"
import { createPasskeyApi, type PasskeyApi } from "../api/passkeys.ts"
import { createServerClock, type ServerClock } from "../api/serverClock.ts"
import type { CareTeams } from "../api/careTeams.ts"
import type { Patients } from "../api/patients.ts"
import type { Exports } from "../api/exports.ts"
import type { Holds } from "../api/holds.ts"
import type { Findings } from "../api/findings.ts"
import type { Structure } from "../api/structure.ts"
import { createSignIn, type SignIn, type SignInState } from "../api/signIn.ts"
import type {
  DeclineCode,
  DeviceRow,
  Invitation,
  Me,
  OrganisationPeople,
  StrandedCircle,
  Welcome,
} from "../api/types.ts"
import type { Circle, Cordee, OpenCircle, Trail } from "../cordee.ts"
import { ApiError, clientError, CordeeError } from "../errors.ts"
import type { CircleId, DeviceId, InvitationId, OrganisationId, UserId } from "../ids.ts"
import type { CircleSummary, Connection, NamedUnlocker, Passkey, Phase, RecoveryCode, SafetyNumber } from "../model.ts"
import { source, type Source } from "../observable.ts"
import type { Passkeys, Platform, Presented } from "../platform.ts"
import { backoff, randomFraction } from "../sync/backoff.ts"
import { CLOSE } from "../sync/frames.ts"
import { addPasskey, revokeDevice, unlockersOf } from "./devices.ts"
import { PersonSession } from "./person.ts"

export class Client implements Cordee {
  readonly phase: Source<Phase> = source<Phase>({ at: "starting" })
  readonly connection: Source<Connection> = source<Connection>("offline")
  readonly circles: Source<readonly CircleSummary[] | null> = source<readonly CircleSummary[] | null>(null)
  readonly invitations: Source<readonly Invitation[] | null> = source<readonly Invitation[] | null>(null)
  readonly newDevices: Source<readonly DeviceRow[]> = source<readonly DeviceRow[]>([])
  readonly network: Network
  readonly reaching: Reaching
  readonly notices: Source<Notices | null> = source<Notices | null>(null)
  readonly careTeams: CareTeams
  readonly patients: Patients
  readonly structure: Structure
  readonly findings: Findings
  readonly exports: Exports
  readonly holds: Holds
  readonly trail: Trail
  readonly #platform: Platform
  readonly #serverClock: ServerClock
  readonly #api: Api
  readonly #signIn: SignIn
  readonly #passkeys: PasskeyApi
  #person: PersonSession | undefined
  #failures = 0
  #cancelRetry: (() => void) | undefined

  constructor(platform: Platform) {
    this.#platform = platform
    this.#serverClock = createServerClock(platform.clock)
    const http = createHttp(platform, this.#serverClock)
    this.#api = createApi(http, platform)
    this.network = this.#api.network
    this.careTeams = this.#api.careTeams
    this.patients = this.#api.patients
    this.reaching = createReaching(
      {
        get: async (path, as) => checked(await http.get(path), as),
        send: async (method, path, body) => {
          await http.send(method, path, body)
        },
        wakes: platform.wakes,
      },
      () => this.#inPhase("ready").mine().id,
    )
    this.structure = this.#api.structure
    this.findings = this.#api.findings
    this.exports = this.#api.exports
    this.holds = this.#api.holds
    this.trail = {
      ...this.#api.trail,
      prove: (id, row) => this.#inPhase("ready").prove(id, row),
      checkCertificate: (id, document) => this.#inPhase("ready").checkCertificate(id, document),
    }
    this.#signIn = createSignIn(http)
    this.#passkeys = createPasskeyApi(http)
  }

  async start(): Promise<void> {
    const missing = await this.#platform.missing()
    if (missing.length > 0) this.phase.set({ at: "too_old", missing })
    else await this.#begin()
  }

  async stop(): Promise<void> {
    this.#cancelRetry?.()
    await this.#close()
  }

  // --- signing in ---

  async signInWithPassword(email: string, password: string): Promise<void> {
    this.#require("signed_out")
    await this.#proceed(await this.#signIn.password(email, password))
  }

  async confirmCode(code: string): Promise<void> {
    this.#require("second_factor")
    await this.#proceed(await this.#signIn.code(code))
  }

  async enrolCode(code: string): Promise<void> {
    this.#require("second_factor_missing")
    await this.#signIn.enrol(code)
    // The session that enrolled has not shown the factor yet; the next one does.
    await this.#signIn.signOut()
    this.phase.set({ at: "signed_out", ended: false })
  }

  async signInWithPasskey(): Promise<void> {
    this.#require("signed_out")
    const { passkey, state } = await this.#signIn.passkey(this.#authenticator())
    await this.#proceed(state, passkey)
  }

  async signOut(): Promise<void> {
    await this.#person?.flush()
    await this.#signIn.signOut()
    await this.#close()
    this.phase.set({ at: "signed_out", ended: false })
  }

  // --- passkeys ---

  async passkeys(): Promise<readonly Passkey[]> {
    return this.#passkeys.list()
  }

  async addPasskey(name: string): Promise<void> {
    const { id, prf } = await this.#passkeys.add(this.#authenticator(), name)
    // Some give their secret with their first gesture, others only when they are used (`addPasskeyUnlock`).
    if (prf !== null && this.phase.get().at === "ready") await addPasskey(this.#inPhase("ready").mine(), id, prf)
  }

  async removePasskey(id: number): Promise<void> {
    await this.#passkeys.remove(id)
    // It is no unlocker of the vault any more either.
    if (this.phase.get().at === "ready") await this.#inPhase("ready").lookAtDevices()
  }

  async reauthenticate(code: string): Promise<void> {
    await this.#passkeys.proveByCode(code)
  }

  async reauthenticateWithPasskey(): Promise<void> {
    await this.#passkeys.proveByPasskey(this.#authenticator())
  }

  // --- this device's keys ---

  async makeKeys(): Promise<RecoveryCode> {
    return this.#inPhase("no_keys").makeKeys()
  }

  recoveryCodeKept(): void {
    this.#inPhase("recovery_code")
      .recoveryCodeKept()
      .catch((error: unknown) => {
        this.#platform.failed("recovery code", error)
      })
  }

  async unlock(code: string): Promise<void> {
    await this.#inPhase("locked").unlock(code)
  }

  async unlockWithPasskey(): Promise<void> {
    await this.#inPhase("locked").unlockWithPasskey(this.#authenticator())
  }

  async resetIdentity(): Promise<void> {
    await this.#inPhase("locked").resetIdentity()
  }

  async takeOver(): Promise<void> {
    await this.#inPhase("elsewhere").enter({ steal: true })
  }

  // --- devices and unlockers ---

  async devices(): Promise<readonly DeviceRow[]> {
    const phase = this.phase.get()
    return this.#api.devices(phase.at === "ready" ? phase.device : undefined)
  }

  async deviceSeen(id: DeviceId): Promise<void> {
    await this.#inPhase("ready").mine().told(id)
  }

  async objectTo(id: DeviceId): Promise<void> {
    try {
      await this.#api.objectTo(id)
    } catch (error) {
      // A device of which only the key log knows: what follows ends it all the same.
      if (!(error instanceof ApiError && error.code === "not_found")) throw error
    }
  }

  async renameDevice(id: DeviceId, name: string): Promise<void> {
    await this.#api.renameDevice(id, name)
  }

  async revokeDevice(id: DeviceId): Promise<void> {
    await revokeDevice(this.#inPhase("ready").mine(), id)
  }

  async deviceLost(id: DeviceId | null): Promise<RecoveryCode> {
    return this.#inPhase("ready").loseDevice(id)
  }

  async unlockers(): Promise<readonly NamedUnlocker[]> {
    return unlockersOf(this.#inPhase("ready").mine())
  }

  async addPasskeyUnlock(): Promise<void> {
    const mine = this.#inPhase("ready").mine()
    const { id, prf } = await this.#passkeys.ask(this.#authenticator())
    if (prf === null) throw clientError("no_prf")
    await addPasskey(mine, id, prf)
  }

  async renewRecoveryCode(): Promise<RecoveryCode> {
    return this.#inPhase("ready").renewCode()
  }

  // --- who others are ---

  async safetyNumber(user: UserId): Promise<SafetyNumber> {
    return Promise.resolve(this.#inPhase("ready").safetyNumber(user))
  }

  async markCompared(user: UserId): Promise<void> {
    await this.#inPhase("ready").markCompared(user)
  }

  async organisationPeople(id: OrganisationId): Promise<OrganisationPeople> {
    return this.#inPhase("ready").registrar().people(id)
  }

  async makeSteward(id: OrganisationId): Promise<void> {
    await this.#inPhase("ready").registrar().makeSteward(id)
  }

  async attest(id: OrganisationId, user: UserId): Promise<void> {
    await this.#inPhase("ready").registrar().attest(id, user)
  }

  async strandedCircles(id: OrganisationId): Promise<readonly StrandedCircle[]> {
    return this.#inPhase("ready").registrar().stranded(id)
  }

  async restoreCoordinator(id: OrganisationId, circle: CircleId, user: UserId): Promise<void> {
    await this.#inPhase("ready").registrar().restoreCoordinator(id, circle, user)
  }

  // --- circles ---

  async openCircle(circle: OpenCircle): Promise<CircleId> {
    return this.#inPhase("ready").circles().open(circle)
  }

  async openCompartment(parent: CircleId, name: string): Promise<CircleId> {
    return this.#inPhase("ready").circles().openCompartment(parent, name)
  }

  async openTeam(organisation: OrganisationId, name: string): Promise<CircleId> {
    return this.#inPhase("ready").circles().openTeam(organisation, name)
  }

  async openExchange(peer: UserId): Promise<CircleId> {
    return this.#inPhase("ready").circles().openExchange(peer)
  }

  circle(id: CircleId): Circle {
    return this.#inPhase("ready").circles().circle(id)
  }

  async accept(id: InvitationId): Promise<CircleId> {
    return this.#inPhase("ready").circles().accept(id)
  }

  async decline(id: InvitationId, because: DeclineCode, text: string): Promise<void> {
    await this.#inPhase("ready").circles().decline(id, because, text)
  }

  // --- the link in a letter ---

  welcome(token: string): Promise<Welcome> {
    return this.#api.welcome(token)
  }

  async claim(token: string, email: string, password: string): Promise<void> {
    this.#require("signed_out")
    await this.#api.claim(token, email, password)
    await this.signInWithPassword(email, password)
  }

  refuseWelcome(token: string): Promise<void> {
    return this.#api.refuseWelcome(token)
  }

  // --- inside ---

  /** Asks who is signed in, and again while the server does not answer. */
  async #begin(): Promise<void> {
    try {
      await this.#proceed(await this.#signIn.state())
      this.#failures = 0
    } catch (error) {
      if (!(error instanceof CordeeError && error.code === "offline")) throw error
      this.phase.set({ at: "unreachable" })
      const wait = backoff(this.#failures, randomFraction(this.#platform.randomBytes))
      this.#failures += 1
      this.#cancelRetry = this.#platform.clock.after(wait, () => {
        this.#begin().catch((reason: unknown) => {
          this.#platform.failed("start", reason)
        })
      })
    }
  }

  async #proceed(state: SignInState, passkey?: Presented): Promise<void> {
    switch (state) {
      case "signed_out":
        this.phase.set({ at: "signed_out", ended: false })
        return
      case "second_factor":
        this.phase.set({ at: "second_factor" })
        return
      case "signed_in":
        await this.#signedIn(passkey)
    }
  }

  async #signedIn(passkey: Presented | undefined): Promise<void> {
    let me: Me
    try {
      me = await this.#api.me()
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "mfa_required")) throw error
      this.phase.set({ at: "second_factor_missing", ...(await this.#signIn.enrolment()) })
      return
    }
    await this.#close()
    this.#person = new PersonSession(
      {
        platform: this.#platform,
        api: this.#api,
        serverClock: this.#serverClock,
        phase: this.phase,
        circles: this.circles,
        invitations: this.invitations,
        notices: this.notices,
        newDevices: this.newDevices,
        connectionState: this.connection,
        failed: this.#platform.failed,
        ended: (code) => {
          this.#ended(me, code)
        },
      },
      me,
      await this.#platform.openProfile(me.id),
    )
    await this.#person.enter({ passkey })
  }

  #ended(me: Me, code: number): void {
    this.#close().catch((error: unknown) => {
      this.#platform.failed("close", error)
    })
    if (code === CLOSE.deviceEnded) this.phase.set({ at: "device_ended", me })
    else if (code === CLOSE.version) this.phase.set({ at: "too_old", missing: ["cordee"] })
    else this.phase.set({ at: "signed_out", ended: true })
  }

  async #close(): Promise<void> {
    const person = this.#person
    this.#person = undefined
    this.circles.set(null)
    this.invitations.set(null)
    this.notices.set(null)
    await person?.close()
  }

  /** Throws `no_passkeys`. */
  #authenticator(): Passkeys {
    const { passkeys } = this.#platform
    if (passkeys === undefined) throw clientError("no_passkeys")
    return passkeys
  }

  /** The signed-in person, when this is the phase. Throws `wrong_phase`. */
  #inPhase(at: Phase["at"]): PersonSession {
    this.#require(at)
    if (this.#person === undefined) throw clientError("wrong_phase", at)
    return this.#person
  }

  #require(at: Phase["at"]): void {
    if (this.phase.get().at !== at) throw clientError("wrong_phase", at)
  }
}
