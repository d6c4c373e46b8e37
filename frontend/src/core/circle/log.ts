/**
 * The circle's log as this device follows it: items come from the socket in any haste, and are applied one after the
 * other in the order of `seq`. A hole is filled by asking for what came since. The first item that is refused stops the
 * circle there.
 */
import type { Item, ItemsAnswer } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { writeTime } from "../encoding/time.ts"
import type { LogPlace } from "../envelope/content.ts"
import { LOG_START } from "../envelope/log.ts"
import { applyItem } from "./apply.ts"
import type { Draft } from "./draft.ts"
import { opened } from "./events.ts"
import { certificateInPast, openCopies, pastChain, type PastChain } from "./past.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import { isSound, type Room } from "./room.ts"

/** When the server spoke of an item that it does not give yet. */
const ASK_AGAIN = 1_000

export class CircleLog {
  readonly #room: Room
  readonly #inbox = new Map<number, Item>()
  #catchingUp: Promise<void> | undefined
  #past: PastChain | undefined

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
      await this.#preparePast()
      const { head } = state.now().record ?? {}
      if (head === undefined || !isSound(state.now())) return
      const answer = await host.api.items(circle, head?.seq ?? 0)
      await lane.run(() => this.#takePage(head, answer))
      const reached = state.now().record?.head?.seq ?? 0
      if (reached >= answer.head || reached === head?.seq || !isSound(state.now())) return
    }
  }

  /** Keys and certificates come before the history that needs them. */
  async #preparePast(): Promise<void> {
    const { circle, host, lane, state } = this.#room
    const { group, record } = state.now()
    if (record === undefined || group === undefined || !isInPast(record.head, record.joined)) return
    if (this.#past !== undefined) return
    const [chain, rows] = await Promise.all([host.api.chain(circle), host.api.keys(circle)])
    const copies = await openCopies(rows, host.own)
    await lane.run(async () => {
      const draft = state.draft()
      try {
        const past = pastChain(chain, group.policy)
        const certificates = await Promise.all(
          chain.certificates.map((raw) => certificateInPast(fromBase64(raw), past)),
        )
        for (const certificate of certificates)
          if (certificate !== undefined) draft.putDevice(certificate.device, certificate)
        this.#past = past
      } catch (error) {
        this.#refuse(draft, error, null)
      }
      for (const [epoch, key] of copies) if (!draft.snapshot().keys.has(epoch)) draft.putKey(epoch, key)
      await state.save(draft)
    })
  }

  async #takePage(asked: LogPlace | null, { base, head, items }: ItemsAnswer): Promise<void> {
    const { changed, state } = this.#room
    if (!isSound(state.now())) return
    const draft = state.draft()
    try {
      const place: LogPlace = { seq: base.seq, hash: fromBase64(base.hash) }
      if (asked === null) this.#beginAt(draft, place)
      else if (head < asked.seq)
        throw new CircleRefused("older_epoch", `log ends at ${head}, seen ${asked.seq}`, place.hash)
      else if (!same(place, asked)) throw new CircleRefused("fork", `another log at ${asked.seq}`, place.hash)
    } catch (error) {
      this.#refuse(draft, error, asked?.seq ?? null)
    }
    await state.save(draft)
    changed()
    for (const item of items) this.#inbox.set(item.seq, item)
    await this.#drain()
  }

  /** The first place of the log that this person may see. */
  #beginAt(draft: Draft, base: LogPlace): void {
    if (base.seq >= draft.record.joined.seq)
      throw new CircleRefused("altered_log", "begins after the joining", base.hash)
    draft.patch({ head: base })
    if (base.seq > 0) return
    if (!same(base, LOG_START)) throw new CircleRefused("altered_log", "does not begin at nothing", base.hash)
    const change0 = this.#past?.changes[0]
    if (change0 === undefined) return
    draft.putItem({ seq: 0, at: writeTime(change0.time), hash: LOG_START.hash, entries: [opened(change0)] })
    const { device } = change0.certificate
    if (device !== this.#room.host.own.device)
      draft.patch({ counters: new Map([...draft.record.counters, [device, 0]]) })
  }

  async #drain(): Promise<void> {
    const { changed, host, state } = this.#room
    if (!isSound(state.now())) return
    const draft = state.draft()
    let seq: number | null = null
    try {
      for (;;) {
        const { head, joined, left } = draft.record
        if (head === null || left !== null) break
        this.#forgetUpTo(head.seq, draft)
        const item = this.#inbox.get(head.seq + 1)
        const isHistory = head.seq < joined.seq
        if (item === undefined || (isHistory && this.#past === undefined)) break
        seq = item.seq
        await applyItem(draft, item, host.own, isHistory ? this.#past : undefined)
      }
    } catch (error) {
      this.#refuse(draft, error, seq)
    }
    await state.save(draft)
    changed()
  }

  /** What is applied already goes; unless the server now says something else of the same place. */
  #forgetUpTo(seq: number, draft: Draft): void {
    for (const item of this.#inbox.values()) {
      if (item.seq > seq) continue
      this.#inbox.delete(item.seq)
      const known = draft.hashAt(item.seq)
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

function isInPast(head: LogPlace | null, joined: LogPlace): boolean {
  return head === null || head.seq < joined.seq
}

function same(a: LogPlace, b: LogPlace): boolean {
  return a.seq === b.seq && sameBytes(a.hash, b.hash)
}
