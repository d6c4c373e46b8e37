/** A circle as this device knows it at one moment; never changed in place. */
import type { CommitRef, DeviceId, UserId } from "../ids.ts"
import type { Border } from "./border.ts"
import type { LiveGroup } from "./group.ts"
import type { SeenPerson } from "./people.ts"
import type * as records from "./records.ts"
import type { ItemRun } from "./run.ts"
import type { Standing } from "./standing.ts"

/** A device that the policy vouched for at some time. */
export interface KnownDevice {
  readonly user: UserId
  /** Leaf key. */
  readonly key: Uint8Array
}

export interface Snapshot {
  /** Undefined while this device is not in the circle. */
  readonly record: records.CircleRecord | undefined
  /** Undefined also once this device has left. */
  readonly group: LiveGroup | undefined
  readonly standing: Standing | undefined
  readonly pending: records.PendingCommit | undefined
  /** This device's commit that the log took last, since the start. */
  readonly adopted: CommitRef | undefined
  /** The newest of the log, and as far back as somebody has looked; older ones are in storage (`state.ts`). */
  readonly items: ItemRun
  /** Where the log that is on this device begins; undefined when this device opened the circle. */
  readonly border: Border | undefined
  /** In the order in which they were written. */
  readonly outbox: readonly records.OutboxRecord[]
  readonly devices: ReadonlyMap<DeviceId, KnownDevice>
  /** Content keys by epoch. */
  readonly keys: ReadonlyMap<number, Uint8Array>
  readonly receipts: ReadonlyMap<DeviceId, records.ReceiptRecord>
  readonly people: ReadonlyMap<UserId, SeenPerson>
}
