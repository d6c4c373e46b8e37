/**
 * Checkpoints as text: C2SP signed-note, tlog-checkpoint and tlog-cosignature (`cosignature/v1`). Reading and verifying
 * only; the log and its witnesses sign on their own machines. The server's twin is audit/note.py.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { fromBase64 } from "../encoding/base64.ts"
import { concat, readU64, sameBytes, utf8 } from "../encoding/bytes.ts"
import { verify } from "../mls/ed25519.ts"
import { HASH_BYTES } from "./merkle.ts"
import { LogRefused } from "./refused.ts"

/** A log signs what it says; a witness adds when it saw it. */
export type Signer = "log" | "witness"

/** One line of text: `name+hex(key id)+base64(algorithm ‖ key)`. */
export interface VerifyingKey {
  readonly text: string
  /** Of a log: its origin. */
  readonly name: string
  /** 4 bytes: SHA-256(name ‖ 0x0a ‖ algorithm ‖ key), its beginning. */
  readonly id: Uint8Array
  readonly signer: Signer
  /** Ed25519, 32 bytes. */
  readonly key: Uint8Array
}

const ALGORITHMS: ReadonlyMap<number, Signer> = new Map([
  [0x01, "log"],
  [0x04, "witness"],
])

/** Throws LogRefused (`bad_key`), also for algorithms that no log of ours uses. */
export function readVerifyingKey(text: string): VerifyingKey {
  const [, name, written, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  if (name === undefined || written === undefined || base64 === undefined) throw new LogRefused("bad_key")
  const bytes = bytesOf(base64, "bad_key")
  const signer = ALGORITHMS.get(bytes[0] ?? 0)
  if (signer === undefined || bytes.length !== 1 + 32) throw new LogRefused("bad_key", "not Ed25519")
  const id = sha256(concat(utf8(`${name}\n`), bytes)).subarray(0, 4)
  if (hex(id) !== written) throw new LogRefused("bad_key", "not its own id")
  return { text, name, id, signer, key: bytes.subarray(1) }
}

export interface Checkpoint {
  readonly origin: string
  readonly size: number
  /** 32 bytes. */
  readonly root: Uint8Array
}

export interface Cosignature {
  readonly witness: string
  /** When the witness saw it, in seconds since 1970. */
  readonly at: number
}

export interface OpenedNote {
  readonly checkpoint: Checkpoint
  /** One for each known witness that signed. */
  readonly cosignatures: readonly Cosignature[]
}

/**
 * The checkpoint that a note says, once the log's own key has signed it. Signatures by unknown keys are passed over, as
 * signed-note says; a wrong one under a known key refuses all. Throws LogRefused (`bad_note`, `wrong_origin`, `unsigned`,
 * `bad_signature`).
 */
export function openNote(note: string, log: VerifyingKey, witnesses: readonly VerifyingKey[] = []): OpenedNote {
  const { body, lines } = split(note)
  const checkpoint = readCheckpoint(body)
  if (checkpoint.origin !== log.name) throw new LogRefused("wrong_origin", checkpoint.origin)
  let signed = false
  const cosignatures = new Map<string, Cosignature>()
  for (const line of lines) {
    const known = [log, ...witnesses].find(({ name, id }) => name === line.name && sameBytes(id, line.id))
    if (known === undefined) continue
    if (known.signer === "log") {
      if (line.signature.length !== 64 || !verify(known.key, utf8(body), line.signature)) {
        throw new LogRefused("bad_signature", known.name)
      }
      if (known === log) signed = true
    } else {
      cosignatures.set(known.text, readCosignature(known, body, line.signature))
    }
  }
  if (!signed) throw new LogRefused("unsigned")
  return { checkpoint, cosignatures: [...cosignatures.values()] }
}

/** tlog-cosignature: the time, then the signature over it and the whole body. */
function readCosignature(witness: VerifyingKey, body: string, signature: Uint8Array): Cosignature {
  const at = signature.length === 8 + 64 ? readU64(signature, 0) : undefined
  if (at === undefined || !verify(witness.key, utf8(`cosignature/v1\ntime ${at}\n${body}`), signature.subarray(8))) {
    throw new LogRefused("bad_signature", witness.name)
  }
  return { witness: witness.name, at }
}

/** What the body of a note says; whether anybody signed it is for `openNote`. Throws LogRefused (`bad_note`). */
export function readCheckpoint(body: string): Checkpoint {
  const [origin = "", size = "", root = "", ...rest] = body.split("\n")
  // The body ends with a line feed; lines between the root and it are extensions, of which none may be empty.
  if (origin === "" || !/^(0|[1-9]\d*)$/.test(size) || rest.pop() !== "" || rest.includes("")) {
    throw new LogRefused("bad_note")
  }
  const count = Number(size)
  const bytes = bytesOf(root, "bad_note")
  if (!Number.isSafeInteger(count) || bytes.length !== HASH_BYTES) throw new LogRefused("bad_note")
  return { origin, size: count, root: bytes }
}

interface SignatureLine {
  readonly name: string
  readonly id: Uint8Array
  readonly signature: Uint8Array
}

/** More than any policy of witnesses needs: bounds the work that a note can ask for. */
const MOST_LINES = 100

/** What a note's signatures are over: everything up to the empty line. */
export function bodyOf(note: string): string {
  return split(note).body
}

function split(note: string): { body: string; lines: readonly SignatureLine[] } {
  const at = note.lastIndexOf("\n\n")
  const lines = note.slice(at + 2).split("\n")
  // Control characters have no place in a note; the em dash begins each signature line.
  // eslint-disable-next-line no-control-regex
  const hasControls = /[\u0000-\u0009\u000b-\u001f\u007f]/.test(note)
  if (at === -1 || hasControls || lines.pop() !== "" || lines.length === 0 || lines.length > MOST_LINES) {
    throw new LogRefused("bad_note")
  }
  return { body: note.slice(0, at + 1), lines: lines.map(readLine) }
}

function readLine(line: string): SignatureLine {
  const [, name, base64] = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
  if (name === undefined || base64 === undefined) throw new LogRefused("bad_note", "a signature line")
  const bytes = bytesOf(base64, "bad_note")
  if (bytes.length <= 4) throw new LogRefused("bad_note", "a signature line")
  return { name, id: bytes.subarray(0, 4), signature: bytes.subarray(4) }
}

function bytesOf(base64: string, code: "bad_note" | "bad_key"): Uint8Array {
  try {
    return fromBase64(base64)
  } catch (cause) {
    throw new LogRefused(code, "not base64", cause)
  }
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
}
