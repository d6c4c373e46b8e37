/** A PublicMessage put together byte by byte (RFC 9420 §6), for what the library's types cannot say. */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { signWithLabel } from "../../../src/core/mls/group.ts"
import { encodeGroupContext } from "ts-mls/groupContext.js"
import { concat, u32, u64 } from "../../../src/core/encoding/bytes.ts"
import type { Signer } from "../../mls/hostile.ts"

export const COMMIT = 3

export function u8(value: number): Uint8Array {
  return Uint8Array.of(value)
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff)
}

/** `opaque value<V>`: its length in the shortest form, then the value. */
export function opaque(...parts: readonly Uint8Array[]): Uint8Array {
  const value = concat(...parts)
  if (value.length < 0x40) return concat(u8(value.length), value)
  if (value.length < 0x4000) return concat(u16(0x4000 | value.length), value)
  return concat(u32(0x80000000 + value.length), value)
}

export const byMember = (leaf: number): Uint8Array => concat(u8(1), u32(leaf))
export const byOutsider = (place: number): Uint8Array => concat(u8(2), u32(place))
export const byProposer: Uint8Array = u8(3)
export const byJoiner: Uint8Array = u8(4)

export interface Frame {
  readonly signer: Signer
  readonly sender: Uint8Array
  readonly body: Uint8Array
  readonly contentType?: number
  readonly wireFormat?: number
}

/** Signed and tagged as the sender would; the confirmation tag is invented. */
export async function framed({
  signer,
  sender,
  body,
  contentType = COMMIT,
  wireFormat = 1,
}: Frame): Promise<Uint8Array> {
  const context = encodeGroupContext(signer.groupContext)
  const { groupId, epoch } = signer.groupContext
  const content = concat(opaque(groupId), u64(Number(epoch)), sender, opaque(), u8(contentType), body)
  const tbs = concat(u16(1), u16(wireFormat), content, context)
  const signature = await signWithLabel(signer.signaturePrivateKey, "FramedContentTBS", tbs)
  const tag = contentType === COMMIT ? opaque(new Uint8Array(32)) : new Uint8Array()
  const auth = concat(opaque(signature), tag)
  const member = sender[0] === 1
  const membership = member
    ? opaque(hmac(sha256, signer.keySchedule.membershipKey, concat(tbs, auth)))
    : new Uint8Array()
  return concat(u16(1), u16(wireFormat), content, auth, membership)
}
