/** RFC 8032 §5.1.7, strictly: signatures that lenient verifiers accept, wherever the library verifies. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { sha512 } from "@noble/hashes/sha2.js"
import { afterEach, describe, expect, it, vi } from "vitest"
import { signWithLabel, verifyEd25519, verifyWithLabel } from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"
import { device, text } from "./cast.ts"

const MESSAGE = text("a message")
const { Point } = ed25519
const ORDER = Point.Fn.ORDER
/** The neutral element: a key for which R = rB, S = r signs everything, as far as the equation goes. */
const NEUTRAL = Point.ZERO.toBytes()
const SIGNS_ALL = Uint8Array.of(...Point.BASE.multiply(5n).toBytes(), ...scalar(5n))
/** A point of order 8. */
const TORSION = Point.fromHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")

const a = ed25519.utils.getExtendedPublicKey(new Uint8Array(32).fill(3)).scalar
const plain = Point.BASE.multiply(a)

/** R = rB + what is added, S as the equation with the cofactor wants it. */
function signed(key: typeof plain, r: bigint, added: typeof plain): { signature: Uint8Array; k: bigint } {
  const R = (r === 0n ? Point.ZERO : Point.BASE.multiply(r)).add(added).toBytes()
  const k = number(sha512(Uint8Array.of(...R, ...key.toBytes(), ...MESSAGE))) % ORDER
  return { signature: Uint8Array.of(...R, ...scalar((r + k * a) % ORDER)), k }
}

function neutralR(): { key: Uint8Array; signature: Uint8Array } {
  return { key: plain.toBytes(), signature: signed(plain, 0n, Point.ZERO).signature }
}

describe("Ed25519 verification", () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it("accepts an honest signature and refuses it over anything else", async () => {
    const { signaturePrivateKey, signaturePublicKey } = device("Anne")
    const signature = await signWithLabel(signaturePrivateKey, "Test", MESSAGE)
    expect(await verifyWithLabel(signaturePublicKey, "Test", MESSAGE, signature)).toBe(true)
    expect(await verifyWithLabel(signaturePublicKey, "Tests", MESSAGE, signature)).toBe(false)
    expect(await verifyWithLabel(signaturePublicKey, "Test", text("another"), signature)).toBe(false)
  })

  it("refuses a key of small order", async () => {
    const { signature } = await suite()
    expect(await signature.verify(NEUTRAL, MESSAGE, SIGNS_ALL)).toBe(false)
    expect(await verifyWithLabel(NEUTRAL, "Test", MESSAGE, SIGNS_ALL)).toBe(false)
  })

  it("refuses S beyond the order of the group", async () => {
    const { signaturePrivateKey, signaturePublicKey } = device("Anne")
    const { signature } = await suite()
    const honest = ed25519.sign(MESSAGE, signaturePrivateKey)
    expect(await signature.verify(signaturePublicKey, MESSAGE, honest)).toBe(true)
    const malleated = Uint8Array.of(...honest.slice(0, 32), ...scalar(number(honest.slice(32)) + ORDER))
    expect(await signature.verify(signaturePublicKey, MESSAGE, malleated)).toBe(false)
  })

  it("refuses a point that is not in its one encoding", async () => {
    const { signature } = await suite()
    // y = p + 1 stands for the neutral element as well
    const longer = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xee : index === 31 ? 0x7f : 0xff))
    expect(await signature.verify(longer, MESSAGE, SIGNS_ALL)).toBe(false)
  })

  it("refuses bad points and orders also on an engine whose own verification would not", async () => {
    vi.spyOn(crypto.subtle, "verify").mockResolvedValue(true)
    const { signaturePrivateKey, signaturePublicKey } = device("Anne")
    const honest = ed25519.sign(MESSAGE, signaturePrivateKey)
    expect(await verifyEd25519(signaturePublicKey, MESSAGE, honest)).toBe(true)
    expect(await verifyEd25519(signaturePublicKey, text("another"), honest)).toBe(false)
    expect(await verifyEd25519(NEUTRAL, MESSAGE, SIGNS_ALL)).toBe(false)
    const { key, signature } = neutralR()
    expect(await verifyEd25519(key, MESSAGE, signature)).toBe(false)
  })

  describe("by a key's owner who plays with points of small order", () => {
    const mixed = plain.add(TORSION)

    /** The first r for which k is, or is not, a multiple of 8: then the key's own torsion falls away, or not. */
    function signedByMixed(multiple: boolean): Uint8Array {
      for (let r = 1n; ; r++) {
        const { signature, k } = signed(mixed, r, Point.ZERO)
        if ((k % 8n === 0n) === multiple) return signature
      }
    }

    it.each([
      { what: "R is neutral", key: plain, signature: neutralR().signature, valid: false },
      { what: "R is of small order", key: plain, signature: signed(plain, 0n, TORSION).signature, valid: false },
      { what: "R has a part of small order", key: plain, signature: signed(plain, 5n, TORSION).signature, valid: false },
      { what: "the key has such a part, and the equation holds only with the cofactor", key: mixed, signature: signedByMixed(false), valid: false },
      { what: "the key has such a part, and the equation holds without the cofactor", key: mixed, signature: signedByMixed(true), valid: true },
    ])("gives what libsodium gives when $what: $valid", async ({ key, signature, valid }) => {
      expect(await verifyEd25519(key.toBytes(), MESSAGE, signature)).toBe(valid)
    })
  })

  it.each([0, 31, 33, 64])("refuses a key of %i bytes without a throw", async (length) => {
    const { signature } = await suite()
    expect(await signature.verify(new Uint8Array(length), MESSAGE, new Uint8Array(64))).toBe(false)
    expect(await verifyWithLabel(new Uint8Array(length), "Test", MESSAGE, new Uint8Array(64))).toBe(false)
  })

  it.each([0, 63, 65])("refuses a signature of %i bytes without a throw", async (length) => {
    const { signaturePublicKey } = device("Anne")
    const { signature } = await suite()
    expect(await signature.verify(signaturePublicKey, MESSAGE, new Uint8Array(length))).toBe(false)
  })
})

function number(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((acc, byte) => (acc << 8n) | BigInt(byte), 0n)
}

function scalar(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn))
}
