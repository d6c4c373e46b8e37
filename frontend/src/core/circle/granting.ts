/**
 * Giving a newcomer what was written before them: a coordinator signs which epochs, and seals the keys that this device
 * has of them to the newcomer's history key. Everybody sees the grant in the log.
 */
import type { EpochRow } from "../api/types.ts"
import { toBase64 } from "../encoding/base64.ts"
import { newId } from "../encoding/uuid.ts"
import { clientError, CordeeError } from "../errors.ts"
import { readCertificate } from "../identity/certificate.ts"
import type { GrantId, UserId } from "../ids.ts"
import type { CircleEvent } from "../model.ts"
import { HISTORY_GRANT } from "../statements/circle.ts"
import { makeStatement } from "../statements/signed.ts"
import type { Earlier } from "./earlier.ts"
import { sealTo } from "./epochKeys.ts"
import type { ItemRecord } from "./items.ts"
import { isConfirmed, type Room } from "./room.ts"

/** An epoch whose key this device has. */
export type Grantable = Pick<EpochRow, "epoch" | "at">

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: CordeeError) => void
}

export class Granting {
  readonly #room: Room
  readonly #earlier: Earlier
  readonly #waiting = new Map<GrantId, Waiting>()

  constructor(room: Room, earlier: Earlier) {
    this.#room = room
    this.#earlier = earlier
  }

  /** From where this device could give: the epochs down from the present whose keys it has, the oldest first. */
  async epochs(): Promise<readonly Grantable[]> {
    const { circle, host, state } = this.#room
    await this.#earlier.fetchKeys(0)
    const { keys } = state.now()
    const rows = await host.api.epochs(circle)
    const missing = rows.findLastIndex(({ epoch }) => !keys.has(epoch))
    return rows.slice(missing + 1).map(({ at, epoch }) => ({ at, epoch }))
  }

  /** Resolves when the server has placed the grant in the log. Rejects with its refusal. */
  async give(user: UserId, from: number): Promise<void> {
    const { circle, host, state, whenLive } = this.#room
    await whenLive()
    if (!isConfirmed(state.now())) throw clientError("closed")
    const to = await this.#lastFrom(user, from)
    const { group, keys } = state.now()
    const person = group?.policy.persons.get(user)
    if (person?.history == null || from > to) throw new CordeeError("bad_grant")
    const { history } = person
    const id = newId<GrantId>(host)
    const epochs = Array.from({ length: to - from + 1 }, (_, index) => from + index)
    const sealed = await Promise.all(
      epochs.map(async (epoch) => {
        const contentKey = keys.get(epoch)
        if (contentKey === undefined) throw new CordeeError("bad_grant", `no key of epoch ${epoch}`)
        return [epoch, await sealTo(history, { circle, contentKey, epoch }, user, id)] as const
      }),
    )
    const certificate = readCertificate(host.own.certificate)
    const says = { circle, id, user, from, to, certificate, time: Math.floor(host.serverClock.now()) }
    const grant = await makeStatement(HISTORY_GRANT, says, host.own.signaturePrivateKey)
    const frame = { t: "grant", ref: id, circle, grant: toBase64(grant), keys: Object.fromEntries(sealed) } as const
    await new Promise<void>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      if (!host.send(frame)) this.giveUp("offline")
    })
  }

  granted(ref: GrantId): void {
    this.#take(ref)?.resolve()
  }

  /** False when no grant has this ref. */
  refused(ref: string, code: string): boolean {
    const waiting = this.#take(ref as GrantId)
    waiting?.reject(new CordeeError(code))
    return waiting !== undefined
  }

  giveUp(code: "offline" | "closed"): void {
    for (const ref of [...this.#waiting.keys()]) this.#take(ref)?.reject(clientError(code))
  }

  #take(ref: GrantId): Waiting | undefined {
    const waiting = this.#waiting.get(ref)
    this.#waiting.delete(ref)
    return waiting
  }

  /**
   * What the person has begins with an earlier grant, or with the epoch in which they came in. An epoch that was given
   * already is given again, with those that came with it: a key of theirs may have been a wrong one.
   */
  async #lastFrom(user: UserId, from: number): Promise<number> {
    const { circle, host, state } = this.#room
    const begins = (item: ItemRecord): boolean => beginning(item, user) !== undefined
    let item = await state.draft().findItem(begins)
    while (item === undefined && this.#earlier.hasMore()) {
      await this.#earlier.load()
      item = await state.draft().findItem(begins)
    }
    const event = item === undefined ? undefined : beginning(item, user)
    if (item === undefined || event === undefined) throw new CordeeError("bad_grant", "never came in")
    if (event.type === "history_granted") return from < event.from ? event.from - 1 : event.to
    const began = (await host.api.epochs(circle)).find(({ seq }) => seq === item.seq)
    if (began === undefined) throw clientError("unexpected_answer", "no epoch began where somebody came in")
    return began.epoch - 1
  }
}

type Beginning = Extract<CircleEvent, { type: "joined" | "history_granted" }>

function beginning({ entries }: ItemRecord, user: UserId): Beginning | undefined {
  for (const entry of entries) {
    if (entry.kind !== "event") continue
    const { event } = entry
    if ((event.type === "joined" || event.type === "history_granted") && event.user === user) return event
  }
  return undefined
}
