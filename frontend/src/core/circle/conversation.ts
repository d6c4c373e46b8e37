/**
 * One circle as an object that screens subscribe to (`Circle` in ../cordee.ts): it puts together the log, the outbox, the commits
 * and the receipts of one circle, and follows the connection as it comes and goes.
 */
import type { Candidates, CircleDetail, CircleRow, EndCode } from "../api/types.ts"
import type { Circle, Invite } from "../cordee.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { writeTime } from "../encoding/time.ts"
import { newId } from "../encoding/uuid.ts"
import { ApiError, clientError, CordeeError } from "../errors.ts"
import type { CircleId, CommitRef, MessageId, UserId } from "../ids.ts"
import { deserialise } from "../mls/group.ts"
import type { CircleSummary, CircleView } from "../model.ts"
import { source, type Source } from "../observable.ts"
import type { Refusal } from "../refusal.ts"
import type { FrameOf, ServerFrame } from "../sync/frames.ts"
import * as acts from "./acts.ts"
import { Commits } from "./commits.ts"
import { liveGroup } from "./group.ts"
import type { Host } from "./host.ts"
import { asActRefused, invitee } from "./invitee.ts"
import { join } from "./joining.ts"
import { Lane } from "./lane.ts"
import { CircleLog } from "./log.ts"
import { Outbox } from "./outbox.ts"
import { peopleOf } from "./people.ts"
import { Receipts } from "./receipts.ts"
import type { PendingCommit } from "./records.ts"
import { CircleRefused } from "./refused.ts"
import { isSound, type Room } from "./room.ts"
import { circleState, type CircleState } from "./state.ts"
import { Upkeep } from "./upkeep.ts"
import { Views } from "./view.ts"

/** A joiner that loses as many races in a row meets something else than chance. */
const MOST_ATTEMPTS = 8
/** After another's commit: others do the same work, so not all at once. */
const UPKEEP_AFTER = 400

export class Conversation implements Circle {
  readonly id: CircleId
  readonly view: Source<CircleView>
  readonly #host: Host
  readonly #state: CircleState
  readonly #lane = new Lane()
  readonly #log: CircleLog
  readonly #outbox: Outbox
  readonly #commits: Commits
  readonly #receipts: Receipts
  readonly #upkeep: Upkeep
  readonly #views: Views
  readonly #summaryChanged: () => void
  #row: CircleRow | undefined
  #detail: CircleDetail | null = null
  /** Counts connections: what was begun on an earlier one must not speak for this one. */
  #connection = 0
  #isLive = false
  readonly #waitingForLive: { readonly resolve: () => void; readonly reject: (error: CordeeError) => void }[] = []
  #joining: Promise<void> | undefined
  #cancelUpkeep: (() => void) | undefined
  /** A refusal before there is a record to keep it in: of a join, or of what was stored. */
  #refusal: Refusal | null = null
  #epochSeen: number | undefined

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
      isLive: () => this.#isLive,
      whenLive: () => this.#whenLive(),
    }
    this.#log = new CircleLog(room)
    this.#outbox = new Outbox(room, this.#log)
    this.#commits = new Commits(room, this.#log)
    this.#receipts = new Receipts(room)
    this.#upkeep = new Upkeep(room, this.#commits)
    this.#views = new Views(id, host.own)
    this.view = source(this.#draw())
    // The first job of the lane: everything that asks for the state waits for it.
    this.#background("load", () => this.#lane.run(() => this.#load()))
  }

  // --- what screens do ---

  async send(text: string, options: { readonly created?: number } = {}): Promise<MessageId> {
    await this.#loaded()
    const { state } = this.view.get().composer
    if (state !== "open" && state !== "offline" && state !== "rekeying") throw clientError("closed", state)
    return this.#outbox.add(text, options.created ?? Math.floor(this.#host.serverClock.now()))
  }

  retry(message: MessageId): Promise<void> {
    return this.#outbox.retry(message)
  }

  discard(message: MessageId): Promise<void> {
    return this.#outbox.discard(message)
  }

  markRead(seq: number): void {
    this.#receipts.markRead(seq)
  }

  candidates(query: string): Promise<Candidates> {
    return this.#host.api.candidates(this.id, query)
  }

  async invite(invite: Invite): Promise<void> {
    const person = invitee(invite)
    await this.#act((acting) => acts.invite(acting, person, invite.candidate.role))
  }

  async end(user: UserId, code: EndCode, reason: string): Promise<void> {
    await this.#act((acting) => acts.end(acting, user, code, reason))
  }

  async refresh(): Promise<void> {
    const epoch = this.#state.now().group?.epoch
    const detail = await this.#host.api.circle(this.id)
    this.#detail = detail
    this.#row = detail
    await this.#lane.run(async () => {
      const draft = this.#state.draft()
      for (const person of peopleOf(detail)) draft.putPerson(person)
      if (this.#state.now().record !== undefined) await this.#state.save(draft)
    })
    this.#changed()
    if (epoch !== undefined && this.#isLive) await this.#upkeep.tidy(detail, epoch)
  }

  // --- what the client does with it ---

  summary(): CircleSummary | undefined {
    return this.#row === undefined ? undefined : this.#views.summary(this.#state.now(), this.#row, this.view.get())
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

  /** The circle never came to be. */
  async forget(): Promise<void> {
    await this.#lane.run(async () => {
      const draft = this.#state.draft()
      draft.dropCircle()
      await this.#state.save(draft)
    })
  }

  /** The connection is there, or this circle has just appeared in the list: listen to it, or come in. */
  enter(): void {
    this.#background("enter", () => this.#enter())
  }

  disconnected(): void {
    this.#connection += 1
    this.#isLive = false
    for (const { reject } of this.#waitingForLive.splice(0)) reject(clientError("offline"))
    this.#outbox.disconnected()
    this.#receipts.stop()
    this.#cancelUpkeep?.()
    // A join is begun anew; other commits are kept and sent again.
    if (!isSound(this.#state.now())) this.#commits.giveUp("offline")
    this.#changed()
  }

  /** Comes in by external commit. Resolves when the server has accepted it. */
  join(): Promise<void> {
    this.#joining ??= this.#host.joins
      .run(() => this.#join())
      .finally(() => {
        this.#joining = undefined
        this.#changed()
      })
    return this.#joining
  }

  frame(frame: Exclude<ServerFrame, { t: "challenge" | "ready" | "pong" }>): void {
    this.#background(frame.t, () => this.#dispatch(frame))
  }

  // --- inside ---

  async #load(): Promise<void> {
    try {
      await this.#state.load()
    } catch (error) {
      if (!(error instanceof CircleRefused)) throw error
      this.#refuse(error)
    }
    this.#epochSeen = this.#state.now().group?.epoch
    this.#changed()
  }

  #whenLive(): Promise<void> {
    if (this.#isLive) return Promise.resolve()
    if (!this.#host.isOnline() || !isSound(this.#state.now())) return Promise.reject(clientError(this.#host.isOnline() ? "closed" : "offline"))
    return new Promise((resolve, reject) => this.#waitingForLive.push({ resolve, reject }))
  }

  #loaded(): Promise<void> {
    return this.#lane.run(() => Promise.resolve())
  }

  async #enter(): Promise<void> {
    await this.#loaded()
    const { group, record } = this.#state.now()
    if (this.#refusal !== null || (record?.refusal ?? null) !== null || !this.#host.isOnline()) return
    if (record === undefined || group === undefined) {
      if (this.#row?.abilities.includes("read") === true) await this.join()
      return
    }
    if (record.left !== null) {
      if (this.#row === undefined) return
      // The server said that it was over, and now lists the circle again; the log will tell whether this device is still in.
      await this.#patch({ left: null })
    }
    this.#host.send({ t: "join", circle: this.id })
  }

  async #join(): Promise<void> {
    await this.#loaded()
    try {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
        if (!this.#host.isOnline()) throw clientError("offline")
        if (isSound(this.#state.now())) return
        const [chain, group] = await Promise.all([this.#host.api.chain(this.id), this.#host.api.group(this.id)])
        const pending = await join({
          circle: this.id,
          own: this.#host.own,
          chain,
          group,
          time: this.#host.serverClock.now(),
          ref: newId<CommitRef>(this.#host),
        })
        await this.#lane.run(async () => {
          const draft = this.#state.draft()
          draft.setPending(pending)
          await this.#state.save(draft)
        })
        if ((await this.#commits.submit(pending)) === "accepted") return
      }
      throw new CordeeError("stale_epoch")
    } catch (error) {
      if (error instanceof CircleRefused) this.#refuse(error)
      throw error
    }
  }

  /** The server took the join: from here this device is in. The past, up to this place, is fetched next. */
  async #joinedBy(pending: PendingCommit, { hash, seq }: FrameOf<"committed">): Promise<void> {
    await this.#lane.run(async () => {
      const group = await liveGroup(deserialise(pending.next), this.id)
      const draft = this.#state.draft()
      draft.setRecord({
        change0: pending.change0,
        head: null,
        joined: { seq, hash: fromBase64(hash) },
        historyEpoch: null,
        counter: 0,
        counters: new Map(),
        keyChecked: group.epoch,
        read: 0,
        refusal: null,
        left: null,
      })
      draft.setGroup(group)
      draft.adopt(pending)
      await this.#state.save(draft)
      this.#refusal = null
    })
    this.#changed()
    this.#host.send({ t: "join", circle: this.id })
  }

  async #dispatch(frame: Exclude<ServerFrame, { t: "challenge" | "ready" | "pong" }>): Promise<void> {
    await this.#loaded()
    switch (frame.t) {
      case "joined":
        await this.#listening(frame)
        return
      case "item":
        await this.#log.take(frame.item)
        return
      case "ack":
        await this.#outbox.acknowledged(frame)
        return
      case "committed": {
        const { pending } = this.#state.now()
        const isJoin = pending?.ref === frame.ref && !isSound(this.#state.now())
        await (isJoin ? this.#joinedBy(pending, frame) : this.#commits.committed(frame))
        return
      }
      case "receipt":
        await this.#receipts.read(frame)
        return
      case "delivered":
        await this.#receipts.delivered(frame)
        return
      case "changed":
        await this.refresh()
        return
      case "left":
        await this.#leave(frame.code)
        return
      case "error":
        await this.#refusedByServer(frame)
    }
  }

  async #listening({ rekeyRequired }: FrameOf<"joined">): Promise<void> {
    const connection = this.#connection
    if (!isSound(this.#state.now())) return
    if (rekeyRequired) this.#outbox.hold()
    await this.#log.catchUp()
    if (connection !== this.#connection || !isSound(this.#state.now())) return
    this.#isLive = true
    for (const { resolve } of this.#waitingForLive.splice(0)) resolve()
    this.#changed()
    this.#commits.resume()
    await this.#receipts.fetch()
    this.#outbox.flush()
    await this.#upkeep.checkKeys()
    await this.refresh()
  }

  async #refusedByServer({ code, ref }: FrameOf<"error">): Promise<void> {
    const { pending } = this.#state.now()
    if (ref === null) {
      // The answer to `join`: not a member any more.
      if (code === "not_found") await this.#leave("ended")
    } else if (pending?.ref === ref) await this.#commits.refused(pending.ref, code)
    else if (this.#outbox.inFlight === ref) await this.#outbox.refused(this.#outbox.inFlight, code)
    else if (code === "stale_epoch") this.#receipts.refused()
  }

  async #act(make: Parameters<Commits["act"]>[0]): Promise<void> {
    await this.#loaded()
    try {
      await this.#commits.act(make)
    } catch (error) {
      // Our own policy says no before the server would: the same codes.
      throw error instanceof CordeeError ? error : asActRefused(error)
    }
    await this.refresh()
  }

  async #leave(code: string): Promise<void> {
    const { record } = this.#state.now()
    this.#row = undefined
    this.#isLive = false
    for (const { reject } of this.#waitingForLive.splice(0)) reject(clientError("closed"))
    if (record?.left === null) await this.#patch({ left: code })
    this.#commits.giveUp("closed")
    this.#changed()
  }

  async #patch(change: { readonly left: string | null }): Promise<void> {
    await this.#lane.run(async () => {
      const draft = this.#state.draft()
      draft.patch(change)
      await this.#state.save(draft)
    })
  }

  #refuse(error: CircleRefused): void {
    this.#refusal = error.asRefusal(writeTime(this.#host.serverClock.now()), null)
    this.#changed()
  }

  #changed(): void {
    this.#commits.settle()
    const now = this.#state.now()
    if (now.record?.refusal !== null && now.record !== undefined) this.#commits.giveUp("closed")
    if (now.group !== undefined && now.group.epoch !== this.#epochSeen) this.#newEpoch(now.group.epoch)
    this.#receipts.received()
    this.view.set(this.#draw())
    this.#summaryChanged()
  }

  #newEpoch(epoch: number): void {
    this.#epochSeen = epoch
    this.#background("receipts", () => this.#receipts.lookAgain())
    this.#outbox.flush()
    this.#cancelUpkeep?.()
    const [spread = 0] = this.#host.randomBytes(1)
    this.#cancelUpkeep = this.#host.clock.after(UPKEEP_AFTER + 4 * spread, () => {
      this.#background("upkeep", async () => {
        if (!this.#isLive) return
        await this.#upkeep.checkKeys()
        await this.refresh()
      })
    })
  }

  #draw(): CircleView {
    return this.#views.view(this.#state.now(), {
      row: this.#row,
      detail: this.#detail,
      refusal: this.#refusal,
      isOnline: this.#host.isOnline(),
      isHeld: this.#outbox.isHeld,
      inFlight: this.#outbox.inFlight,
    })
  }

  /** Work that no one waits for. What the server ended meanwhile is no failure; being offline is not either. */
  #background(what: string, work: () => Promise<void>): void {
    work().catch(async (error: unknown) => {
      if (error instanceof ApiError && error.code === "not_found") await this.#leave("ended")
      else if (!(error instanceof CordeeError && error.code === "offline")) this.#host.failed(what, error)
    }).catch((error: unknown) => {
      this.#host.failed(what, error)
    })
  }
}
