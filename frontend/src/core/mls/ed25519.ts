/**
 * Ed25519 verification (RFC 8032 §5.1.7) that accepts exactly what libsodium accepts, on every engine: A, R and S in their
 * one encoding, neither point of small order, and the equation without the cofactor.
 *
 * WebCrypto is not asked: engines are free in all of these, and a signature that one browser takes and another refuses
 * would split a circle. `ed25519.verify` of @noble/curves takes more, even with `zip215: false`: its equation has the
 * cofactor, and R may be of small order. tests/vectors/ed25519.json holds the cases in which verifiers differ.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { bytesToNumberLE } from "@noble/curves/utils.js"
import { sha512 } from "@noble/hashes/sha2.js"

const { Point } = ed25519

/** False for every malformed key or signature, never a throw. Variable time: everything here is public. */
export function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const a = pointOf(publicKey)
  const r = pointOf(signature.subarray(0, 32))
  const s = bytesToNumberLE(signature.subarray(32))
  if (a === undefined || r === undefined || s >= Point.Fn.ORDER) return false
  const hash = sha512.create().update(signature.subarray(0, 32)).update(publicKey).update(message).digest()
  const k = bytesToNumberLE(hash) % Point.Fn.ORDER
  return Point.BASE.multiplyUnsafe(s).equals(a.multiplyUnsafe(k).add(r))
}

/** The point in its canonical encoding, unless it is of small order. */
function pointOf(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    const point = Point.fromBytes(bytes, false)
    return point.isSmallOrder() ? undefined : point
  } catch {
    return undefined
  }
}
