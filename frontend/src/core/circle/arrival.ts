/**
 * How this device comes into a circle: fetch and verify what is shown, commit, and on top of whoever was first again;
 * then the circle's record begins at the place in the log that the server gave the commit.
 */
import type { ChainAnswer } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { newId } from "../encoding/uuid.ts"
import { clientError, CordeeError } from "../errors.ts"
import type { CommitRef } from "../ids.ts"
import { deserialise } from "../mls/group.ts"
import type { FrameOf } from "../sync/frames.ts"
import { borderAt, withClaim } from "./border.ts"
import type { Commits } from "./commits.ts"
import type { Earlier } from "./earlier.ts"
import { liveGroup } from "./group.ts"
import { join, OTHER_POLICY, type Known } from "./joining.ts"
import { openCopies } from "./past.ts"
import type { PendingCommit } from "./records.ts"
import { CircleRefused } from "./refused.ts"
import { isSound, type Room } from "./room.ts"
import { joinersStanding } from "./standing.ts"

interface Past {
  readonly chain: ChainAnswer
  readonly copies: Awaited<ReturnType<typeof openCopies>>
}

/** A joiner that loses as many races in a row meets something else than chance. */
const MOST_ATTEMPTS = 8

export class Arrival {
  readonly #room: Room
  readonly #commits: Commits
  readonly #earlier: Earlier
  /** What reads the past, asked for and opened while the commit is on its way. */
  #past: Promise<Past> | undefined
  #running: Promise<void> | undefined

  constructor(room: Room, commits: Commits, earlier: Earlier) {
    this.#room = room
    this.#commits = commits
    this.#earlier = earlier
  }

  /**
   * Comes in, or back in: also of a circle that stopped at a commit which this device cannot follow. The old state
   * stays until the new one is in the log. Resolves when the server has accepted the commit. Rejects with CircleRefused,
   * or with the server's refusal.
   */
  join(): Promise<void> {
    this.#running ??= this.#room.host.joins
      .run(() => this.#join())
      .finally(() => {
        this.#running = undefined
        this.#room.changed()
      })
    return this.#running
  }

  /** The kept join that this answers; undefined when it is no join. */
  joinFor({ ref }: FrameOf<"committed">): PendingCommit | undefined {
    const now = this.#room.state.now()
    return now.pending?.ref === ref && !isSound(now) ? now.pending : undefined
  }

  /** The server took the join: from here this device is in. What was before is fetched next. */
  async accepted(pending: PendingCommit, { hash, seq }: FrameOf<"committed">): Promise<void> {
    const { changed, circle, host, lane, state } = this.#room
    const past = await this.#past
    await lane.run(async () => {
      const group = await liveGroup(deserialise(pending.next), circle)
      const joined = { seq, hash: fromBase64(hash) }
      const before = state.now().record
      const draft = state.draft()
      draft.setRecord({
        change0: pending.change0,
        head: joined,
        joined,
        counter: 0,
        counters: new Map(),
        keyChecked: group.epoch,
        renewed: Math.floor(host.serverClock.now()),
        read: before?.read ?? 0,
        refusal: null,
        left: null,
      })
      draft.forgetItems()
      const border = borderAt(joined, group.epoch)
      // What this device had of the log must lie below: the page that reaches there is held against it.
      const isKnown = before !== undefined && before.head.seq > 0 && before.head.seq < joined.seq
      draft.setBorder(isKnown ? withClaim(border, before.head, before.head.hash) : border)
      if (pending.shown !== null) draft.setStanding(joinersStanding(draft.snapshot().standing, pending.shown))
      draft.setGroup(group)
      draft.adopt(pending)
      if (past !== undefined) {
        await this.#earlier.keepChain(draft, past.chain)
        for (const [epoch, key] of past.copies) draft.putKey(epoch, key)
      }
      await state.save(draft)
    })
    changed()
    host.send({ t: "join", circle })
  }

  #known(): Known {
    const { circle, host, state } = this.#room
    const { group, standing } = state.now()
    const marks = [host.vault.markOf(circle), standing?.highest].filter((mark) => mark != null)
    return { marks, group }
  }

  async #join(): Promise<void> {
    const { circle, host, lane, state } = this.#room
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
      if (!host.isOnline()) throw clientError("offline")
      if (isSound(state.now())) return
      const [chain, group] = await Promise.all([host.api.chain(circle), host.api.group(circle)])
      this.#past = this.#readPast(chain)
      const ref = newId<CommitRef>(host)
      const time = host.serverClock.now()
      const pending = await join({ circle, own: host.own, chain, group, time, ref, known: this.#known() }).catch(
        (error: unknown) => {
          // A commit may have come between the two answers: asked again before it is believed.
          if (attempt + 1 < MOST_ATTEMPTS && error instanceof CircleRefused && error.detail === OTHER_POLICY) return null
          throw error
        },
      )
      if (pending === null) continue
      await lane.run(async () => {
        const draft = state.draft()
        draft.setPending(pending)
        await state.save(draft)
      })
      if ((await this.#commits.submit(pending)) === "accepted") return
    }
    throw new CordeeError("stale_epoch")
  }

  /** Without it the device comes in all the same; `Earlier` asks again. */
  async #readPast(chain: ChainAnswer): Promise<Past> {
    const { circle, host } = this.#room
    const rows = await host.copies.of(circle).catch((error: unknown) => {
      host.failed("keys", error)
      return []
    })
    return { chain, copies: await openCopies(rows, host.own) }
  }
}
