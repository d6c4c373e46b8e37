/**
 * What this device knows of each log: the key that signs it, followed from the one under which it first saw it, and the
 * newest checkpoint that it has proved something with. Neither is ever replaced by an older one: a log that goes back, or splits, is found here.
 */
import { toBase64 } from "../encoding/base64.ts"
import { writeTime } from "../encoding/time.ts"
import type { Checkpoint } from "../log/note.ts"
import { record, table, type Table } from "../store/table.ts"

export interface SeenLog {
  /** Text of the log's verifying key. */
  readonly key: string
  readonly checkpoint: Checkpoint
  /** Milliseconds since 1970. */
  readonly at: number
}

/** By origin. */
export const seenLogs: Table<SeenLog> = table(
  "checkpoints",
  record(
    ({ at, checkpoint: { origin, root, size }, key }) => ({
      at: writeTime(at),
      key,
      origin,
      root: toBase64(root),
      size,
      v: 1,
    }),
    (fields) => {
      fields.version()
      return {
        at: fields.time("at"),
        key: fields.text("key"),
        checkpoint: { origin: fields.text("origin"), size: fields.count("size"), root: fields.bytes("root", 32) },
      }
    },
  ),
)
