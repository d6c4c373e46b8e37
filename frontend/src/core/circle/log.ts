/**
 * The circle's log as this device follows it: items come from the socket in any haste, and are applied one after the
 * other in the order of `seq`. A hole is filled by asking for what came since. The first item that is refused stops the
 * circle there.
 */
import type { Item, ItemsAnswer } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { utf8 } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import { CordeeError } from "../errors.ts"
import type { LogPlace } from "../envelope/content.ts"
import { applyItem } from "./apply.ts"
import type { Draft } from "./draft.ts"
import { samePlace } from "./places.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import { isSound, type Room } from "./room.ts"

/** When the server spoke of an item that it does not give yet. */
const ASK_AGAIN = 1_000

export class CircleLog {
  readonly #room: Room
  readonly #inbox = new Map<number, Item>()
  #catchingUp: Promise<void> | undefined

  constructor(room: Room) {
    this.#room = room
  }

  /** An item as the server placed it. Resolves when it has been applied, or waits for earlier ones. */
  async take(item: Item): Promise<void> {
    this.#inbox.set(item.seq, item)
    await this.#room.lane.run(() => this.#drain())
    if (this.#hasHole()) await this.catchUp()
  }

  /**
   * Fetches and applies everything up to the server's head. Rejects with the server's refusal (`not_found` when it is
   * over).
   */
  catchUp(): Promise<void> {
    this.#catchingUp ??= this.#fetchAll().finally(() => {
      this.#catchingUp = undefined
      if (this.#hasHole()) this.#room.host.clock.after(ASK_AGAIN, () => void this.catchUp().catch(this.#failed))
    })
    return this.#catchingUp
  }

  readonly #failed = (error: unknown): void => {
    this.#room.host.failed("items", error)
  }

  async #fetchAll(): Promise<void> {
    const { circle, host, lane, state } = this.#room
    for (;;) {
      const asked = state.now().record?.head
      if (asked === undefined || !isSound(state.now())) return
      const answer = await host.api.items(circle, asked.seq)
      await lane.run(() => this.#takePage(asked, answer))
      const reached = state.now().record?.head.seq ?? 0
      if (reached >= answer.head || reached === asked.seq || !isSound(state.now())) return
    }
  }

  async #takePage(asked: LogPlace, { base, head, items }: ItemsAnswer): Promise<void> {
    const { changed, state } = this.#room
    if (!isSound(state.now())) return
    const draft = state.draft()
    try {
      const place: LogPlace = { seq: base.seq, hash: fromBase64(base.hash) }
      if (head < asked.seq) throw new CircleRefused("older_epoch", `log ends at ${head}, seen ${asked.seq}`, place.hash)
      if (!samePlace(place, asked)) throw new CircleRefused("fork", `another log at ${asked.seq}`, place.hash)
    } catch (error) {
      this.#refuse(draft, error, asked.seq)
    }
    await state.save(draft)
    changed()
    for (const item of items) this.#inbox.set(item.seq, item)
    await this.#drain()
  }

  async #drain(): Promise<void> {
    const { changed, host, state } = this.#room
    if (!isSound(state.now())) return
    const draft = state.draft()
    let seq: number | null = null
    try {
      for (;;) {
        const { head, left } = draft.record
        if (left !== null) break
        await this.#forgetUpTo(head.seq, draft)
        const item = this.#inbox.get(head.seq + 1)
        if (item === undefined) break
        seq = item.seq
        await applyItem(draft, item, host.own)
      }
    } catch (error) {
      this.#refuse(draft, error, seq)
    }
    await state.save(draft)
    changed()
    for (const checkpoint of draft.heard) this.#compare(checkpoint)
  }

  /** What a sender has seen of the key log: not waited for, the log of the circle goes on. */
  #compare(checkpoint: string): void {
    const { host, lane, state } = this.#room
    host.keyLog
      .hear(checkpoint)
      .then((how) =>
        how === "heard"
          ? undefined
          : lane.run(async () => {
              if (!isSound(state.now())) return
              const draft = state.draft()
              this.#refuse(draft, new CircleRefused("key_log_altered", "another log", utf8(checkpoint)), null)
              await state.save(draft)
              this.#room.changed()
            }),
      )
      .catch((error: unknown) => {
        // Kept, and compared the next time.
        if (!(error instanceof CordeeError)) host.failed("key log", error)
      })
  }

  /** What is applied already goes; unless the server now says something else of the same place. */
  async #forgetUpTo(seq: number, draft: Draft): Promise<void> {
    for (const item of this.#inbox.values()) {
      if (item.seq > seq) continue
      this.#inbox.delete(item.seq)
      const known = await draft.hashAt(item.seq)
      if (known !== undefined && toBase64(known) !== item.hash) {
        throw new CircleRefused("fork", `two items at ${item.seq}`, fromBase64(item.hash))
      }
    }
  }

  #refuse(draft: Draft, error: unknown, seq: number | null): void {
    const refused = asCircleRefused(error, new Uint8Array())
    if (!(refused instanceof CircleRefused)) throw error
    this.#inbox.clear()
    draft.patch({ refusal: refused.asRefusal(writeTime(this.#room.host.serverClock.now()), seq) })
  }

  #hasHole(): boolean {
    return this.#inbox.size > 0 && isSound(this.#room.state.now())
  }
}
