/** The recovery code and the vault: what opens it, and what a slip of the hand is told. */
import { describe, expect, test } from "vitest"
import {
  GROUPS,
  GROUP_SIZE,
  neighbours,
  readRecoveryCode,
  writeRecoveryCode,
} from "../../src/core/identity/recoveryCode.ts"
import {
  mistypedGroup,
  unwrapWithDevice,
  unwrapWithRecovery,
  wrapWithDevice,
  wrapWithRecovery,
} from "../../src/core/vault/unlockers.ts"
import { identityPublicKey, openVault, sealVault, type SealedVault } from "../../src/core/vault/vault.ts"
import { newSealingKey } from "../../src/platform/sealing.ts"
import { deviceKey } from "../../src/platform/devicekey.ts"
import { amadou, camille, seeded } from "../vectors/cast.ts"

const code = seeded("recovery", 20)
const written = writeRecoveryCode(code)
const bound = { user: camille.user, generation: 1 }
const vaultKey = seeded("vault key")
const randomBytes = (length: number): Uint8Array => seeded("random", length)
const wrapper = wrapWithRecovery(vaultKey, code, bound, randomBytes)

/** The code with one character of a group changed to another of the alphabet. */
function slip(group: number): string {
  return written
    .map((each, at) => (at === group ? `${each.startsWith("A") ? "B" : "A"}${each.slice(1)}` : each))
    .join(" ")
}

describe("a recovery code", () => {
  test("is 8 groups of 4 characters that nobody confuses", () => {
    expect(written).toHaveLength(GROUPS)
    for (const group of written) expect(group).toMatch(new RegExp(`^[0-9A-HJKMNP-TV-Z]{${String(GROUP_SIZE)}}$`))
  })

  test.each([
    ["as it was shown", written.join("-")],
    ["in small letters, with spaces", written.join(" ").toLowerCase()],
    ["in one piece", written.join("")],
    ["with O for 0 and l for 1", written.join(" ").replaceAll("0", "O").replaceAll("1", "l")],
  ])("is read %s", (_how, typed) => {
    expect(readRecoveryCode(typed)).toEqual({ ok: true, bytes: code })
  })

  test.each([
    ["a character that no code has", written.with(3, "AB*C").join(" "), 3],
    ["a group too short", written.with(5, "ABC").join(" "), 5],
    ["a group missing", written.slice(0, 7).join(" "), 7],
    ["a group too many", [...written, "ABCD"].join(" "), 7],
    ["nothing", "", 0],
  ])("names the group with %s", (_what, typed, group) => {
    expect(readRecoveryCode(typed)).toEqual({ ok: false, group })
  })

  test("has its slips among its neighbours", () => {
    expect([...neighbours(code)].length).toBeGreaterThanOrEqual(32 * 31)
    for (let group = 0; group < GROUPS; group += 1) {
      const typed = readRecoveryCode(slip(group))
      if (!typed.ok) throw new Error("a slip is still a code")
      expect(unwrapWithRecovery(wrapper, typed.bytes, bound)).toBeUndefined()
      expect(mistypedGroup(wrapper, typed.bytes, bound)).toBe(group)
    }
  })

  test("that is another one altogether names no group", () => {
    expect(mistypedGroup(wrapper, seeded("another", 20), bound)).toBeUndefined()
  })
})

describe("a vault", () => {
  const secrets = { identityPrivateKey: camille.identityPrivateKey, historyPrivateKey: camille.historyPrivateKey }
  const sealed = (): Promise<SealedVault> => sealVault({ ...bound, secrets, vaultKey, randomBytes })

  test("opens with its key to what was sealed", async () => {
    const opened = await openVault(camille.user, await sealed(), vaultKey)
    expect(opened).toEqual(secrets)
    expect(identityPublicKey(opened)).toEqual(camille.identity)
  })

  test("does not open with another key, for another person, or as another generation", async () => {
    const vault = await sealed()
    await expect(openVault(camille.user, vault, seeded("other"))).rejects.toMatchObject({ code: "wrong_key" })
    await expect(openVault(amadou.user, vault, vaultKey)).rejects.toMatchObject({ code: "wrong_key" })
    await expect(openVault(camille.user, { ...vault, generation: 2 }, vaultKey)).rejects.toMatchObject({
      code: "wrong_key",
    })
  })

  test("is refused when its head is not signed by the identity inside", async () => {
    const vault = await sealed()
    const other = await sealVault({
      ...bound,
      secrets: { ...secrets, identityPrivateKey: amadou.identityPrivateKey },
      vaultKey,
      randomBytes,
    })
    await expect(
      openVault(camille.user, { ...vault, headSignature: other.headSignature }, vaultKey),
    ).rejects.toMatchObject({ code: "bad_head" })
  })

  test("is unlocked by the code and by the device, each for itself", async () => {
    expect(unwrapWithRecovery(wrapper, code, bound)).toEqual(vaultKey)
    expect(unwrapWithRecovery(wrapper, code, { ...bound, generation: 2 })).toBeUndefined()
    const key = deviceKey(await newSealingKey())
    const mine = { ...bound, device: camille.device }
    const wrapped = await wrapWithDevice(vaultKey, key, mine)
    expect(await unwrapWithDevice(wrapped, key, mine)).toEqual(vaultKey)
    await expect(unwrapWithDevice(wrapped, key, { ...mine, device: amadou.device })).rejects.toThrow()
    await expect(unwrapWithDevice(wrapped, deviceKey(await newSealingKey()), mine)).rejects.toThrow()
  })
})
