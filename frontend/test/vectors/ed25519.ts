/**
 * Signatures on which verifiers of Ed25519 differ: points of small and of mixed order, encodings that are not canonical, S
 * beyond the order, the equation with the cofactor and without. The kinds are those of Chalkias, Garillot and Nikolaenko,
 * "Taming the many EdDSAs" (2020), with more of each; made here from their description.
 *
 * A message is SignContent of RFC 9420 §5.1.2 for the label "Edge". `cofactored` and `cofactorless` say what the equations
 * give when points are read leniently and S is not bounded; `valid` is what docs/protocol.md means by strict.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { bytesToHex, bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { concat, utf8 } from "../../src/core/encoding/bytes.ts"
import { seeded } from "./cast.ts"
import { opaque } from "./mls/frame.ts"

type Point = InstanceType<typeof ed25519.Point>

interface Vector {
  readonly name: string
  readonly content: string
  readonly message: string
  readonly key: string
  readonly signature: string
  readonly cofactored: boolean
  readonly cofactorless: boolean
  readonly valid: boolean
}

const { Point } = ed25519
const ORDER = Point.Fn.ORDER
const P = 2n ** 255n - 19n
const { scalar: secret, point: honest } = ed25519.utils.getExtendedPublicKey(seeded("edge key"))

/** A generator of the eight points of small order: ℓ times a point of the whole curve. */
const eighth = torsion()
const small = Array.from({ length: 8 }, (_, times) => (times === 0 ? Point.ZERO : eighth.multiplyUnsafe(BigInt(times))))

function torsion(): Point {
  for (let y = 2n; ; y++) {
    try {
      const any = Point.fromBytes(numberToBytesLE(y, 32))
      const point = any.multiplyUnsafe(ORDER - 1n).add(any)
      if (!point.multiplyUnsafe(4n).is0()) return point
    } catch {
      // no point has this y
    }
  }
}

interface Made {
  readonly name: string
  readonly key: Uint8Array
  readonly r: Uint8Array
  /** S for the hash k; unbounded. */
  readonly s: (k: bigint) => bigint
  /** Which k to look for, by changing the message. */
  readonly when?: (k: bigint) => boolean
  readonly valid?: boolean
}

function vector({ name, key, r, s, when = () => true, valid = false }: Made): Vector {
  for (let attempt = 0; ; attempt++) {
    const content = utf8(`${name} ${String(attempt)}`)
    const message = signContent(content)
    const k = hashed(r, key, message)
    if (!when(k)) continue
    const signature = concat(r, numberToBytesLE(s(k), 32))
    return { name, ...told(content, message, key, signature), valid }
  }
}

function signContent(content: Uint8Array): Uint8Array {
  return concat(opaque(utf8("MLS 1.0 Edge")), opaque(content))
}

function hashed(r: Uint8Array, key: Uint8Array, message: Uint8Array): bigint {
  return bytesToNumberLE(sha512(concat(r, key, message))) % ORDER
}

function told(
  content: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
  signature: Uint8Array,
): Omit<Vector, "name" | "valid"> {
  const difference = equation(message, key, signature)
  return {
    content: bytesToHex(content),
    message: bytesToHex(message),
    key: bytesToHex(key),
    signature: bytesToHex(signature),
    cofactored: difference?.multiplyUnsafe(8n).is0() ?? false,
    cofactorless: difference?.is0() ?? false,
  }
}

/** S·B − R − k·A, read as leniently as anybody does; undefined when these are not two points and a number. */
function equation(message: Uint8Array, key: Uint8Array, signature: Uint8Array): Point | undefined {
  if (key.length !== 32 || signature.length !== 64) return undefined
  const r = signature.slice(0, 32)
  const s = bytesToNumberLE(signature.slice(32)) % ORDER
  try {
    const k = hashed(r, key, message)
    return Point.BASE.multiplyUnsafe(s)
      .subtract(Point.fromBytes(r, true))
      .subtract(Point.fromBytes(key, true).multiplyUnsafe(k))
  } catch {
    return undefined
  }
}

const bytes = (point: Point): Uint8Array => point.toBytes()
/** The same point with y + p instead of y, or with the sign of an x that is 0: whichever there is. */
function otherEncodings(point: Point): Uint8Array[] {
  const { x, y } = point.toAffine()
  const sign = (x & 1n) << 255n
  const encodings = y < 19n ? [numberToBytesLE(y + P + sign, 32)] : []
  if (x === 0n)
    encodings.push(
      ...[y, y + P].filter((each) => each < 2n ** 255n).map((each) => numberToBytesLE(each + 2n ** 255n, 32)),
    )
  return encodings
}

function honestly(): Vector[] {
  const r = 11n
  const made = { key: bytes(honest), r: bytes(Point.BASE.multiply(r)), s: (k: bigint) => (r + k * secret) % ORDER }
  const good = vector({ name: "honest", ...made, valid: true })
  return [
    good,
    vector({ name: "S one too many", ...made, s: (k) => made.s(k) + 1n }),
    vector({ name: "S + ℓ", ...made, s: (k) => made.s(k) + ORDER }),
    vector({ name: "S + 2ℓ", ...made, s: (k) => made.s(k) + 2n * ORDER }),
    vector({ name: "S + 14ℓ, as large as 32 bytes hold", ...made, s: (k) => made.s(k) + 14n * ORDER }),
    vector({ name: "S with its highest bit set", ...made, s: (k) => made.s(k) + 2n ** 255n }),
    vector({ name: "S = ℓ", key: bytes(honest), r: bytes(honest.negate()), s: () => ORDER }),
    vector({ name: "the sign of R turned", ...made, r: bytes(Point.BASE.multiply(r).negate()) }),
    vector({ name: "R of no point", ...made, r: numberToBytesLE(2n, 32) }),
    vector({ name: "a key of no point", ...made, key: numberToBytesLE(2n, 32) }),
    {
      ...good,
      name: "the key a byte short",
      key: good.key.slice(2),
      cofactored: false,
      cofactorless: false,
      valid: false,
    },
    {
      ...good,
      name: "the key a byte long",
      key: `${good.key}00`,
      cofactored: false,
      cofactorless: false,
      valid: false,
    },
    {
      ...good,
      name: "the signature a byte short",
      signature: good.signature.slice(2),
      cofactored: false,
      cofactorless: false,
      valid: false,
    },
    {
      ...good,
      name: "the signature a byte long",
      signature: `${good.signature}00`,
      cofactored: false,
      cofactorless: false,
      valid: false,
    },
    { ...good, name: "an empty signature", signature: "", cofactored: false, cofactorless: false, valid: false },
  ]
}

/** A of small order: R = S·B − k·A holds for any message that makes k fit; with the cofactor for every message. */
function smallKeys(): Vector[] {
  return small.flatMap((a, times) =>
    [bytes(a), ...otherEncodings(a)].flatMap((key, other) => {
      const of = `A ${String(times)}/8 of the small order${other === 0 ? "" : `, written in way ${String(other + 1)}`}`
      const divides = (k: bigint) => a.multiplyUnsafe(k).is0()
      return [
        vector({ name: `${of}; R = 5·B`, key, r: bytes(Point.BASE.multiply(5n)), s: () => 5n, when: divides }),
        vector({ name: `${of}; R and S nothing`, key, r: bytes(Point.ZERO), s: () => 0n, when: divides }),
        ...(a.is0()
          ? []
          : [
              vector({
                name: `${of}; R = 5·B, only with the cofactor`,
                key,
                r: bytes(Point.BASE.multiply(5n)),
                s: () => 5n,
                when: (k) => !divides(k),
              }),
            ]),
      ]
    }),
  )
}

/** R of small order under an honest key: its owner can make these, and a verifier with the cofactor takes them all. */
function smallR(): Vector[] {
  return small.flatMap((point, times) =>
    [bytes(point), ...otherEncodings(point)].map((r, other) =>
      vector({
        name: `R ${String(times)}/8 of the small order${other === 0 ? "" : `, written in way ${String(other + 1)}`}`,
        key: bytes(honest),
        r,
        s: (k) => (k * secret) % ORDER,
      }),
    ),
  )
}

/** Points with a part of small order, under keys whose owner knows the rest. */
function mixed(): Vector[] {
  return small.slice(1).flatMap((part, index) => {
    const times = String(index + 1)
    const key = bytes(honest.add(part))
    const r = bytes(Point.BASE.multiply(7n))
    const mixedR = Point.BASE.multiply(7n).add(part)
    const s = (k: bigint) => (7n + k * secret) % ORDER
    const falls = (k: bigint) => part.multiplyUnsafe(k).is0()
    return [
      vector({ name: `A with ${times}/8; the equation holds`, key, r, s, when: falls, valid: true }),
      vector({ name: `A with ${times}/8; it holds with the cofactor only`, key, r, s, when: (k) => !falls(k) }),
      vector({ name: `R with ${times}/8`, key: bytes(honest), r: bytes(mixedR), s }),
      vector({
        name: `A and R with ${times}/8; the equation holds`,
        key,
        r: bytes(mixedR),
        s,
        when: (k) => part.add(part.multiplyUnsafe(k)).is0(),
        valid: true,
      }),
      vector({
        name: `A and R with ${times}/8; it holds with the cofactor only`,
        key,
        r: bytes(mixedR),
        s,
        when: (k) => !part.add(part.multiplyUnsafe(k)).is0(),
      }),
      vector({
        name: `A with ${times}/8, R of small order; the equation holds`,
        key,
        r: bytes(part),
        s: (k) => (k * secret) % ORDER,
        when: (k) => part.add(part.multiplyUnsafe(k)).is0(),
      }),
    ]
  })
}

export function ed25519Vectors(): object {
  return { vectors: [...honestly(), ...smallKeys(), ...smallR(), ...mixed()] }
}
