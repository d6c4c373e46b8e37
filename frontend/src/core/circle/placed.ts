/** An item of the log with the place that its bytes give it. */
import type { Item } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import type { LogPlace } from "../envelope/content.ts"
import { itemDigest, nextPlace } from "../envelope/log.ts"
import { CircleRefused } from "./refused.ts"

export interface Placed {
  readonly item: Item
  readonly place: LogPlace
  /** Undefined when the server has the digest only. */
  readonly bytes: Uint8Array | undefined
  readonly digest: Uint8Array
  /** What a refusal of the item keeps. */
  readonly evidence: Uint8Array
}

/** Throws CircleRefused when the server puts the item elsewhere, or under another hash. */
export function placeAfter(before: LogPlace, item: Item): Placed {
  const bytes = bytesOf(item)
  const digest = bytes === undefined ? digestOf(item) : itemDigest(bytes)
  const evidence = bytes ?? digest
  const place = nextPlace(before, digest)
  if (item.seq !== place.seq || item.hash !== toBase64(place.hash)) {
    throw new CircleRefused("altered_log", "chained hash", evidence)
  }
  return { item, place, bytes, digest, evidence }
}

function bytesOf(item: Item): Uint8Array | undefined {
  if (item.kind === "commit") return fromBase64(item.commit)
  if (item.kind === "grant") return fromBase64(item.grant)
  return item.env === null ? undefined : fromBase64(item.env)
}

function digestOf(item: Item): Uint8Array {
  if (item.kind !== "message" || item.env !== null) throw new TypeError("only of a message the bytes can be gone")
  return fromBase64(item.digest)
}
