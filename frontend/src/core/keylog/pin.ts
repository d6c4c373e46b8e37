/** A log, as whoever saw it first: from then on its key is this one, and its newest checkpoint never an older one. */
import type { Fields } from "../encoding/fields.ts"
import { bodyOf, readCheckpoint } from "../log/note.ts"

export interface Pin {
  /** Text of the verifying key. */
  readonly vkey: string
  /** The newest checkpoint, as signed; null while nothing has been sealed. */
  readonly note: string | null
}

/** Throws NotCanonical. */
export function readPin(fields: Fields): Pin {
  const pin = { vkey: fields.text("vkey"), note: fields.maybe("note", (from, name) => from.text(name)) }
  fields.end()
  return pin
}

export function sizeOf(note: string): number {
  return readCheckpoint(bodyOf(note)).size
}

/** Whether a pin has seen more than another one. */
export function isLater({ note }: Pin, than: Pin): boolean {
  return note !== null && (than.note === null || sizeOf(note) > sizeOf(than.note))
}
