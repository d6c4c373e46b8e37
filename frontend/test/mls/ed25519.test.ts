/** tests/vectors/ed25519.json: the signatures on which verifiers differ. libsodium reads the same file. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { hexToBytes } from "@noble/hashes/utils.js"
import { afterEach, describe, expect, it, test, vi } from "vitest"
import { vectors } from "../../../tests/vectors/ed25519.json"
import { verifyEd25519, verifyWithLabel } from "../../src/core/mls/group.ts"

const cases = vectors.map(({ name, valid, content, message, key, signature }) => ({
  name,
  valid,
  content: hexToBytes(content),
  message: hexToBytes(message),
  key: hexToBytes(key),
  signature: hexToBytes(signature),
}))

describe("a signature is taken or refused as by libsodium", () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it.each(cases)("$name: $valid", async ({ valid, content, message, key, signature }) => {
    const engine = vi.spyOn(crypto.subtle, "verify")
    expect(await verifyEd25519(key, message, signature)).toBe(valid)
    expect(await verifyWithLabel(key, "Edge", content, signature)).toBe(valid)
    expect(engine).not.toHaveBeenCalled()
  })
})

test("the library's own strict verification takes more; Node's engine does not, but Chromium's does", async () => {
  // tests/e2e/test_ed25519.py asks Chromium.
  const taken = cases.map(({ message, key, signature }) => byNoble(key, message, signature))
  expect(cases.filter(({ valid }, index) => taken[index] === true && !valid).length).toBeGreaterThan(30)
  for (const { name, valid, message, key, signature } of cases) {
    expect(await byEngine(key, message, signature), name).toBe(valid)
  }
})

async function byEngine(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey("raw", new Uint8Array(key), "Ed25519", false, ["verify"])
    return await crypto.subtle.verify("Ed25519", imported, new Uint8Array(signature), new Uint8Array(message))
  } catch {
    return false
  }
}

function byNoble(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, message, key, { zip215: false })
  } catch {
    return false
  }
}
