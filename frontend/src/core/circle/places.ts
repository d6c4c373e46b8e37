/** Places of a log in stored records. */
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import type { JsonObject } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import type { LogPlace } from "../envelope/content.ts"

export function writePlace({ hash, seq }: LogPlace): JsonObject {
  return { hash: toBase64(hash), seq }
}

export function readPlace(fields: Fields): LogPlace {
  const place = { seq: fields.count("seq"), hash: fields.bytes("hash", 32) }
  fields.end()
  return place
}

export function samePlace(a: LogPlace, b: LogPlace): boolean {
  return a.seq === b.seq && sameBytes(a.hash, b.hash)
}
