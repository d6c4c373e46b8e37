/** RFC 8032 §5.1.7, strictly: signatures that lenient verifiers accept, wherever the library verifies. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { describe, expect, it } from "vitest"
import { signWithLabel, verifyWithLabel } from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"
import { device, text } from "./cast.ts"

const MESSAGE = text("a message")
/** The neutral element: a key for which R = neutral, S = 0 signs everything, as far as the equation goes. */
const NEUTRAL = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0))
const SIGNS_ALL = Uint8Array.from({ length: 64 }, (_, index) => (index === 0 ? 1 : 0))
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n

describe("Ed25519 verification", () => {
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
    const s = numberFrom(honest.slice(32)) + GROUP_ORDER
    const malleated = Uint8Array.from([...honest.slice(0, 32), ...bytesFrom(s)])
    expect(await signature.verify(signaturePublicKey, MESSAGE, malleated)).toBe(false)
  })

  it("refuses a point that is not in its one encoding", async () => {
    const { signature } = await suite()
    // y = p + 1 stands for the neutral element as well
    const longer = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xee : index === 31 ? 0x7f : 0xff))
    expect(await signature.verify(longer, MESSAGE, SIGNS_ALL)).toBe(false)
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

function numberFrom(littleEndian: Uint8Array): bigint {
  return littleEndian.reduceRight((acc, byte) => (acc << 8n) | BigInt(byte), 0n)
}

function bytesFrom(number: bigint): number[] {
  return Array.from({ length: 32 }, (_, index) => Number((number >> BigInt(8 * index)) & 0xffn))
}
