/**
 * My sealed epoch keys as the server has them, asked for once for all circles: a new device comes into many at a time.
 */
import type { Api } from "../api/client.ts"
import type { KeyRow } from "../api/types.ts"
import type { CircleId } from "../ids.ts"
import type { Clock } from "../platform.ts"

/** What a page needs and this answer was too early for is asked for again (`earlier.ts`). */
const FRESH = 10_000

export class Copies {
  readonly #api: Api
  readonly #clock: Clock
  #asked: Promise<readonly KeyRow[]> | undefined

  constructor(api: Api, clock: Clock) {
    this.#api = api
    this.#clock = clock
  }

  async of(circle: CircleId): Promise<readonly KeyRow[]> {
    this.#asked ??= this.#ask()
    return (await this.#asked).filter((row) => row.circle === circle)
  }

  async #ask(): Promise<readonly KeyRow[]> {
    const forget = (): void => {
      this.#asked = undefined
    }
    this.#clock.after(FRESH, forget)
    try {
      return await this.#api.keys()
    } catch (error) {
      forget()
      throw error
    }
  }
}
