/**
 * Messages of this device on their way into the log. One is on its way at a time, so that the counter in it is the
 * place it will have among this device's messages; the rest wait in order, and one whose files are still being brought
 * holds up no other. A message leaves the outbox when it appears in the log, and not before.
 */
import { toBase64 } from "../encoding/base64.ts"
import { utf8 } from "../encoding/bytes.ts"
import { newId } from "../encoding/uuid.ts"
import { writeFile } from "../envelope/file.ts"
import { ENVELOPE_LIMIT, readEnvelope } from "../envelope/header.ts"
import { clientError, CordeeError } from "../errors.ts"
import type { MessageId } from "../ids.ts"
import type { FrameOf } from "../sync/frames.ts"
import type { CircleLog } from "./log.ts"
import { envelopeOf, filesOf, sendFrame, type Outgoing } from "./outgoing.ts"
import type { OutboxRecord } from "./records.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"
import type { Uploads } from "./uploads.ts"

/** When the server is busy, or speaks of an epoch that has not come yet. */
const TRY_AGAIN = 1_000
/** What fits an envelope whatever it holds: padding adds an eighth at most, JSON escapes are counted. */
const LONGEST = Math.floor(ENVELOPE_LIMIT * 0.8)

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: CordeeError) => void
}

export class Outbox {
  readonly #room: Room
  readonly #log: CircleLog
  readonly #uploads: Uploads
  readonly #posted = new Map<MessageId, Waiting>()
  #inFlight: MessageId | undefined
  /** Someone's removal must be committed first; the next epoch takes it away. */
  #heldAtEpoch: number | undefined

  constructor(room: Room, log: CircleLog, uploads: Uploads) {
    this.#room = room
    this.#log = log
    this.#uploads = uploads
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

  async add(outgoing: Outgoing, created: number): Promise<MessageId> {
    if (outgoing.kind !== "ack" && outgoing.kind !== "erase") {
      const { kind, text } = outgoing
      const files = filesOf(outgoing)
      if (kind !== "notice" && text.trim() === "" && files.length === 0) throw clientError("empty")
      if (utf8(JSON.stringify([text, files.map(writeFile)])).length > LONGEST) throw clientError("too_long")
    }
    const id = newId<MessageId>(this.#room.host)
    await this.#write((outbox) => {
      const order = (outbox.at(-1)?.order ?? 0) + 1
      return { id, order, outgoing, created, sent: null, failed: null }
    })
    this.flush()
    this.#uploads.run()
    return id
  }

  /** Something that is not shown until it is in the log: resolves then, rejects with the server's refusal. */
  async post(outgoing: Outgoing, created: number): Promise<void> {
    const id = await this.add(outgoing, created)
    return new Promise((resolve, reject) => this.#posted.set(id, { resolve, reject }))
  }

  /** Tells those who wait what the log has decided. */
  settle(): void {
    const waiting = new Set(this.#room.state.now().outbox.map(({ id }) => id))
    for (const [id, { resolve }] of this.#posted) {
      if (waiting.has(id)) continue
      this.#posted.delete(id)
      resolve()
    }
  }

  /** Nothing more will be decided here. */
  giveUp(): void {
    for (const { reject } of this.#posted.values()) reject(clientError("closed"))
    this.#posted.clear()
  }

  /** A failed message, once more, behind those that wait. */
  async retry(id: MessageId): Promise<void> {
    await this.#write((outbox) => {
      const message = outbox.find((each) => each.id === id)
      if (message?.failed == null) return undefined
      return { ...message, order: (outbox.at(-1)?.order ?? 0) + 1, sent: null, failed: null }
    })
    this.flush()
    this.#uploads.run()
  }

  /** A failed message, or one whose files are still on their way. */
  async discard(id: MessageId): Promise<void> {
    const message = this.#room.state.now().outbox.find((each) => each.id === id)
    await this.#remove(id, (each) => each.failed !== null || this.#uploads.of(each) !== undefined)
    if (message !== undefined) await this.#uploads.forget(filesOf(message.outgoing))
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
        await this.fail(id, code)
        return
      default:
        await this.fail(id, code)
    }
  }

  async #sendNext(): Promise<void> {
    const { changed, circle, host, isLive, mayTell, state } = this.#room
    const { group, outbox, record } = state.now()
    if (!isLive() || !mayTell() || !isSound(state.now()) || !isConfirmed(state.now())) return
    if (this.#inFlight !== undefined || this.isHeld) return
    const message = outbox.find((each) => each.failed === null && this.#uploads.of(each) === undefined)
    if (message === undefined || group === undefined || record?.head == null) return

    let sent = message.sent
    if (sent === null || readEnvelope(sent).epoch !== group.epoch) {
      const checkpoint = message.outgoing.kind === "erase" ? undefined : host.keyLog.toTell(circle)
      const told = checkpoint === undefined ? {} : { checkpoint }
      const counted = { counter: record.counter + 1, log: record.head, ...told }
      sent = await envelopeOf(message.outgoing, counted, {
        circle,
        epoch: group.epoch,
        id: message.id,
        device: host.own.device,
        created: message.created,
        contentKey: group.contentKey,
        nonce: host.randomBytes(24),
        signaturePrivateKey: host.own.signaturePrivateKey,
      })
      const draft = state.draft()
      draft.putOutbox({ ...message, sent })
      await state.save(draft)
      if (checkpoint !== undefined) await host.keyLog.told(circle)
    }
    if (host.send(sendFrame(message.outgoing, sent))) this.#inFlight = message.id
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

  /** It will not go as it is; the person may try again or give it up. */
  async fail(id: MessageId, code: string): Promise<void> {
    const posted = this.#posted.get(id)
    if (posted !== undefined) {
      this.#posted.delete(id)
      posted.reject(new CordeeError(code))
    }
    await this.#remove(id, ({ outgoing: { kind } }) => kind === "ack" || kind === "erase")
    await this.#write((outbox) => {
      const message = outbox.find((each) => each.id === id)
      return message === undefined ? undefined : { ...message, failed: code }
    })
    this.#landed(id)
  }

  async #remove(id: MessageId, may: (message: OutboxRecord) => boolean): Promise<void> {
    const { changed, lane, state } = this.#room
    await lane.run(async () => {
      const message = state.now().outbox.find((each) => each.id === id)
      if (message === undefined || !may(message)) return
      const draft = state.draft()
      draft.removeOutbox(id)
      await state.save(draft)
    })
    changed()
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
