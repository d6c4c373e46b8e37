/**
 * Commits of this device on their way to the server. The first valid commit of an epoch wins: when another was first,
 * the act is made again on top of it, as long as it still makes sense. What was sent is kept until it is answered,
 * across reconnects and reloads, and sent again with the same bytes.
 */
import { toBase64 } from "../encoding/base64.ts"
import { writeTime } from "../encoding/time.ts"
import { newId } from "../encoding/uuid.ts"
import { clientError, CordeeError } from "../errors.ts"
import type { CommitRef } from "../ids.ts"
import { Lane } from "./lane.ts"
import type { Acting } from "./acts.ts"
import type { CircleLog } from "./log.ts"
import type { PendingCommit } from "./records.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"
import type { FrameOf } from "../sync/frames.ts"

/** An act that loses as many races in a row meets something else than chance. */
const MOST_ATTEMPTS = 8

type Outcome = "accepted" | "stale"

interface Waiting {
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: CordeeError) => void
}

export class Commits {
  readonly #room: Room
  readonly #log: CircleLog
  readonly #acts = new Lane()
  readonly #waiting = new Map<CommitRef, Waiting>()

  constructor(room: Room, log: CircleLog) {
    this.#room = room
    this.#log = log
  }

  /**
   * Makes and sends a commit until the server has accepted it. `make` answers undefined when there is nothing left to
   * do.
   */
  act(make: (acting: Acting) => Promise<PendingCommit | undefined>): Promise<void> {
    return this.#acts.run(async () => {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
        await this.#room.whenLive()
        const pending = await this.#prepare(make)
        if (pending === undefined || (await this.submit(pending)) === "accepted") return
      }
      throw new CordeeError("stale_epoch")
    })
  }

  /** Sends a kept commit and waits for its fate. */
  submit(pending: PendingCommit): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(pending.ref, { resolve, reject })
      this.#room.host.send(pending.frame)
    })
  }

  /**
   * On a new connection, once the log is caught up: what is still pending was not accepted, and is for the present
   * epoch.
   */
  resume(): void {
    const { pending } = this.#room.state.now()
    if (pending !== undefined) this.#room.host.send(pending.frame)
  }

  /** The server has accepted it: it takes its place in the log. */
  async committed({ epoch, hash, ref, seq }: FrameOf<"committed">): Promise<void> {
    const { host, state } = this.#room
    const { pending } = state.now()
    if (pending?.ref !== ref) return
    await this.#log.take({
      kind: "commit",
      seq,
      at: writeTime(host.serverClock.now()),
      hash,
      epoch,
      commit: toBase64(pending.commit),
      device: host.own.device,
    })
  }

  async refused(ref: CommitRef, code: string): Promise<void> {
    if (this.#room.state.now().pending?.ref !== ref) return
    // It may have been accepted before a connection broke: then it is in the log.
    if (code === "stale_epoch") await this.#log.catchUp()
    this.settle()
    await this.#drop(ref)
    if (code === "stale_epoch") this.settle()
    else this.#take(ref)?.reject(new CordeeError(code))
  }

  /** Tells those who wait what the log has decided. */
  settle(): void {
    const { adopted, pending } = this.#room.state.now()
    for (const ref of [...this.#waiting.keys()]) {
      if (ref === adopted) this.#take(ref)?.resolve("accepted")
      else if (ref !== pending?.ref) this.#take(ref)?.resolve("stale")
    }
  }

  /** Nothing more will be decided here: the circle was left, or refused something. */
  giveUp(code: string): void {
    for (const ref of [...this.#waiting.keys()]) this.#take(ref)?.reject(new CordeeError(code))
  }

  #prepare(make: (acting: Acting) => Promise<PendingCommit | undefined>): Promise<PendingCommit | undefined> {
    const { host, lane, state } = this.#room
    return lane.run(async () => {
      const { group, record } = state.now()
      if (group === undefined || record === undefined || !isSound(state.now())) throw clientError("closed")
      if (!isConfirmed(state.now())) throw clientError("closed", "unconfirmed")
      const pending = await make({
        group,
        own: host.own,
        time: host.serverClock.now(),
        ref: newId<CommitRef>(host),
        change0: record.change0,
      })
      if (pending === undefined) return undefined
      const draft = state.draft()
      draft.setPending(pending)
      await state.save(draft)
      return pending
    })
  }

  async #drop(ref: CommitRef): Promise<void> {
    const { lane, state } = this.#room
    await lane.run(async () => {
      if (state.now().pending?.ref !== ref) return
      const draft = state.draft()
      draft.setPending(undefined)
      await state.save(draft)
    })
  }

  #take(ref: CommitRef): Waiting | undefined {
    const waiting = this.#waiting.get(ref)
    this.#waiting.delete(ref)
    return waiting
  }
}
