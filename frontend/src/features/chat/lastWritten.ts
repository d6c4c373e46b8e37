/** In which circle this person has written last, to ask once when the next one is of a near name. */
import type { CircleId } from "../../core/index.ts"

let last: CircleId | null = null

export function lastWrittenIn(): CircleId | null {
  return last
}

export function wroteIn(circle: CircleId): void {
  last = circle
}
