/**
 * How long to wait before the next attempt: doubling, bounded, with jitter so that a thousand browsers do not return at
 * once.
 */

const FIRST = 500
const LONGEST = 30_000

/** Milliseconds before attempt `failures + 1`; `random` is between 0 and 1. At least half of the doubled time. */
export function backoff(failures: number, random: number): number {
  const full = Math.min(LONGEST, FIRST * 2 ** Math.min(failures, 16))
  return full / 2 + (full / 2) * random
}

/** A number between 0 and 1 from the platform's random bytes. */
export function randomFraction(randomBytes: (length: number) => Uint8Array): number {
  return (randomBytes(1)[0] ?? 0) / 255
}
