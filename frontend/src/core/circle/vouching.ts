/**
 * Whether the keys of a circle's people stand in the key log (e2ee.md, "Identity" 5). What the log of the circle brought
 * is applied at once; what is written waits until every device that would read it is proved.
 *
 * A history that does not name a device, or an invited person's key, stops the circle. A proof that is only late (the
 * log seals twice a second; or it is out of order) holds messages for PATIENCE: then they go, and the screen says whose
 * keys are not proved, for AT_MOST. After that they wait again, until the proof is there.
 */
import { toBase64 } from "../encoding/base64.ts"
import { utf8 } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import { CordeeError } from "../errors.ts"
import type { UserId } from "../ids.ts"
import type { Claim } from "../keylog/chain.ts"
import type { CircleView } from "../model.ts"
import type { LiveGroup } from "./group.ts"
import type { Own } from "./own.ts"
import { CircleRefused } from "./refused.ts"
import { isSound, type Room } from "./room.ts"

const PATIENCE = 10_000
/** An operator has a day to bring the log back before circles with new devices fall silent. */
const AT_MOST = 24 * 3_600_000
/** Half a second after the first answer, then twice as long each time. */
const FIRST_AGAIN = 500
const LAST_AGAIN = 60_000

export class Vouching {
  readonly #room: Room
  readonly #settled: () => void
  #group: LiveGroup | undefined
  /** Not proved yet. */
  #open: readonly Claim[] = []
  #since: number | undefined
  #isLate = false
  #tries = 0
  #isRunning = false
  #cancel: (() => void) | undefined
  #cancelPatience: (() => void) | undefined

  /** `settled` is called when messages may go that could not before. */
  constructor(room: Room, settled: () => void) {
    this.#room = room
    this.#settled = settled
  }

  get mayTell(): boolean {
    if (this.#room.host.keyLog.refusal !== null) return false
    return !this.#holds || (this.#isLate && !this.#isOver)
  }

  /** Whose keys are not proved, once that has taken long. */
  get unproved(): CircleView["unproved"] {
    if (!this.#holds || !this.#isLate || this.#since === undefined) return null
    const users = new Set(this.#open.flatMap(({ devices, user }) => (devices.length > 0 ? [user] : [])))
    return { users: [...users], since: writeTime(this.#since), isStopped: this.#isOver }
  }

  /** After every change: the group may be another. */
  look(): void {
    const { group } = this.#room.state.now()
    if (group === this.#group) return
    this.#group = group
    this.#open = group === undefined ? [] : this.#unproved(claimsOf(group, this.#room.host.own))
    this.#tries = 0
    this.again()
  }

  /** On a new connection too. */
  again(): void {
    this.#cancel?.()
    this.#cancel = undefined
    const { host } = this.#room
    if (this.#open.length === 0 || !host.isOnline() || host.keyLog.refusal !== null) return
    // While one is under way, its end looks at what is open then.
    if (this.#isRunning) return
    this.#isRunning = true
    this.#run()
      .catch((error: unknown) => {
        host.failed("key log", error)
      })
      .finally(() => {
        this.#isRunning = false
        this.#plan()
      })
  }

  stop(): void {
    this.#cancel?.()
    this.#cancelPatience?.()
    this.#cancel = this.#cancelPatience = undefined
  }

  /** Nobody reads with a device that is not there: an invited person's key holds nothing up. */
  get #holds(): boolean {
    return this.#open.some(({ devices }) => devices.length > 0)
  }

  get #isOver(): boolean {
    return this.#since !== undefined && this.#room.host.serverClock.now() - this.#since > AT_MOST
  }

  #unproved(claims: readonly Claim[]): readonly Claim[] {
    return claims.filter((claim) => this.#room.host.keyLog.verdict(claim) !== "proved")
  }

  async #run(): Promise<void> {
    const { keyLog } = this.#room.host
    const asked = this.#open
    const users = [...new Set(asked.map(({ user }) => user))]
    this.#since = await keyLog.waitFor(users)
    this.#wait()
    try {
      await keyLog.look(users)
    } catch (error) {
      if (!(error instanceof CordeeError)) throw error
      return
    }
    const missing = asked.find((claim) => keyLog.verdict(claim) === "missing")
    if (missing !== undefined) return this.#refuse(missing)
    this.#open = this.#unproved(this.#open)
    const waiting = new Set(this.#open.map(({ user }) => user))
    await keyLog.arrived(users.filter((user) => !waiting.has(user)))
    if (!this.#holds) this.#arrived()
  }

  #arrived(): void {
    this.#cancelPatience?.()
    this.#cancelPatience = undefined
    this.#since = undefined
    this.#isLate = false
    this.#room.changed()
    this.#settled()
  }

  /** What is still open is asked for again. */
  #plan(): void {
    if (this.#open.length === 0 || this.#cancel !== undefined || !this.#room.host.isOnline()) return
    const wait = Math.min(FIRST_AGAIN * 2 ** this.#tries, LAST_AGAIN)
    this.#tries += 1
    this.#cancel = this.#room.host.clock.after(wait, () => {
      this.#cancel = undefined
      this.again()
    })
  }

  #wait(): void {
    const { clock, serverClock } = this.#room.host
    if (this.#since === undefined || this.#isLate || this.#cancelPatience !== undefined) return
    const left = Math.max(0, PATIENCE - (serverClock.now() - this.#since))
    this.#cancelPatience = clock.after(left, () => {
      this.#cancelPatience = undefined
      this.#isLate = this.#holds
      this.#room.changed()
      this.#settled()
    })
  }

  async #refuse({ devices, identity, user }: Claim): Promise<void> {
    const { changed, host, lane, state } = this.#room
    const evidence = {
      user,
      identity: toBase64(identity),
      devices: devices.map(({ device, key }) => ({ device, key: toBase64(key) })),
    }
    await lane.run(async () => {
      if (!isSound(state.now())) return
      const refused = new CircleRefused(
        "not_in_key_log",
        "its history does not name it",
        utf8(JSON.stringify(evidence)),
      )
      const draft = state.draft()
      draft.patch({ refusal: refused.asRefusal(writeTime(host.serverClock.now()), null) })
      await state.save(draft)
    })
    changed()
  }
}

/** Everybody's identity and devices, but for this device and its own identity, which needs nobody's word. */
function claimsOf({ devices, policy }: LiveGroup, own: Own): readonly Claim[] {
  const byUser = new Map<UserId, Claim["devices"][number][]>()
  for (const { certificate } of devices.values()) {
    const { device, key, user } = certificate
    if (device !== own.device) byUser.set(user, [...(byUser.get(user) ?? []), { device, key }])
  }
  return [...policy.persons.values()].flatMap(({ identity, user }) => {
    const theirs = byUser.get(user) ?? []
    return identity === null || (user === own.user && theirs.length === 0) ? [] : [{ user, identity, devices: theirs }]
  })
}
