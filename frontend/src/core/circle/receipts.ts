/**
 * Who has what: "delivered" is the server's word, "read" the reader's, signed like a message and kept outside the log.
 */
import type { ReceiptRow } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { newId } from "../encoding/uuid.ts"
import { writeTime } from "../encoding/time.ts"
import { makeEnvelope, openEnvelope, verifyEnvelope } from "../envelope/envelope.ts"
import { readEnvelope } from "../envelope/header.ts"
import { EnvelopeRefused } from "../envelope/refused.ts"
import type { DeviceId, MessageId, UserId } from "../ids.ts"
import type { FrameOf } from "../sync/frames.ts"
import type { Draft } from "./draft.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"

/** Reading on costs one receipt, not one a message. */
const READ_AFTER = 800
const RECEIVED_AFTER = 200
const NOTHING = { delivered: 0, read: 0 }

export class Receipts {
  readonly #room: Room
  /** Signed in an epoch that has not come here yet: looked at again when it has. */
  readonly #early = new Map<DeviceId, FrameOf<"receipt">>()
  #cancelRead: (() => void) | undefined
  #cancelReceived: (() => void) | undefined
  /** What the server has been told on this connection. */
  #told = { read: 0, received: 0 }

  constructor(room: Room) {
    this.#room = room
  }

  /** On a new connection: how far everybody got, and what the server does not know of us. */
  async fetch(): Promise<void> {
    const { circle, host, state } = this.#room
    const rows = await host.api.receipts(circle)
    this.#told = { read: 0, received: 0 }
    await this.#save(async (draft) => {
      for (const row of rows) await this.#takeRow(draft, row)
    })
    const own = rows.find(({ device }) => device === host.own.device)
    this.#told.received = own?.delivered ?? 0
    this.#told.read = state.now().receipts.get(host.own.device)?.read ?? 0
    this.received()
    this.#scheduleRead()
  }

  async delivered({ device, seq, user }: FrameOf<"delivered">): Promise<void> {
    await this.#save((draft) => {
      this.#note(draft, device, user, { delivered: seq, read: 0 })
      return Promise.resolve()
    })
  }

  async read(frame: FrameOf<"receipt">): Promise<void> {
    await this.#save((draft) => this.#takeSigned(draft, frame))
  }

  /** After each epoch. */
  async lookAgain(): Promise<void> {
    if (this.#early.size === 0) return
    const early = [...this.#early.values()]
    this.#early.clear()
    await this.#save(async (draft) => {
      for (const frame of early) await this.#takeSigned(draft, frame)
    })
  }

  /** Everything up to `seq` has been on the screen. */
  async markRead(seq: number): Promise<void> {
    const { record } = this.#room.state.now()
    const upTo = Math.min(seq, record?.head.seq ?? 0)
    if (record === undefined || upTo <= record.read) return
    await this.#save((draft) => {
      if (upTo > draft.record.read) draft.patch({ read: upTo })
      return Promise.resolve()
    })
    this.#scheduleRead()
  }

  /** Tells the server, shortly, up to where this device has the log. */
  received(): void {
    this.#cancelReceived ??= this.#room.host.clock.after(RECEIVED_AFTER, () => {
      this.#cancelReceived = undefined
      const seq = this.#room.state.now().record?.head.seq ?? 0
      if (seq <= this.#told.received || !this.#room.isLive()) return
      if (this.#room.host.send({ t: "received", circle: this.#room.circle, seq })) this.#told.received = seq
    })
  }

  /** A receipt of ours met another epoch: once more when the new one is here. */
  refused(): void {
    this.#told.read = 0
    this.#scheduleRead()
  }

  stop(): void {
    this.#cancelRead?.()
    this.#cancelReceived?.()
    this.#cancelRead = undefined
    this.#cancelReceived = undefined
  }

  #scheduleRead(): void {
    this.#cancelRead ??= this.#room.host.clock.after(READ_AFTER, () => {
      this.#cancelRead = undefined
      this.#room.lane
        .run(() => this.#sendRead())
        .catch((error: unknown) => {
          this.#room.host.failed("receipt", error)
        })
    })
  }

  async #sendRead(): Promise<void> {
    const { circle, host, isLive, state } = this.#room
    const { group, record } = state.now()
    if (group === undefined || record === undefined || !isLive() || !isSound(state.now())) return
    if (!isConfirmed(state.now())) return
    if (record.read <= this.#told.read) return
    const envelope = await makeEnvelope({
      kind: "receipt",
      circle,
      epoch: group.epoch,
      id: newId<MessageId>(host),
      device: host.own.device,
      created: host.clock.now(),
      content: { type: "read", read: record.read },
      contentKey: group.contentKey,
      nonce: host.randomBytes(24),
      signaturePrivateKey: host.own.signaturePrivateKey,
    })
    if (host.send({ t: "receipt", env: toBase64(envelope) })) this.#told.read = record.read
  }

  async #takeRow(draft: Draft, { delivered, device, env, user }: ReceiptRow): Promise<void> {
    this.#note(draft, device, user, { delivered, read: 0 })
    if (env !== null) await this.#takeSigned(draft, { t: "receipt", circle: this.#room.circle, device, user, env })
  }

  /**
   * Throws CircleRefused when the receipt is not what the reader signed. One of an unknown epoch or device is left
   * alone.
   */
  async #takeSigned(draft: Draft, frame: FrameOf<"receipt">): Promise<void> {
    let raw = new Uint8Array()
    try {
      raw = Uint8Array.from(fromBase64(frame.env))
      const { device, epoch } = readEnvelope(raw)
      const { devices, keys } = draft.snapshot()
      const [known, key] = [devices.get(device), keys.get(epoch)]
      if (key === undefined) this.#early.set(frame.device, frame)
      if (known === undefined || key === undefined || known.user !== frame.user) return
      const envelope = await verifyEnvelope(raw, { circle: this.#room.circle, epoch, leafKey: () => known.key })
      if (envelope.kind !== "receipt") throw new EnvelopeRefused("wrong_place", raw)
      const content = openEnvelope(envelope, key)
      if (content.type === "read") this.#note(draft, device, known.user, { delivered: 0, read: content.read })
    } catch (error) {
      throw asCircleRefused(error, raw)
    }
  }

  /** Positions only go forward. */
  #note(draft: Draft, device: DeviceId, user: UserId, { delivered, read }: typeof NOTHING): void {
    const before = draft.snapshot().receipts.get(device) ?? NOTHING
    if (delivered <= before.delivered && read <= before.read) return
    draft.putReceipt(device, {
      user,
      delivered: Math.max(delivered, before.delivered),
      read: Math.max(read, before.read),
    })
  }

  async #save(change: (draft: Draft) => Promise<void>): Promise<void> {
    const { changed, host, lane, state } = this.#room
    await lane.run(async () => {
      if (!isSound(state.now())) return
      const draft = state.draft()
      try {
        await change(draft)
      } catch (error) {
        if (!(error instanceof CircleRefused)) throw error
        draft.patch({ refusal: error.asRefusal(writeTime(host.serverClock.now()), null) })
      }
      await state.save(draft)
    })
    changed()
  }
}
