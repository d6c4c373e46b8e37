/**
 * The server's clock as this device estimates it. Commits, changes and certificates carry its time, because the server
 * takes them only within five minutes of its own; what a person writes carries the device's own time.
 */
import type { Clock } from "../platform.ts"

export interface ServerClock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What the server said the time was, just now: an HTTP date or RFC 3339. */
  readonly heard: (date: string) => void
}

/** A difference that a slow answer explains; below it the device's own clock is as good. */
const NEGLIGIBLE = 2_000

export function createServerClock(clock: Pick<Clock, "now">): ServerClock {
  let ahead = 0
  return {
    now: () => clock.now() + ahead,
    heard(date) {
      const difference = Date.parse(date) - clock.now()
      if (Number.isNaN(difference)) return
      ahead = Math.abs(difference) < NEGLIGIBLE ? 0 : difference
    },
  }
}
