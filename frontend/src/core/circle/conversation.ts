/**
 * One circle as an object that screens subscribe to (`Circle` in ../cordee.ts): it puts together the log, the outbox,
 * the commits and the receipts of one circle, and follows the connection as it comes and goes.
 */
import type { Candidates, CircleDetail, CircleRow, EndCode, Role, Timestamp } from "../api/types.ts"
import type { Circle, Invite, SendOptions } from "../cordee.ts"
import { writeTime } from "../encoding/time.ts"
import { ApiError, clientError, CordeeError } from "../errors.ts"
import { fileOf } from "../files/find.ts"
import { openFile } from "../files/opening.ts"
import type { CircleId, DeviceId, FileId, MessageId, UserId } from "../ids.ts"
import type { CircleSummary, CircleView, Composer } from "../model.ts"
import { source, type Source } from "../observable.ts"
import type { Refusal } from "../refusal.ts"
import { backoff, randomFraction } from "../sync/backoff.ts"
import type { FrameOf, ServerFrame } from "../sync/frames.ts"
import { Arrival } from "./arrival.ts"
import { Coalesced } from "./coalesced.ts"
import { Commits } from "./commits.ts"
import { Confirmation } from "./confirmation.ts"
import { Duties } from "./duties.ts"
import { Earlier } from "./earlier.ts"
import { hasAcknowledged } from "./entries.ts"
import { erasureOf } from "./erasing.ts"
import { Granting, type Grantable } from "./granting.ts"
import type { Host } from "./host.ts"
import { Lane } from "./lane.ts"
import { Liveness } from "./liveness.ts"
import { CircleLog } from "./log.ts"
import { Membership } from "./membership.ts"
import { Outbox } from "./outbox.ts"
import { peopleOf } from "./people.ts"
import { Receipts } from "./receipts.ts"
import { CircleRefused } from "./refused.ts"
import { Reporting } from "./reporting.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"
import { circleState, type CircleState } from "./state.ts"
import { Trusts } from "./trust.ts"
import { Uploads } from "./uploads.ts"
import { Upkeep } from "./upkeep.ts"
import { Views } from "./view.ts"

/** After another's commit: all devices look after their keys, but not all at once. */
const UPKEEP_AFTER = 400
const UPKEEP_SPREAD = 4
/** Of a circle's past, before anybody opens it. */
const AT_FIRST = 20

/** The states of the composer in which what is written is kept and goes out later. */
const WRITABLE: ReadonlySet<Composer["state"]> = new Set(["open", "offline", "unconfirmed", "rekeying"])

const QUIET: ReadonlySet<string> = new Set(["offline", "closed"])

type CircleFrame = Exclude<ServerFrame, { t: "challenge" | "ready" | "pong" }>

export class Conversation implements Circle {
  readonly id: CircleId
  readonly view: Source<CircleView>
  readonly #host: Host
  readonly #state: CircleState
  readonly #lane = new Lane()
  readonly #live = new Liveness()
  readonly #log: CircleLog
  readonly #uploads: Uploads
  readonly #outbox: Outbox
  readonly #earlier: Earlier
  readonly #granting: Granting
  readonly #commits: Commits
  readonly #arrival: Arrival
  readonly #reporting: Reporting
  readonly #confirmation: Confirmation
  readonly #duties: Duties
  readonly #membership: Membership
  readonly #trusts: Trusts
  readonly #receipts: Receipts
  readonly #upkeep: Upkeep
  readonly #views: Views
  readonly #summaryChanged: () => void
  readonly #loading: Promise<void>
  readonly #refreshing = new Coalesced(() => this.#fetchDetail())
  #row: CircleRow | undefined
  #detail: CircleDetail | null = null
  /** A refusal that has no record to be kept in: of a join, or of what was stored. */
  #refusal: Refusal | null = null
  #epochSeen: number | undefined
  #refusalSeen: Refusal | null = null
  #wasConfirmed = false
  #cancelUpkeep: (() => void) | undefined

  constructor(id: CircleId, host: Host, summaryChanged: () => void) {
    this.id = id
    this.#host = host
    this.#summaryChanged = summaryChanged
    this.#state = circleState(host.storage, id)
    const room: Room = {
      circle: id,
      host,
      state: this.#state,
      lane: this.#lane,
      changed: () => {
        this.#changed()
      },
      isLive: () => this.#live.isLive,
      whenLive: () => this.#whenLive(),
    }
    this.#log = new CircleLog(room)
    this.#uploads = new Uploads(room, {
      arrived: () => {
        this.#outbox.flush()
      },
      refused: (message, code) => this.#outbox.fail(message, code),
    })
    this.#outbox = new Outbox(room, this.#log, this.#uploads)
    this.#earlier = new Earlier(room)
    this.#granting = new Granting(room, this.#earlier)
    this.#commits = new Commits(room, this.#log)
    this.#arrival = new Arrival(room, this.#commits, this.#earlier)
    this.#reporting = new Reporting(room, this.#arrival)
    this.#confirmation = new Confirmation(room)
    this.#duties = new Duties(room, this.#commits)
    this.#membership = new Membership(this.#commits, () => this.#duties.asked)
    this.#trusts = new Trusts(room, this.#duties)
    this.#receipts = new Receipts(room)
    this.#upkeep = new Upkeep(room, this.#commits)
    this.#views = new Views(id, host.own)
    this.view = source(this.#draw())
    // The first job of the lane: every later one finds the state read.
    this.#loading = this.#lane.run(() => this.#load())
    this.#background("load", () => this.#loading)
  }

  // --- what screens do ---

  async send(text: string, options: SendOptions = {}): Promise<MessageId> {
    const { created, files = [], preparing, urgent = false } = options
    await this.#mayWrite()
    const kind = urgent ? "urgent" : "message"
    const staged = await this.#uploads.stage(files, preparing)
    try {
      return await this.#outbox.add({ kind, text, files: staged }, created ?? this.#host.serverClock.now())
    } catch (error) {
      await this.#uploads.forget(staged)
      throw error
    }
  }

  async openFile(message: MessageId, file: FileId, progress?: (done: number) => void): Promise<Blob> {
    const { api, clock, randomBytes } = this.#host
    return openFile(fileOf(this.#state.now(), message, file), (from) => api.files.fetch(this.id, file, from), {
      pause: (failures) =>
        new Promise((resolve) => clock.after(backoff(failures, randomFraction(randomBytes)), resolve)),
      progress: progress ?? (() => undefined),
    })
  }

  async acknowledge(target: MessageId): Promise<void> {
    await this.#mayWrite()
    if (hasAcknowledged(this.#state.now(), target, this.#host.own.user)) return
    await this.#outbox.post({ kind: "ack", target }, this.#host.serverClock.now())
  }

  async erase(message: MessageId): Promise<void> {
    await this.#mayWrite()
    await this.#outbox.post(erasureOf(this.#state.now(), message), this.#host.serverClock.now())
  }

  retry(message: MessageId): Promise<void> {
    return this.#outbox.retry(message)
  }

  discard(message: MessageId): Promise<void> {
    return this.#outbox.discard(message)
  }

  async grantable(): Promise<readonly Grantable[]> {
    await this.#loading
    return this.#granting.epochs()
  }

  async grantHistory(user: UserId, fromEpoch: number): Promise<void> {
    await this.#loading
    await this.#granting.give(user, fromEpoch)
  }

  async loadEarlier(): Promise<void> {
    await this.#loading
    await this.#earlier.load()
  }

  markRead(seq: number): void {
    this.#background("read", () => this.#receipts.markRead(seq))
  }

  candidates(query: string): Promise<Candidates> {
    return this.#host.api.candidates(this.id, query)
  }

  async invite(invite: Invite): Promise<void> {
    await this.#decide((membership) => membership.invite(invite))
  }

  async end(user: UserId, code: EndCode, reason: string): Promise<void> {
    await this.#decide((membership) => membership.end(user, code, reason))
  }

  async setRole(user: UserId, role: Role, notAfter: Timestamp | null): Promise<void> {
    await this.#decide((membership) => membership.setRole(user, role, notAfter))
  }

  async endDevice(user: UserId, device: DeviceId): Promise<void> {
    await this.#decide((membership) => membership.endDevice(user, device))
  }

  async admit(user: UserId): Promise<void> {
    await this.#decide((membership) => membership.admit(user))
  }

  async confirmReset(user: UserId): Promise<void> {
    await this.#decide((membership) => membership.confirmReset(user))
  }

  /** The server orders my end; another member's device carries it out. */
  async leave(reason: string): Promise<void> {
    await this.#host.api.leave(this.id, reason)
  }

  /** Comes back in, when what was refused has been mended: only forward, on the chain that this device knows. */
  async resync(): Promise<void> {
    await this.#loading
    await this.#arrival.join()
  }

  refresh(): Promise<void> {
    return this.#refreshing.run()
  }

  async #fetchDetail(): Promise<void> {
    const detail = await this.#host.api.circle(this.id)
    this.#detail = detail
    this.#row = detail
    await this.#lane.run(async () => {
      if (this.#state.now().record === undefined) return
      const draft = this.#state.draft()
      for (const person of peopleOf(detail)) draft.putPerson(person)
      await this.#state.save(draft)
    })
    this.#changed()
    if (this.#live.isLive) await this.#lookAround()
  }

  // --- what the client does with it ---

  summary(): CircleSummary | undefined {
    return this.#row === undefined ? undefined : this.#views.summary(this.#state.now(), this.#row, this.view.get())
  }

  /** The identity key that this circle's policy pins. */
  identityOf(user: UserId): Uint8Array | undefined {
    return this.#state.now().group?.policy.persons.get(user)?.identity ?? undefined
  }

  setRow(row: CircleRow): void {
    this.#row = row
    this.#changed()
  }

  /** True when this device is not in the circle: listed again, it would have to come in. */
  isOut(): boolean {
    return this.#state.now().record?.left !== null
  }

  /** Writes what another part has made for this circle. */
  keep(write: (state: CircleState) => Promise<void>): Promise<void> {
    return this.#lane.run(() => write(this.#state))
  }

  /** The connection is there, or this circle has just appeared in the list: listen to it, or come in. */
  enter(): void {
    this.#background("enter", () => this.#enter())
  }

  /** Comes in by external commit. Resolves when the server has accepted it. */
  async join(): Promise<void> {
    await this.#loading
    try {
      await this.#arrival.join()
    } catch (error) {
      if (error instanceof CircleRefused) this.#refuse(error)
      throw error
    }
    this.#refusal = null
    this.#changed()
  }

  frame(frame: CircleFrame): void {
    this.#background(frame.t, () => this.#take(frame))
  }

  disconnected(): void {
    this.#granting.giveUp("offline")
    this.#live.end("offline")
    this.#outbox.disconnected()
    this.#receipts.stop()
    this.#duties.stop()
    this.#cancelUpkeep?.()
    // A join is begun anew; other commits are kept and sent again.
    if (!isSound(this.#state.now())) this.#commits.giveUp("offline")
    this.#changed()
  }

  // --- inside ---

  /** Throws `closed` when nothing can be written here. What waits for the network or a key is kept. */
  async #mayWrite(): Promise<void> {
    await this.#loading
    const { state } = this.view.get().composer
    if (!WRITABLE.has(state)) throw clientError("closed", state)
  }

  async #load(): Promise<void> {
    try {
      await this.#state.load()
    } catch (error) {
      if (!(error instanceof CircleRefused)) throw error
      this.#refuse(error)
    }
    this.#epochSeen = this.#state.now().group?.epoch
    await this.#uploads.load()
    this.#changed()
  }

  async #enter(): Promise<void> {
    await this.#loading
    const { group, record } = this.#state.now()
    if (!this.#host.isOnline()) return
    if (this.#reporting.isDue) return this.#reporting.run()
    if ((this.#refusal ?? record?.refusal ?? null) !== null) return
    if (record === undefined || group === undefined) {
      if (this.#row?.abilities.includes("read") === true) await this.join()
      return
    }
    if (record.left !== null) {
      if (this.#row === undefined) return
      // The server said that it was over, and now lists the circle again; the log will tell whether this device is
      // still in.
      await this.#setLeft(null)
    }
    this.#host.send({ t: "join", circle: this.id })
  }

  async #take(frame: CircleFrame): Promise<void> {
    await this.#loading
    switch (frame.t) {
      case "joined":
        return this.#listening(frame)
      case "item":
        await this.#log.take(frame.item)
        // A key that was missing, or was a wrong one, may have been given.
        if (frame.item.kind === "grant") await this.#earlier.openWaiting()
        return this.#comeBack()
      case "ack":
        return this.#outbox.acknowledged(frame)
      case "committed": {
        const join = this.#arrival.joinFor(frame)
        return join === undefined ? this.#commits.committed(frame) : this.#arrival.accepted(join, frame)
      }
      case "granted":
        this.#granting.granted(frame.ref)
        return
      case "seen":
        return this.#confirmation.take(frame.statement)
      case "receipt":
        return this.#receipts.read(frame)
      case "delivered":
        return this.#receipts.delivered(frame)
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
    if (rekeyRequired) this.#outbox.hold()
    const { record } = this.#state.now()
    const hasJustJoined = record?.head.seq === record?.joined.seq && record?.head.seq === seq
    if (!hasJustJoined) await this.#log.catchUp()
    if (connection !== this.#live.connection) return
    if (!isSound(this.#state.now())) return this.#comeBack()
    this.#live.begin()
    this.#changed()
    this.#commits.resume()
    await this.#renewLeaf()
    this.#outbox.flush()
    this.#uploads.run()
    await this.#host.reading.run(async () => {
      if (connection !== this.#live.connection) return
      await this.#receipts.fetch()
      // What this person's vault has marked needs no one's word.
      await this.#confirmation.look([])
      await this.#showPast()
      await this.#upkeep.checkKey()
      await this.#earlier.openWaiting()
      await this.#confirmation.settle()
      await this.refresh()
    })
  }

  /** What is to be done here, and what others say. */
  async #lookAround(): Promise<void> {
    const { seen } = await this.#duties.fetch()
    await this.#confirmation.look(seen)
    await this.#trusts.look()
  }

  /** What the list shows of a circle; more when somebody reads. */
  async #showPast(): Promise<void> {
    const { border, items } = this.#state.now()
    if (!isConfirmed(this.#state.now())) return
    if (items.first === undefined && border?.hasMore === true) await this.#earlier.load(AT_FIRST)
  }

  /** Before sending; but no reason not to send, when the server will not have it now. */
  async #renewLeaf(): Promise<void> {
    if (this.#row?.abilities.includes("send") !== true || !isConfirmed(this.#state.now())) return
    await this.#upkeep.renewLeaf().catch((error: unknown) => {
      this.#host.failed("renew", error)
    })
  }

  async #refusedByServer({ code, ref }: FrameOf<"error">): Promise<void> {
    const { pending } = this.#state.now()
    if (ref === null) {
      // The answer to `join`: not a member any more.
      if (code === "not_found") await this.#leave("ended")
    } else if (this.#granting.refused(ref, code)) return
    else if (pending?.ref === ref) await this.#commits.refused(pending.ref, code)
    else if (this.#outbox.inFlight === ref) {
      await this.#outbox.refused(this.#outbox.inFlight, code)
      // Somebody's removal is due.
      if (code === "rekey_required") await this.#duties.fetch()
    }
    else if (code === "stale_epoch") this.#receipts.refused()
  }

  async #decide(decision: (membership: Membership) => Promise<void>): Promise<void> {
    await this.#loading
    await decision(this.#membership)
    await this.refresh()
  }

  #whenLive(): Promise<void> {
    if (!isSound(this.#state.now())) return Promise.reject(clientError("closed"))
    return this.#host.isOnline() ? this.#live.wait() : Promise.reject(clientError("offline"))
  }

  async #leave(code: string): Promise<void> {
    this.#row = undefined
    this.#live.end("closed")
    if (this.#state.now().record?.left === null) await this.#setLeft(code)
    this.#commits.giveUp("closed")
    this.#outbox.giveUp()
    this.#changed()
  }

  /** A commit took this device's leaf, but its person is still a member: other keys stand for them now. */
  async #comeBack(): Promise<void> {
    if (this.#state.now().record?.left !== "removed" || this.#row === undefined) return
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
      const draft = this.#state.draft()
      draft.patch({ left })
      await this.#state.save(draft)
    })
  }

  #refuse(error: CircleRefused): void {
    this.#refusal = error.asRefusal(writeTime(this.#host.serverClock.now()), null)
    this.#changed()
  }

  #changed(): void {
    this.#commits.settle()
    this.#outbox.settle()
    const { group, record } = this.#state.now()
    const refusal = record?.refusal ?? null
    if (refusal !== this.#refusalSeen) {
      this.#refusalSeen = refusal
      if (refusal !== null) this.#stop()
    }
    if (isConfirmed(this.#state.now()) !== this.#wasConfirmed) this.#standingChanged()
    if (group !== undefined && group.epoch !== this.#epochSeen) this.#newEpoch(group.epoch)
    this.#receipts.received()
    this.view.set(this.#draw())
    this.#summaryChanged()
  }

  /** Something was refused: nothing more goes out, but for the report of what this device could not process. */
  #stop(): void {
    this.#live.end("closed")
    this.#commits.giveUp("closed")
    this.#outbox.giveUp()
    this.#duties.stop()
    if (this.#reporting.isDue) this.enter()
  }

  #standingChanged(): void {
    this.#wasConfirmed = isConfirmed(this.#state.now())
    if (!this.#wasConfirmed || !this.#live.isLive) return
    this.#outbox.flush()
    this.#background("confirmed", async () => {
      await this.#confirmation.settle()
      await this.refresh()
      await this.#showPast()
    })
  }

  #newEpoch(epoch: number): void {
    this.#epochSeen = epoch
    this.#background("receipts", () => this.#receipts.lookAgain())
    this.#background("seen", () => this.#confirmation.settle())
    this.#outbox.flush()
    this.#cancelUpkeep?.()
    const [spread = 0] = this.#host.randomBytes(1)
    this.#cancelUpkeep = this.#host.clock.after(UPKEEP_AFTER + UPKEEP_SPREAD * spread, () => {
      this.#background("upkeep", async () => {
        if (!this.#live.isLive) return
        await this.#upkeep.checkKey()
        await this.refresh()
      })
    })
  }

  #draw(): CircleView {
    return this.#views.view(this.#state.now(), {
      row: this.#row,
      detail: this.#detail,
      refusal: this.#refusal,
      duties: this.#duties.asked,
      trusts: this.#trusts,
      isOnline: this.#host.isOnline(),
      isHeld: this.#outbox.isHeld,
      inFlight: this.#outbox.inFlight,
      uploading: (message) => this.#uploads.of(message),
    })
  }

  /**
   * Work that no one waits for. That the server has ended the membership is told as such; being offline, or no longer
   * in, is no failure.
   */
  #background(what: string, work: () => Promise<void>): void {
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
