/**
 * What a device does for its circle because it is due: removals that were ordered, new keys of members, people who may
 * come in. Any member's device can do most of it; those whose business it is come first, so that not all race.
 */
import { NO_DUTIES, type Duties as Asked } from "../api/duties.ts"
import { CordeeError } from "../errors.ts"
import type { UserId } from "../ids.ts"
import type { Operation } from "../policy/operation.ts"
import { PolicyRefused } from "../policy/refused.ts"
import { change, end, type Acting } from "./acts.ts"
import type { Commits } from "./commits.ts"
import type { PendingCommit } from "./records.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"
import { dueChanges } from "./tasks.ts"

/** Own business at once, then coordinators, then everybody; within a rank by chance. */
const STEP = 1_200
const SPREAD = 4

export class Duties {
  readonly #room: Room
  readonly #commits: Commits
  #asked: Asked = NO_DUTIES
  #cancel: (() => void) | undefined

  constructor(room: Room, commits: Commits) {
    this.#room = room
    this.#commits = commits
  }

  get asked(): Asked {
    return this.#asked
  }

  async fetch(): Promise<Asked> {
    this.#asked = await this.#room.host.api.duties(this.#room.circle)
    this.#room.changed()
    this.#schedule(await this.#due())
    return this.#asked
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #schedule(due: readonly Operation[]): void {
    this.stop()
    if (due.length === 0) return
    const { host } = this.#room
    const [chance = 0] = host.randomBytes(1)
    const wait = STEP * Math.min(...due.map((op) => this.#rank(op))) + SPREAD * chance
    this.#cancel = host.clock.after(wait, () => {
      this.#carryOut().catch((error: unknown) => {
        // Asked for again on the next connection, or with the next change.
        if (!(error instanceof CordeeError && (error.code === "offline" || error.code === "closed")))
          host.failed("duties", error)
      })
    })
  }

  #rank(op: Operation): number {
    const { group } = this.#room.state.now()
    const { user } = this.#room.host.own
    if (about(op) === user) return 0
    return group?.policy.persons.get(user)?.role === "coordinator" ? 1 : 2
  }

  async #carryOut(): Promise<void> {
    for (const op of await this.#due()) {
      await this.#commits.act((acting) => madeIfStillDue(acting, op))
    }
  }

  async #due(): Promise<readonly Operation[]> {
    const { host, isLive, state } = this.#room
    const { group } = state.now()
    if (group === undefined || !isLive() || !isSound(state.now()) || !isConfirmed(state.now())) return []
    return dueChanges(this.#asked, group.policy, host.own, host.serverClock.now())
  }
}

/** Undefined when another device was first, or when our own rules say no: then it is not for this device to do. */
async function madeIfStillDue(acting: Acting, op: Operation): Promise<PendingCommit | undefined> {
  try {
    return op.type === "end" ? await end(acting, op.user, op.code, "", op.order) : await change(acting, op)
  } catch (error) {
    if (error instanceof PolicyRefused) return undefined
    throw error
  }
}

function about(op: Operation): UserId | undefined {
  if (op.type === "rotate") return op.rotation.says.user
  return op.type === "revoke" ? op.user : undefined
}
