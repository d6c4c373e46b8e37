/**
 * Messages of this device on their way into the log. One is on its way at a time, so that the counter in it is the
 * place it will have among this device's messages; the rest wait in order. A message leaves the outbox when it appears
 * in the log, and not before.
 */
import { toBase64 } from "../encoding/base64.ts"
import { utf8 } from "../encoding/bytes.ts"
import { newId } from "../encoding/uuid.ts"
import { makeEnvelope } from "../envelope/envelope.ts"
import { ENVELOPE_LIMIT, readEnvelope } from "../envelope/header.ts"
import { clientError } from "../errors.ts"
import type { MessageId } from "../ids.ts"
import type { FrameOf } from "../sync/frames.ts"
import type { CircleLog } from "./log.ts"
import type { OutboxRecord } from "./records.ts"
import { isSound, type Room } from "./room.ts"

/** When the server is busy, or speaks of an epoch that has not come yet. */
const TRY_AGAIN = 1_000
/** What fits an envelope whatever it holds: padding adds an eighth at most, JSON escapes are counted. */
const LONGEST = Math.floor(ENVELOPE_LIMIT * 0.8)

export class Outbox {
  readonly #room: Room
  readonly #log: CircleLog
  #inFlight: MessageId | undefined
  /** Someone's removal must be committed first; the next epoch takes it away. */
  #heldAtEpoch: number | undefined

  constructor(room: Room, log: CircleLog) {
    this.#room = room
    this.#log = log
  }

  get inFlight(): MessageId | undefined {
    return this.#inFlight
  }

  /** True while messages wait for someone's removal to be committed. */
  get isHeld(): boolean {
    return this.#heldAtEpoch !== undefined && this.#heldAtEpoch === this.#room.state.now().group?.epoch
  }

  hold(): void {
    this.#heldAtEpoch = this.#room.state.now().group?.epoch
  }

  async add(text: string, created: number): Promise<MessageId> {
    if (text.trim() === "") throw clientError("empty")
    if (utf8(JSON.stringify(text)).length > LONGEST) throw clientError("too_long")
    const id = newId<MessageId>(this.#room.host)
    await this.#write((outbox) => {
      const order = (outbox.at(-1)?.order ?? 0) + 1
      return { id, order, text, created, sent: null, failed: null }
    })
    this.flush()
    return id
  }

  /** A failed message, once more, behind those that wait. */
  async retry(id: MessageId): Promise<void> {
    await this.#write((outbox) => {
      const message = outbox.find((each) => each.id === id)
      if (message?.failed == null) return undefined
      return { ...message, order: (outbox.at(-1)?.order ?? 0) + 1, sent: null, failed: null }
    })
    this.flush()
  }

  async discard(id: MessageId): Promise<void> {
    const { changed, lane, state } = this.#room
    await lane.run(async () => {
      const message = state.now().outbox.find((each) => each.id === id)
      if (message?.failed == null) return
      const draft = state.draft()
      draft.removeOutbox(id)
      await state.save(draft)
    })
    changed()
  }

  /** Sends the next message, if one may go now. */
  flush(): void {
    this.#room.lane
      .run(() => this.#sendNext())
      .catch((error: unknown) => {
        this.#room.host.failed("send", error)
      })
  }

  disconnected(): void {
    this.#inFlight = undefined
  }

  async acknowledged({ at, hash, id, seq }: FrameOf<"ack">): Promise<void> {
    const message = this.#room.state.now().outbox.find((each) => each.id === id)
    if (message?.sent != null) {
      await this.#log.take({ kind: "message", seq, at, hash, env: toBase64(message.sent), digest: null })
    }
    this.#landed(id)
  }

  /** The server did not take the message. */
  async refused(id: MessageId, code: string): Promise<void> {
    if (id !== this.#inFlight) return
    switch (code) {
      case "stale_epoch":
        await this.#log.catchUp()
        this.#again(id)
        return
      case "rekey_required":
        this.hold()
        this.#landed(id)
        return
      case "busy":
      case "internal":
        this.#room.host.clock.after(TRY_AGAIN, () => {
          this.#landed(id)
        })
        return
      case "replayed_id":
        // It is in the log already, with the bytes of an earlier attempt.
        await this.#log.catchUp()
        await this.#fail(id, code)
        return
      default:
        await this.#fail(id, code)
    }
  }

  async #sendNext(): Promise<void> {
    const { changed, circle, host, isLive, state } = this.#room
    const { group, outbox, record } = state.now()
    if (!isLive() || !isSound(state.now()) || this.#inFlight !== undefined || this.isHeld) return
    const message = outbox.find((each) => each.failed === null)
    if (message === undefined || group === undefined || record?.head == null) return

    let sent = message.sent
    if (sent === null || readEnvelope(sent).epoch !== group.epoch) {
      sent = await makeEnvelope({
        kind: "message",
        circle,
        epoch: group.epoch,
        id: message.id,
        device: host.own.device,
        created: message.created,
        content: { type: "text", text: message.text, counter: record.counter + 1, log: record.head },
        contentKey: group.contentKey,
        nonce: host.randomBytes(24),
        signaturePrivateKey: host.own.signaturePrivateKey,
      })
      const draft = state.draft()
      draft.putOutbox({ ...message, sent })
      await state.save(draft)
    }
    if (host.send({ t: "send", env: toBase64(sent) })) this.#inFlight = message.id
    changed()
  }

  #landed(id: MessageId): void {
    if (this.#inFlight === id) this.#inFlight = undefined
    this.#room.changed()
    this.flush()
  }

  /** After catching up: at once when the epoch moved, a little later when the server is ahead of what it gives. */
  #again(id: MessageId): void {
    const { host, state } = this.#room
    const sent = state.now().outbox.find((each) => each.id === id)?.sent
    const moved = sent == null || readEnvelope(sent).epoch !== state.now().group?.epoch
    if (moved) this.#landed(id)
    else {
      host.clock.after(TRY_AGAIN, () => {
        this.#landed(id)
      })
    }
  }

  async #fail(id: MessageId, code: string): Promise<void> {
    await this.#write((outbox) => {
      const message = outbox.find((each) => each.id === id)
      return message === undefined ? undefined : { ...message, failed: code }
    })
    this.#landed(id)
  }

  async #write(make: (outbox: readonly OutboxRecord[]) => OutboxRecord | undefined): Promise<void> {
    const { changed, lane, state } = this.#room
    await lane.run(async () => {
      const message = make(state.now().outbox)
      if (message === undefined) return
      const draft = state.draft()
      draft.putOutbox(message)
      await state.save(draft)
    })
    changed()
  }
}
