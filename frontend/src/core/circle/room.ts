/** What the parts of one circle share: its state, the lane in which it changes, and where it stands with the server. */
import type { CircleId } from "../ids.ts"
import type { Host } from "./host.ts"
import type { Lane } from "./lane.ts"
import type { Snapshot } from "./snapshot.ts"
import type { CircleState } from "./state.ts"

export interface Room {
  readonly circle: CircleId
  readonly host: Host
  readonly state: CircleState
  readonly lane: Lane
  /** Redraw: something that a screen shows has changed. */
  readonly changed: () => void
  /** The server has said `joined` on the present connection, and what was missed has been fetched. */
  readonly isLive: () => boolean
  /** The keys of all who would read are proved, or have been waited for long enough. */
  readonly mayTell: () => boolean
  /** Resolves when the circle is live; rejects `offline` when the connection goes first, or is not there. */
  readonly whenLive: () => Promise<void>
}

/** True once this device knows that it is in the real circle: before, it reads and sends nothing. */
export function isConfirmed({ standing }: Snapshot): boolean {
  return standing?.unconfirmed === null
}

/** True when items may still be applied and messages sent: this device is in, and nothing was refused. */
export function isSound({ group, record }: Snapshot): boolean {
  return group !== undefined && record?.refusal === null && record.left === null
}
