/**
 * The server's clock orders a conversation; when something was written is its author's word, and is shown as told.
 * Pure.
 */

/** Below this the two clocks tell the same: a slow line, a watch a little off. */
const SAME_MS = 5 * 60_000

interface Clocked {
  /** The author's clock. */
  readonly created: string
  /** The server's. */
  readonly at: string
}

/**
 * Whether a message was written at another time than it was received: it waited for the network, or a clock is wrong.
 */
export function isToldOtherwise({ at, created }: Clocked): boolean {
  return Math.abs(Date.parse(at) - Date.parse(created)) > SAME_MS
}

/** The one time to show where there is place for one. */
export function timeOf(message: Clocked): string {
  return isToldOtherwise(message) ? message.created : message.at
}
