/** One thing after the other: jobs of a lane never overlap, so that each sees what the one before has written. */

export class Lane {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs the job when all earlier ones are done, however they ended. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#last.then(job, job)
    this.#last = result.catch(() => undefined)
    return result
  }
}

/** At most `size` jobs at a time, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = []
  readonly #idle: (() => void)[] = []
  readonly #size: number
  #free: number

  constructor(size: number) {
    this.#size = size
    this.#free = size
  }

  /** Resolves when no job runs or waits. */
  async idle(): Promise<void> {
    if (this.#free < this.#size) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await job()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free += 1
      else next()
      if (this.#free === this.#size) for (const tell of this.#idle.splice(0)) tell()
    }
  }
}
