/** A file of a message that this device has. */
import type { Snapshot } from "../circle/snapshot.ts"
import type { FileContent } from "../envelope/file.ts"
import { CordeeError } from "../errors.ts"
import type { FileId, MessageId } from "../ids.ts"

/** Throws `not_found`. */
export function fileOf({ items }: Pick<Snapshot, "items">, message: MessageId, file: FileId): FileContent {
  for (const { entries } of items) {
    const found = entries.find((entry) => entry.kind === "message" && entry.id === message)
    if (found?.kind !== "message") continue
    const wanted = found.files.find(({ id }) => id === file)
    if (wanted !== undefined) return wanted
  }
  throw new CordeeError("not_found")
}
