/**
 * Whether a circle is live on the present connection: joined, and caught up. Acts wait for it, messages are kept until
 * it is.
 */
import { clientError, type ClientCode } from "../errors.ts"

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class Liveness {
  #live = false
  /** Counts connections: what was begun on an earlier one must not speak for this one. */
  #connection = 0
  readonly #waiting: Waiting[] = []

  get isLive(): boolean {
    return this.#live
  }

  get connection(): number {
    return this.#connection
  }

  begin(): void {
    this.#live = true
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** The connection is gone, or the circle is: those who wait are told which. */
  end(code: Extract<ClientCode, "offline" | "closed">): void {
    this.#connection += 1
    this.#live = false
    for (const { reject } of this.#waiting.splice(0)) reject(clientError(code))
  }

  wait(): Promise<void> {
    if (this.#live) return Promise.resolve()
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }
}
