/** What the circles share: this device, the server, the clock, the storage, and the connection of the moment. */
import type { Api } from "../api/client.ts"
import type { ServerClock } from "../api/serverClock.ts"
import type { Platform } from "../platform.ts"
import type { Storage } from "../store/storage.ts"
import type { ClientFrame } from "../sync/frames.ts"
import type { KeyLog } from "../keylog/keyLog.ts"
import type { CircleVault } from "../vault/marks.ts"
import type { Copies } from "./copies.ts"
import type { Turns } from "./lane.ts"
import type { Own } from "./own.ts"

export interface Host extends Pick<Platform, "clock" | "randomBytes"> {
  readonly own: Own
  /** This person's vault, as far as circles read and write it. */
  readonly vault: CircleVault
  readonly api: Api
  /** The log of everybody's keys, as this device has seen it. */
  readonly keyLog: KeyLog
  readonly serverClock: ServerClock
  readonly storage: Storage
  readonly copies: Copies
  /** Joins of several circles take turns: each is work for both sides. */
  readonly joins: Turns
  /** So does what screens may wait for: lists, receipts and the newest messages of circles that nobody has opened. */
  readonly reading: Turns
  /** False when the connection is not there. Bytes are a frame that was written before. */
  readonly send: (frame: ClientFrame | Uint8Array) => boolean
  readonly isOnline: () => boolean
  /** A failure that no one waits for; told, never swallowed. */
  readonly failed: (what: string, error: unknown) => void
}
