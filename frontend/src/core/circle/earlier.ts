/**
 * The past of a circle, on demand: one page more, from this device's own storage or, when that ends, from the server.
 * A device that has just come in has the keys and the certificates; it asks for what was written when somebody reads.
 */
import type { ChainAnswer } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { writeTime } from "../encoding/time.ts"
import type { Border } from "./border.ts"
import type { Draft } from "./draft.ts"
import type { ItemRecord } from "./items.ts"
import { joinPage } from "./joinPage.ts"
import { reopen, waitsForKey } from "./messages.ts"
import { readPage } from "./page.ts"
import { certificateInPast, openCopies, pastChain, type PastChain } from "./past.ts"
import { hasOlder } from "./older.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"
import type { Snapshot } from "./snapshot.ts"

/** About what a reader scrolls through in a minute; the server gives up to 500. */
const PAGE = 100

export class Earlier {
  readonly #room: Room
  #loading: Promise<void> | undefined
  #chain: PastChain | undefined

  constructor(room: Room) {
    this.#room = room
  }

  /** Resolves when more is there, or there is no more. Rejects with the server's refusal. */
  load(limit = PAGE): Promise<void> {
    this.#loading ??= this.#load(limit).finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  hasMore(): boolean {
    const now = this.#room.state.now()
    return hasOlder(now) || mayFetch(now)
  }

  /** Messages whose key was not there, or was not the right one: tried with what the server has now. */
  async openWaiting(): Promise<void> {
    const { changed, circle, host, lane, state } = this.#room
    const waiting = (): readonly ItemRecord[] =>
      [...state.now().items].filter(({ entries }) => entries.some(waitsForKey))
    if (waiting().length === 0 || !isSound(state.now())) return
    const copies = await openCopies(await host.api.keys(circle), host.own)
    await lane.run(async () => {
      const draft = state.draft()
      const { devices } = draft.snapshot()
      for (const item of waiting()) {
        for (const [epoch, key] of copies) {
          const found = new Map([[epoch, key]])
          const entries = await Promise.all(item.entries.map((entry) => reopen(entry, circle, devices, found)))
          if (!entries.some((entry, index) => entry !== item.entries[index])) continue
          draft.putItem({ ...item, entries })
          // The commitment of a message has proved it.
          draft.putKey(epoch, key)
          break
        }
      }
      await state.save(draft)
    })
    changed()
  }

  async #load(limit: number): Promise<void> {
    const { changed, lane, state } = this.#room
    const stored = await lane.run(() => state.loadOlder())
    const { border } = state.now()
    if (!stored && border !== undefined && mayFetch(state.now())) await this.#fetch(border, limit)
    changed()
  }

  async #fetch(border: Border, limit: number): Promise<void> {
    const { circle, host, lane, state } = this.#room
    const answer = await host.api.itemsBefore(circle, border.place.seq + 1, limit)
    const chain = await this.#chainTo()
    await this.fetchKeys(border.epoch - answer.items.filter(({ kind }) => kind === "commit").length, border.epoch)
    await lane.run(async () => {
      const draft = state.draft()
      const now = draft.snapshot()
      if (now.border?.place !== border.place || chain === undefined) return
      try {
        const page = await readPage(answer, { ...now, circle, border: now.border, chain })
        joinPage(draft, now.border, page, { chain, isLast: answer.items.length < limit, me: host.own.user })
      } catch (error) {
        const refused = asCircleRefused(error, new Uint8Array())
        if (!(refused instanceof CircleRefused)) throw error
        draft.patch({ refusal: refused.asRefusal(writeTime(host.serverClock.now()), border.place.seq) })
      }
      await state.save(draft)
    })
  }

  /** What is shown of the chain, with the certificates that it vouches for. Throws unless it leads to the policy. */
  async keepChain(draft: Draft, shown: ChainAnswer): Promise<void> {
    const { group } = draft.snapshot()
    if (group === undefined) return
    const chain = pastChain(shown, group.policy)
    const certificates = await Promise.all(shown.certificates.map((raw) => certificateInPast(fromBase64(raw), chain)))
    for (const certificate of certificates) {
      if (certificate !== undefined) draft.putDevice(certificate.device, certificate)
    }
    this.#chain = chain
  }

  /** The policy's chain, which vouches for everybody who ever wrote; undefined when what is shown is not that. */
  async #chainTo(): Promise<PastChain | undefined> {
    const { circle, host, lane, state } = this.#room
    if (this.#chain !== undefined) return this.#chain
    const shown = await host.api.chain(circle)
    await lane.run(async () => {
      const draft = state.draft()
      try {
        await this.keepChain(draft, shown)
      } catch (error) {
        const refused = asCircleRefused(error, new Uint8Array())
        if (!(refused instanceof CircleRefused)) throw error
        draft.patch({ refusal: refused.asRefusal(writeTime(host.serverClock.now()), null) })
      }
      await state.save(draft)
    })
    return this.#chain
  }

  /** My copies of the keys from an epoch on, when one of them is not here. */
  async fetchKeys(first: number, last = this.#room.state.now().group?.epoch ?? 0): Promise<void> {
    const { circle, host, lane, state } = this.#room
    const { keys } = state.now()
    const epochs = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    if (epochs.every((epoch) => keys.has(epoch))) return
    const rows = await host.api.keys(circle)
    const copies = await openCopies(rows.filter(({ epoch }) => !keys.has(epoch)), host.own)
    await lane.run(async () => {
      const draft = state.draft()
      for (const [epoch, key] of copies) draft.putKey(epoch, key)
      await state.save(draft)
    })
  }
}

/** The server has more, and this device is in the real circle. */
function mayFetch(now: Snapshot): boolean {
  return now.border?.hasMore === true && isSound(now) && isConfirmed(now)
}
