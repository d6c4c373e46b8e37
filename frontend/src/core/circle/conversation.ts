/**
 * One circle as an object that screens subscribe to (`Circle` in ../cordee.ts): what people do in it, and the snapshot
 * that shows it. How it follows the server is `following.ts`.
 */
import type { Candidates, CircleRow, EndCode, Ground, LetterAddress, Role, Timestamp } from "../api/types.ts"
import type { Circle, HandOver, Invite, Opposition, SendOptions } from "../cordee.ts"
import { clientError } from "../errors.ts"
import { fileOf } from "../files/find.ts"
import { openFile } from "../files/opening.ts"
import type { CircleId, ConsentId, DeviceId, FileId, InvitationId, MessageId, OppositionId, UserId } from "../ids.ts"
import type { CircleSummary, CircleTimeline, CircleView, Composer, ShownNotice } from "../model.ts"
import { source, type Source } from "../observable.ts"
import { backoff, randomFraction } from "../sync/backoff.ts"
import { hasAcknowledged } from "./entries.ts"
import { erasureOf } from "./erasing.ts"
import { Following, type CircleFrame } from "./following.ts"
import type { Grantable } from "./granting.ts"
import type { Host } from "./host.ts"
import { Membership } from "./membership.ts"
import { noticeOf } from "./notices.ts"
import type { Parts } from "./parts.ts"
import type { CircleState } from "./state.ts"
import { timelineOf } from "./timeline.ts"
import { Views } from "./view.ts"

/** The states of the composer in which what is written is kept and goes out later. */
const WRITABLE: ReadonlySet<Composer["state"]> = new Set(["open", "offline", "unconfirmed", "rekeying"])

export class Conversation implements Circle {
  readonly id: CircleId
  readonly view: Source<CircleView>
  readonly #host: Host
  readonly #following: Following
  readonly #parts: Parts
  readonly #membership: Membership
  readonly #views: Views

  constructor(id: CircleId, host: Host, summaryChanged: () => void) {
    this.id = id
    this.#host = host
    this.#following = new Following(id, host, () => {
      this.view.set(this.#draw())
      summaryChanged()
    })
    this.#parts = this.#following.parts
    this.#membership = new Membership(this.#parts.commits, () => this.#parts.trusts.shown)
    this.#views = new Views(id, host.own)
    this.view = source(this.#draw())
  }

  // --- what screens do ---

  async send(text: string, options: SendOptions = {}): Promise<MessageId> {
    const { created, files = [], mentions = [], preparing, urgent = false } = options
    await this.#mayWrite()
    const kind = urgent ? "urgent" : "message"
    const staged = await this.#parts.uploads.stage(files, preparing)
    try {
      return await this.#parts.outbox.add(
        { kind, text, files: staged, mentions },
        created ?? this.#host.serverClock.now(),
      )
    } catch (error) {
      await this.#parts.uploads.forget(staged)
      throw error
    }
  }

  async announce(notice: ShownNotice, text: string): Promise<MessageId> {
    await this.#mayWrite()
    const outgoing = { kind: "notice", notice: noticeOf(notice), text } as const
    return this.#parts.outbox.add(outgoing, this.#host.serverClock.now())
  }

  async openFile(message: MessageId, file: FileId, progress?: (done: number) => void): Promise<Blob> {
    const { api, clock, randomBytes } = this.#host
    const found = fileOf(this.#following.state.now(), message, file)
    return openFile(found, (from) => api.files.fetch(this.id, file, from), {
      pause: (failures) =>
        new Promise((resolve) => clock.after(backoff(failures, randomFraction(randomBytes)), resolve)),
      progress: progress ?? (() => undefined),
    })
  }

  async acknowledge(target: MessageId, takes = false): Promise<void> {
    await this.#mayWrite()
    if (hasAcknowledged(this.#following.state.now(), target, this.#host.own.user, takes)) return
    await this.#parts.outbox.post({ kind: "ack", target, takes }, this.#host.serverClock.now())
  }

  async erase(message: MessageId): Promise<void> {
    await this.#mayWrite()
    await this.#parts.outbox.post(erasureOf(this.#following.state.now(), message), this.#host.serverClock.now())
  }

  retry(message: MessageId): Promise<void> {
    return this.#parts.outbox.retry(message)
  }

  discard(message: MessageId): Promise<void> {
    return this.#parts.outbox.discard(message)
  }

  async grantable(): Promise<readonly Grantable[]> {
    await this.#following.loading
    return this.#parts.granting.epochs()
  }

  async grantHistory(user: UserId, fromEpoch: number): Promise<void> {
    await this.#following.loading
    await this.#parts.granting.give(user, fromEpoch)
  }

  async loadEarlier(): Promise<void> {
    await this.#following.loading
    await this.#parts.earlier.load()
  }

  markRead(seq: number): void {
    this.#following.background("read", () => this.#parts.receipts.markRead(seq))
  }

  candidates(query: string): Promise<Candidates> {
    return this.#host.api.candidates(this.id, query)
  }

  async invite(invite: Invite): Promise<void> {
    const { candidate } = invite
    const user = candidate.account === "open" ? candidate.user : await this.#reserve(invite)
    await this.#decide((membership) => membership.invite({ ...invite, candidate: { ...candidate, user } }))
  }

  async remind(invitation: InvitationId): Promise<void> {
    await this.#host.api.remind(invitation)
    await this.refresh()
  }

  async resend(invitation: InvitationId, letter: LetterAddress): Promise<void> {
    await this.#host.api.resend(invitation, letter)
    await this.refresh()
  }

  async end(user: UserId, code: EndCode, reason: string): Promise<void> {
    await this.#decide((membership) => membership.end(user, code, reason))
  }

  async setRole(user: UserId, role: Role, notAfter: Timestamp | null): Promise<void> {
    await this.#decide((membership) => membership.setRole(user, role, notAfter))
  }

  async handOver(handOver: HandOver): Promise<void> {
    await this.#decide((membership) => membership.handOver(handOver))
  }

  async withdrawConsent(consent: ConsentId, reason: string): Promise<void> {
    await this.#host.api.withdrawConsent(this.id, consent, reason)
    await this.refresh()
  }

  async oppose({ how, reason, toldOn, user }: Opposition): Promise<void> {
    await this.#host.api.oppose(this.id, { user, told_on: toldOn, how, reason })
    await this.refresh()
  }

  async liftOpposition(opposition: OppositionId, reason: string): Promise<void> {
    await this.#host.api.liftOpposition(this.id, opposition, reason)
    await this.refresh()
  }

  async close(reason: string): Promise<void> {
    await this.#host.api.close(this.id, reason)
    await this.refresh()
  }

  async reopen(reason: string): Promise<void> {
    await this.#host.api.reopen(this.id, reason)
    await this.refresh()
  }

  async timeline(): Promise<CircleTimeline> {
    await this.#following.loading
    const [told, chain] = await Promise.all([this.#host.api.timeline(this.id), this.#host.api.chain(this.id)])
    return timelineOf(told, chain, this.#following.state.now().group?.policy, this.id)
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
    await this.#following.loading
    await this.#parts.arrival.join()
  }

  refresh(): Promise<void> {
    return this.#following.refresh()
  }

  // --- what the client does with it ---

  summary(): CircleSummary | undefined {
    const { row, state } = this.#following
    return row === undefined ? undefined : this.#views.summary(state.now(), row, this.view.get())
  }

  /** The identity key that this circle's policy pins. */
  identityOf(user: UserId): Uint8Array | undefined {
    return this.#following.state.now().group?.policy.persons.get(user)?.identity ?? undefined
  }

  /** On what ground this circle's chain has somebody in it. */
  groundOf(user: UserId): Ground | undefined {
    return this.#following.state.now().group?.policy.persons.get(user)?.ground
  }

  /** True when this device is not in the circle: listed again, it would have to come in. */
  isOut(): boolean {
    return this.#following.state.now().record?.left !== null
  }

  setRow(row: CircleRow): void {
    this.#following.setRow(row)
  }

  keep(write: (state: CircleState) => Promise<void>): Promise<void> {
    return this.#following.keep(write)
  }

  enter(): void {
    this.#following.enter()
  }

  join(): Promise<void> {
    return this.#following.join()
  }

  frame(frame: CircleFrame): void {
    this.#following.frame(frame)
  }

  keyLogRefused(): void {
    this.#following.keyLogRefused()
  }

  disconnected(): void {
    this.#following.disconnected()
  }

  // --- inside ---

  /** So that the circle's chain can name somebody who has never been here. */
  #reserve({ candidate, letter }: Invite): Promise<UserId> {
    if (letter === undefined) throw clientError("address_missing")
    return this.#host.api.reserve(this.id, candidate.role, letter)
  }

  /** Throws `closed` when nothing can be written here. What waits for the network or a key is kept. */
  async #mayWrite(): Promise<void> {
    await this.#following.loading
    const { state } = this.view.get().composer
    if (!WRITABLE.has(state)) throw clientError("closed", state)
  }

  async #decide(decision: (membership: Membership) => Promise<void>): Promise<void> {
    await this.#following.loading
    await decision(this.#membership)
    await this.refresh()
  }

  #draw(): CircleView {
    return this.#views.view(this.#following.state.now(), {
      row: this.#following.row,
      detail: this.#following.detail,
      refusal: this.#following.refusal ?? this.#host.keyLog.refusal,
      isUnnamed: this.#following.isUnnamed,
      duties: this.#parts.duties.asked,
      trusts: this.#parts.trusts,
      isOnline: this.#host.isOnline(),
      isHeld: this.#parts.outbox.isHeld,
      unproved: this.#parts.vouching.unproved,
      inFlight: this.#parts.outbox.inFlight,
      uploading: (message) => this.#parts.uploads.of(message),
    })
  }
}
