/**
 * CJ, the canonical JSON of docs/protocol.md: the RFC 8785 subset without fractions. What is hashed or signed as JSON
 * has exactly one form, and a reader refuses bytes in any other. The server's twin is chat/canonical.py; both read
 * tests/vectors/canonical.json.
 */
import { fromUtf8, sameBytes, utf8 } from "./bytes.ts"

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

/** Bytes or fields that are not what docs/protocol.md says. */
export class NotCanonical extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = "NotCanonical"
  }
}

/** The CJ bytes of a value. Throws NotCanonical for what CJ cannot write. */
export function encode(value: Json): Uint8Array {
  return utf8(write(value))
}

/**
 * The object that `bytes` write. Throws NotCanonical for more than `limit` bytes and any byte that CJ would write
 * otherwise.
 */
export function decode(bytes: Uint8Array, limit: number): JsonObject {
  if (bytes.length > limit) throw new NotCanonical("too long")
  let value: Json
  let again: Uint8Array
  try {
    value = JSON.parse(fromUtf8(bytes)) as Json
    again = utf8(write(value))
  } catch (cause) {
    throw new NotCanonical("not canonical JSON", cause)
  }
  if (!isObject(value) || !sameBytes(again, bytes)) throw new NotCanonical("not in canonical form")
  return value
}

/** True for an object that JSON wrote; what is in it is for `Fields` to say. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

const ASCII = /^[\x20-\x7e]*$/

function write(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value)
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new NotCanonical("not an integer below 2^53")
    return String(value)
  }
  if (typeof value === "string") {
    if (!value.isWellFormed()) throw new NotCanonical("not a Unicode text")
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`
  if (!isObject(value)) throw new NotCanonical("not JSON")
  const members = Object.keys(value)
    .sort()
    .map((key) => {
      if (!ASCII.test(key)) throw new NotCanonical("a key is not ASCII")
      return `${JSON.stringify(key)}:${write(value[key])}`
    })
  return `{${members.join(",")}}`
}
