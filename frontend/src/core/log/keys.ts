/**
 * The keys that sign one log, one after the other: each is named by the one before in the last note that it signed, as an
 * extension `next-key <vkey>` (audit/sequencer.py). Whoever knows one of them follows to the next, and believes no other.
 */
import { bodyOf, openNote, readVerifyingKey, type OpenedNote, type VerifyingKey } from "./note.ts"
import { LogRefused } from "./refused.ts"

/** As the server tells of it: nothing of it is verified. */
export interface NamedKey {
  /** Text of the verifying key. */
  readonly vkey: string
  /** The last note of the key before; null for the first. */
  readonly note: string | null
}

export interface LogKey {
  readonly key: VerifyingKey
  /** How many leaves it handed over: it has signed no larger tree. Null for the key that signs now. */
  readonly until: number | null
}

/**
 * All keys of a log, the oldest first. `known`: the text of the one that this device has met; null at first. Cost: a
 * signature for each handover. Throws LogRefused (`new_key`, or why a note is none).
 */
export function followKeys(known: string | null, named: readonly NamedKey[]): readonly LogKey[] {
  const keys: LogKey[] = []
  for (const { note, vkey } of named) {
    const key = readVerifyingKey(vkey)
    const before = keys.pop()
    if (before !== undefined) keys.push({ key: before.key, until: handedOver(note, before.key, key) })
    keys.push({ key, until: null })
  }
  if (known !== null && !keys.some(({ key }) => key.text === known)) {
    throw new LogRefused("new_key", "another key than before")
  }
  return keys
}

function handedOver(note: string | null, by: VerifyingKey, to: VerifyingKey): number {
  if (note === null || to.name !== by.name) throw new LogRefused("new_key", "nobody names the new key")
  const { size } = openNote(note, by).checkpoint
  const [, , , ...extensions] = bodyOf(note).split("\n")
  if (!extensions.includes(`next-key ${to.text}`)) throw new LogRefused("new_key", "another key is named")
  return size
}

/** What a note says that one of these keys signed while it was the log's. Throws LogRefused as `openNote` does. */
export function openByKeys(note: string, keys: readonly LogKey[], witnesses: readonly VerifyingKey[] = []): OpenedNote {
  for (const { key, until } of [...keys].reverse()) {
    try {
      const opened = openNote(note, key, witnesses)
      if (until === null || opened.checkpoint.size <= until) return opened
    } catch (error) {
      if (!(error instanceof LogRefused && error.code === "unsigned")) throw error
    }
  }
  throw new LogRefused("unsigned")
}

/** Whether `openByKeys` would open it. */
export function isSignedBy(note: string, keys: readonly LogKey[]): boolean {
  try {
    openByKeys(note, keys)
    return true
  } catch (error) {
    if (error instanceof LogRefused) return false
    throw error
  }
}
