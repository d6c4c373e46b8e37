/**
 * What a commit says beside itself, signed with it as `authenticated_data`: when it was made, and which changes it
 * appends.
 */
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { decode, encode, NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import { CHANGE_LIMIT, readChange, type UnverifiedChange } from "./change.ts"
import { PolicyRefused } from "./refused.ts"

/** The server's bound for one commit. */
const MOST_CHANGES = 16

export interface CommitNote {
  readonly time: number
  readonly changes: readonly UnverifiedChange[]
}

export function writeNote(time: number, changes: readonly Uint8Array[]): Uint8Array {
  return encode({ changes: changes.map(toBase64), time: writeTime(time), v: 1 })
}

/** Throws PolicyRefused. */
export function readNote(authenticatedData: Uint8Array): CommitNote {
  let time: number
  let raw: Uint8Array[]
  try {
    const fields = new Fields(decode(authenticatedData, 2 * MOST_CHANGES * CHANGE_LIMIT))
    fields.version()
    time = fields.time("time")
    raw = fields.list("changes", MOST_CHANGES).map(readBase64)
    fields.end()
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new PolicyRefused("bad_note", cause)
    throw cause
  }
  return { time, changes: raw.map(readChange) }
}

function readBase64(value: unknown): Uint8Array {
  if (typeof value !== "string") throw new NotCanonical("not a text")
  return fromBase64(value)
}
