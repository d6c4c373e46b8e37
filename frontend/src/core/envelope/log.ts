/** The chained hash of a circle's log: each place vouches for all before it. tests/vectors/loghash.json. */
import { sha256 } from "@noble/hashes/sha2.js"
import { concat, u64, utf8 } from "../encoding/bytes.ts"
import type { LogPlace } from "./content.ts"

const PREFIX = utf8("cordee log")

/** Before the first item. */
export const LOG_START: LogPlace = { seq: 0, hash: new Uint8Array(32) }

/** `digest` is SHA-256 of the item's bytes: of an erased message nothing else is left. */
export function nextPlace(before: LogPlace, digest: Uint8Array): LogPlace {
  const seq = before.seq + 1
  return { seq, hash: sha256(concat(PREFIX, before.hash, u64(seq), digest)) }
}

export function itemDigest(item: Uint8Array): Uint8Array {
  return sha256(item)
}
