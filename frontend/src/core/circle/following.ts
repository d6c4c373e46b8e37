/**
 * Following a circle on the connection as it comes and goes: coming in, catching up, what the server says, and what
 * happens by itself when an epoch is new, a joining is confirmed, or something was refused.
 */
import type { CircleDetail, CircleRow } from "../api/types.ts"
import { writeTime } from "../encoding/time.ts"
import { ApiError, clientError, CordeeError } from "../errors.ts"
import type { CircleId } from "../ids.ts"
import type { Refusal } from "../refusal.ts"
import type { FrameOf, ServerFrame } from "../sync/frames.ts"
import { Coalesced } from "./coalesced.ts"
import type { Host } from "./host.ts"
import { Lane } from "./lane.ts"
import { Liveness } from "./liveness.ts"
import { partsOf, type Parts } from "./parts.ts"
import { peopleOf } from "./people.ts"
import { CircleRefused } from "./refused.ts"
import { isConfirmed, isSound } from "./room.ts"
import { circleState, type CircleState } from "./state.ts"

/** After another's commit: all devices look after their keys, but not all at once. */
const UPKEEP_AFTER = 400
const UPKEEP_SPREAD = 4
/** Of a circle's past, before anybody opens it. */
const AT_FIRST = 20
/** Not worth telling: it is begun anew when it can be. */
const QUIET: ReadonlySet<string> = new Set(["offline", "closed"])

export type CircleFrame = Exclude<ServerFrame, { t: "challenge" | "ready" | "pong" }>

export class Following {
  readonly state: CircleState
  readonly parts: Parts
  /** Resolves when what is stored has been read. */
  readonly loading: Promise<void>
  row: CircleRow | undefined
  detail: CircleDetail | null = null
  /** A refusal that has no record to be kept in: of a join, or of what was stored. */
  refusal: Refusal | null = null
  /** I am a member, and the chain still names the keys that I had before: it is tried again when the lists change. */
  isUnnamed = false
  readonly #id: CircleId
  readonly #host: Host
  readonly #lane = new Lane()
  readonly #live = new Liveness()
  readonly #changedAnything: () => void
  readonly #refreshing = new Coalesced(() => this.#fetchDetail())
  #epochSeen: number | undefined
  #refusalSeen: Refusal | null = null
  #wasConfirmed = false
  #cancelUpkeep: (() => void) | undefined

  /** `changed` is called whenever something may look different; never before the first turn of the event loop. */
  constructor(id: CircleId, host: Host, changed: () => void) {
    this.#id = id
    this.#host = host
    this.#changedAnything = changed
    this.state = circleState(host.storage, id)
    this.parts = partsOf({
      circle: id,
      host,
      state: this.state,
      lane: this.#lane,
      changed: () => {
        this.#changed()
      },
      isLive: () => this.#live.isLive,
      mayTell: () => this.parts.vouching.mayTell,
      whenLive: () => this.#whenLive(),
    })
    // The first job of the lane: every later one finds the state read.
    this.loading = this.#lane.run(() => this.#load())
    this.background("load", () => this.loading)
  }

  setRow(row: CircleRow): void {
    this.row = row
    this.#changed()
  }

  /** Writes what another part has made for this circle. */
  keep(write: (state: CircleState) => Promise<void>): Promise<void> {
    return this.#lane.run(() => write(this.state))
  }

  /** The connection is there, or this circle has just appeared in the list: listen to it, or come in. */
  enter(): void {
    this.background("enter", () => this.#enter())
  }

  /** Comes in by external commit. Resolves when the server has accepted it. */
  async join(): Promise<void> {
    await this.loading
    try {
      await this.parts.arrival.join()
    } catch (error) {
      this.isUnnamed = this.row !== undefined && error instanceof CircleRefused && error.detail === "not_named"
      if (error instanceof CircleRefused && !this.isUnnamed) this.#refuse(error)
      this.#changed()
      throw error
    }
    this.isUnnamed = false
    this.refusal = null
    this.#changed()
  }

  frame(frame: CircleFrame): void {
    this.background(frame.t, () => this.#take(frame))
  }

  /** The key log was refused: nothing goes out of any circle. */
  keyLogRefused(): void {
    this.#changed()
  }

  disconnected(): void {
    this.parts.granting.giveUp("offline")
    this.#live.end("offline")
    this.parts.outbox.disconnected()
    this.parts.receipts.stop()
    this.parts.duties.stop()
    this.#cancelUpkeep?.()
    this.parts.vouching.stop()
    // A join is begun anew; other commits are kept and sent again.
    if (!isSound(this.state.now())) this.parts.commits.giveUp("offline")
    this.#changed()
  }

  refresh(): Promise<void> {
    return this.#refreshing.run()
  }

  async #fetchDetail(): Promise<void> {
    const detail = await this.#host.api.circle(this.#id)
    this.detail = detail
    this.row = detail
    await this.#lane.run(async () => {
      if (this.state.now().record === undefined) return
      const draft = this.state.draft()
      for (const person of peopleOf(detail)) draft.putPerson(person)
      await this.state.save(draft)
    })
    this.#changed()
    if (this.#live.isLive) await this.#lookAround()
  }

  async #load(): Promise<void> {
    try {
      await this.state.load()
    } catch (error) {
      if (!(error instanceof CircleRefused)) throw error
      this.#refuse(error)
    }
    this.#epochSeen = this.state.now().group?.epoch
    await this.parts.uploads.load()
    this.#changed()
  }

  async #enter(): Promise<void> {
    await this.loading
    const { group, record } = this.state.now()
    if (!this.#host.isOnline()) return
    if (this.parts.reporting.isDue) return this.parts.reporting.run()
    if ((this.refusal ?? record?.refusal ?? this.#host.keyLog.refusal) !== null) return
    if (record === undefined || group === undefined) {
      if (this.row?.abilities.includes("read") !== true) return
      await this.join().catch((error: unknown) => {
        if (!this.isUnnamed) throw error
      })
      return
    }
    if (record.left !== null) {
      if (this.row === undefined) return
      // The server said that it was over, and now lists the circle again; the log will tell whether this device is
      // still in.
      await this.#setLeft(null)
    }
    this.#host.send({ t: "join", circle: this.#id })
  }

  async #take(frame: CircleFrame): Promise<void> {
    await this.loading
    switch (frame.t) {
      case "joined":
        return this.#listening(frame)
      case "item":
        await this.parts.log.take(frame.item)
        // A key that was missing, or was a wrong one, may have been given.
        if (frame.item.kind === "grant") await this.parts.earlier.openWaiting()
        return this.#comeBack()
      case "ack":
        return this.parts.outbox.acknowledged(frame)
      case "committed": {
        const join = this.parts.arrival.joinFor(frame)
        return join === undefined ? this.parts.commits.committed(frame) : this.parts.arrival.accepted(join, frame)
      }
      case "granted":
        this.parts.granting.granted(frame.ref)
        return
      case "seen":
        return this.parts.confirmation.take(frame.statement)
      case "receipt":
        return this.parts.receipts.read(frame)
      case "delivered":
        return this.parts.receipts.delivered(frame)
      case "changed":
        return this.refresh()
      case "left":
        return this.#leave(frame.code)
      case "error":
        return this.#refusedByServer(frame)
    }
  }

  /** The server's log is open to this connection: first everything that was missed, then one's own. */
  async #listening({ rekeyRequired, seq }: FrameOf<"joined">): Promise<void> {
    const { connection } = this.#live
    if (rekeyRequired) this.parts.outbox.hold()
    const { record } = this.state.now()
    const hasJustJoined = record?.head.seq === record?.joined.seq && record?.head.seq === seq
    if (!hasJustJoined) await this.parts.log.catchUp()
    if (connection !== this.#live.connection) return
    if (!isSound(this.state.now())) return this.#comeBack()
    this.#live.begin()
    this.parts.vouching.again()
    this.#changed()
    this.parts.commits.resume()
    await this.#renewLeaf()
    this.parts.outbox.flush()
    this.parts.uploads.run()
    // A new device comes into all its circles first.
    await this.#host.joins.idle()
    await this.#host.reading.run(async () => {
      if (connection !== this.#live.connection) return
      await this.parts.receipts.fetch()
      // What this person's vault has marked needs no one's word.
      await this.parts.confirmation.look([])
      await this.#showPast()
      await this.parts.upkeep.checkKey()
      await this.parts.earlier.openWaiting()
      await this.parts.confirmation.settle()
      await this.refresh()
    })
  }

  /** What is to be done here, and what others say. */
  async #lookAround(): Promise<void> {
    const { seen } = await this.parts.duties.fetch()
    await this.parts.confirmation.look(seen)
    await this.parts.trusts.look()
  }

  /** What the list shows of a circle; more when somebody reads. */
  async #showPast(): Promise<void> {
    const { border, items } = this.state.now()
    if (!isConfirmed(this.state.now())) return
    if (items.first === undefined && border?.hasMore === true) await this.parts.earlier.load(AT_FIRST)
  }

  /** Before sending; but no reason not to send, when the server will not have it now. */
  async #renewLeaf(): Promise<void> {
    if (this.row?.abilities.includes("send") !== true || !isConfirmed(this.state.now())) return
    await this.parts.upkeep.renewLeaf().catch((error: unknown) => {
      this.#host.failed("renew", error)
    })
  }

  async #refusedByServer({ code, ref }: FrameOf<"error">): Promise<void> {
    const { pending } = this.state.now()
    if (ref === null) {
      // The answer to `join`: not a member any more.
      if (code === "not_found") await this.#leave("ended")
    } else if (this.parts.granting.refused(ref, code)) {
      return
    } else if (pending?.ref === ref) {
      await this.parts.commits.refused(pending.ref, code)
    } else if (this.parts.outbox.inFlight === ref) {
      await this.parts.outbox.refused(this.parts.outbox.inFlight, code)
      // Somebody's removal is due.
      if (code === "rekey_required") await this.parts.duties.fetch()
    } else if (code === "stale_epoch") {
      this.parts.receipts.refused()
    }
  }

  #whenLive(): Promise<void> {
    const isRefused = this.#host.keyLog.refusal !== null
    if (isRefused || !isSound(this.state.now())) return Promise.reject(clientError("closed"))
    return this.#host.isOnline() ? this.#live.wait() : Promise.reject(clientError("offline"))
  }

  async #leave(code: string): Promise<void> {
    this.row = undefined
    this.#live.end("closed")
    if (this.state.now().record?.left === null) await this.#setLeft(code)
    this.parts.commits.giveUp("closed")
    this.parts.outbox.giveUp()
    this.#changed()
  }

  /** A commit took this device's leaf, but its person is still a member: other keys stand for them now. */
  async #comeBack(): Promise<void> {
    if (this.state.now().record?.left !== "removed" || this.row === undefined) return
    this.#live.end("closed")
    try {
      await this.refresh()
    } catch (error) {
      if (error instanceof CordeeError && error.code === "not_found") return
      throw error
    }
    this.enter()
  }

  async #setLeft(left: string | null): Promise<void> {
    await this.#lane.run(async () => {
      const draft = this.state.draft()
      draft.patch({ left })
      await this.state.save(draft)
    })
  }

  #refuse(error: CircleRefused): void {
    this.refusal = error.asRefusal(writeTime(this.#host.serverClock.now()), null)
    this.#changed()
  }

  #changed(): void {
    this.parts.commits.settle()
    this.parts.outbox.settle()
    const { group, record } = this.state.now()
    const refusal = record?.refusal ?? this.#host.keyLog.refusal
    if (refusal !== this.#refusalSeen) {
      this.#refusalSeen = refusal
      if (refusal !== null) this.#stop()
    }
    if (isConfirmed(this.state.now()) !== this.#wasConfirmed) this.#standingChanged()
    if (group !== undefined && group.epoch !== this.#epochSeen) this.#newEpoch(group.epoch)
    this.parts.receipts.received()
    this.parts.vouching.look()
    this.#changedAnything()
  }

  /** Something was refused: nothing more goes out, but for the report of what this device could not process. */
  #stop(): void {
    this.#live.end("closed")
    this.parts.commits.giveUp("closed")
    this.parts.outbox.giveUp()
    this.parts.duties.stop()
    if (this.parts.reporting.isDue) this.enter()
  }

  #standingChanged(): void {
    this.#wasConfirmed = isConfirmed(this.state.now())
    if (!this.#wasConfirmed || !this.#live.isLive) return
    this.parts.outbox.flush()
    this.background("confirmed", async () => {
      await this.parts.confirmation.settle()
      await this.refresh()
      await this.#showPast()
    })
  }

  #newEpoch(epoch: number): void {
    this.#epochSeen = epoch
    this.background("receipts", () => this.parts.receipts.lookAgain())
    this.background("seen", () => this.parts.confirmation.settle())
    this.parts.outbox.flush()
    this.#cancelUpkeep?.()
    const [spread = 0] = this.#host.randomBytes(1)
    this.#cancelUpkeep = this.#host.clock.after(UPKEEP_AFTER + UPKEEP_SPREAD * spread, () => {
      this.background("upkeep", async () => {
        if (!this.#live.isLive) return
        await this.parts.upkeep.checkKey()
        await this.refresh()
      })
    })
  }

  /**
   * Work that no one waits for. That the server has ended the membership is told as such; being offline, or no longer
   * in, is no failure.
   */
  background(what: string, work: () => Promise<void>): void {
    work()
      .catch((error: unknown) => {
        if (error instanceof ApiError && error.code === "not_found") return this.#leave("ended")
        throw error
      })
      .catch((error: unknown) => {
        if (!(error instanceof CordeeError && QUIET.has(error.code))) this.#host.failed(what, error)
      })
  }
}
