/**
 * What circles ask of the vault and leave there: how far each was confirmed, and whose identity was compared by hand.
 *
 * Marks come with every epoch; they are gathered, so that the vault is written at most once in a while and once when
 * the device is left. Until then they are this device's own business: its circles keep them too.
 */
import { CordeeError } from "../errors.ts"
import type { CircleId, UserId } from "../ids.ts"
import { isLater, type Pin } from "../keylog/pin.ts"
import type { Clock } from "../platform.ts"
import type { Mark, VaultContent } from "./content.ts"
import { VaultRefused } from "./sealing.ts"
import type { Vault } from "./vault.ts"

/** Each write is a new generation for every device of the person. */
const GATHER = 20_000

export interface CircleVault {
  /** The highest known, also when it is not written yet. */
  readonly markOf: (circle: CircleId) => Mark | undefined
  /** Takes effect only when it is higher than what is known. */
  readonly setMark: (circle: CircleId, mark: Mark) => void
  /** The identity key that this person has compared by hand with somebody. */
  readonly comparedKey: (user: UserId) => Uint8Array | undefined
}

export class Marks implements CircleVault {
  readonly #vault: Vault
  readonly #clock: Pick<Clock, "after">
  readonly #failed: (what: string, error: unknown) => void
  readonly #waiting = new Map<CircleId, Mark>()
  #pin: Pin | undefined
  #cancel: (() => void) | undefined
  #stopped = false

  constructor(vault: Vault, clock: Pick<Clock, "after">, failed: (what: string, error: unknown) => void) {
    this.#vault = vault
    this.#clock = clock
    this.#failed = failed
  }

  markOf(circle: CircleId): Mark | undefined {
    return higher(this.#vault.content.circles.get(circle), this.#waiting.get(circle))
  }

  setMark(circle: CircleId, mark: Mark): void {
    if (this.#stopped || higher(this.markOf(circle), mark) !== mark) return
    this.#waiting.set(circle, mark)
    this.#soon()
  }

  /**
   * How this person's devices know the key log. Its first checkpoint is written soon; a later one, of which there are
   * as many as acts of anybody, with the next mark.
   */
  setPin(pin: Pin): void {
    if (this.#stopped) return
    this.#pin = pin
    if (this.#vault.content.keyLog?.note == null) this.#soon()
  }

  #soon(): void {
    this.#cancel ??= this.#clock.after(GATHER, () => {
      this.#cancel = undefined
      void this.settle()
    })
  }

  /** Writes what waits, if it can: without an answer it waits for the next mark or the next start. */
  async settle(): Promise<void> {
    try {
      await this.flush()
    } catch (error) {
      // What the vault refuses is told by the phase; the server's refusals mean that the session is over.
      if (!(error instanceof CordeeError || error instanceof VaultRefused)) this.#failed("marks", error)
    }
  }

  /** Another tab owns the device now, or its keys are others: nothing is written from here any more. */
  stop(): void {
    this.#stopped = true
    this.#cancel?.()
    this.#waiting.clear()
    this.#pin = undefined
  }

  comparedKey(user: UserId): Uint8Array | undefined {
    return this.#vault.content.verified.get(user)
  }

  /** Writes what waits. Rejects as `Vault.change` does; what waits then goes on waiting. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    const pin = this.#pin
    const isFirst = pin !== undefined && this.#vault.content.keyLog?.note == null
    if (this.#waiting.size === 0 && !isFirst) return
    const marks = new Map(this.#waiting)
    await this.#vault.change((content) => withPin(withMarks(content, marks), pin))
    if (this.#pin === pin) this.#pin = undefined
    for (const [circle, mark] of marks) if (this.#waiting.get(circle) === mark) this.#waiting.delete(circle)
  }
}

function withMarks(content: VaultContent, marks: ReadonlyMap<CircleId, Mark>): VaultContent {
  const rising = [...marks].filter(([circle, mark]) => higher(content.circles.get(circle), mark) === mark)
  return rising.length === 0 ? content : { ...content, circles: new Map([...content.circles, ...rising]) }
}

/** Of several devices that write, the last one's: which is the newest, a log tells by its size. */
function withPin(content: VaultContent, pin: Pin | undefined): VaultContent {
  const { keyLog } = content
  if (pin === undefined || (keyLog !== null && !isLater(pin, keyLog))) return content
  return { ...content, keyLog: pin }
}

/** `later`, unless it is no higher: a mark never goes back, and an epoch has one. */
function higher(known: Mark | undefined, later: Mark | undefined): Mark | undefined {
  if (known === undefined || later === undefined) return later ?? known
  return later.epoch > known.epoch && later.n >= known.n ? later : known
}
