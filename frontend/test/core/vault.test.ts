/** The recovery code and the vault: what opens it, and what a slip of the hand is told. */
import { describe, expect, test } from "vitest"
import {
  GROUPS,
  GROUP_SIZE,
  neighbours,
  readRecoveryCode,
  writeRecoveryCode,
} from "../../src/core/identity/recoveryCode.ts"
import type { Mark, VaultContent } from "../../src/core/vault/content.ts"
import { openVault, sealVault, type SealedVault } from "../../src/core/vault/sealing.ts"
import {
  deviceUnlocker,
  mistypedGroup,
  passkeyKey,
  publicKeyOf,
  RECOVERY,
  recoveryKey,
  unwrap,
  wrap,
} from "../../src/core/vault/unlockers.ts"
import { asId, type CircleId } from "../../src/core/ids.ts"
import { deviceKey, newDevicePair } from "../../src/platform/devicekey.ts"
import { amadou, camille, seeded } from "../vectors/cast.ts"

const code = seeded("recovery", 20)
const written = writeRecoveryCode(code)
const bound = { user: camille.user, key: 1, unlocker: RECOVERY }
const vaultKey = seeded("vault key")
const randomBytes = (length: number): Uint8Array => seeded("random", length)
const wrapper = await wrap(vaultKey, publicKeyOf(recoveryKey(code, camille.user)), bound)
const opens = (bytes: Uint8Array, wrapping = bound): Promise<Uint8Array | undefined> =>
  unwrap(wrapper, recoveryKey(bytes, camille.user), wrapping)

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

  test("has its slips among its neighbours", async () => {
    expect([...neighbours(code)].length).toBeGreaterThanOrEqual(32 * 31)
    for (const group of [0, GROUPS - 1]) {
      const typed = readRecoveryCode(slip(group))
      if (!typed.ok) throw new Error("a slip is still a code")
      expect(await opens(typed.bytes)).toBeUndefined()
      expect(await mistypedGroup(wrapper, typed.bytes, bound)).toBe(group)
    }
  })

  test("that is another one altogether names no group", async () => {
    expect(await mistypedGroup(wrapper, seeded("another", 20), bound)).toBeUndefined()
  })
})

describe("a vault", () => {
  const circle = asId<CircleId>("019386c5-6d00-7a01-8009-000000000001")
  const mark: Mark = { epoch: 7, n: 3, confirmed: seeded("confirmed") }
  const content: VaultContent = {
    identity: camille.identityPrivateKey,
    history: camille.historyPrivateKey,
    olderHistories: [seeded("older history")],
    circles: new Map([[circle, mark]]),
    stewards: new Map(),
    unlockers: new Map([[RECOVERY, publicKeyOf(recoveryKey(code, camille.user))]]),
    verified: new Map([[amadou.user, amadou.identity]]),
    keyLog: null,
  }
  const vault = { user: camille.user, generation: 1, key: 1, content, vaultKey, randomBytes }
  const sealed = (): Promise<SealedVault> => sealVault(vault)

  test("opens with its key to what was sealed", async () => {
    expect(await openVault(camille.user, await sealed(), vaultKey)).toEqual(content)
  })

  test("does not open with another key, for another person, as another generation or under another number", async () => {
    const right = await sealed()
    await expect(openVault(camille.user, right, seeded("other"))).rejects.toMatchObject({ code: "wrong_key" })
    await expect(openVault(amadou.user, right, vaultKey)).rejects.toMatchObject({ code: "wrong_key" })
    for (const wrong of [
      { ...right, generation: 2 },
      { ...right, key: 2 },
    ]) {
      await expect(openVault(camille.user, wrong, vaultKey)).rejects.toMatchObject({ code: "wrong_key" })
    }
  })

  test("is refused when its head is not signed by the identity inside", async () => {
    const other = await sealVault({ ...vault, content: { ...content, identity: amadou.identityPrivateKey } })
    const mixed = { ...(await sealed()), headSignature: other.headSignature }
    await expect(openVault(camille.user, mixed, vaultKey)).rejects.toMatchObject({ code: "bad_head" })
  })

  test("is unlocked by the code, a passkey and a device, each for itself", async () => {
    expect(await opens(code)).toEqual(vaultKey)
    expect(await opens(code, { ...bound, key: 2 })).toBeUndefined()
    expect(await opens(code, { ...bound, user: amadou.user })).toBeUndefined()

    const passkey = passkeyKey(seeded("prf"), camille.user)
    const mine = { ...bound, unlocker: "passkey:AQID" }
    const byPasskey = await wrap(vaultKey, publicKeyOf(passkey), mine)
    expect(await unwrap(byPasskey, passkey, mine)).toEqual(vaultKey)
    expect(await unwrap(byPasskey, passkeyKey(seeded("prf"), amadou.user), mine)).toBeUndefined()

    const [key, other] = await Promise.all([deviceKey(await newDevicePair()), deviceKey(await newDevicePair())])
    const here = { ...bound, unlocker: deviceUnlocker(camille.device) }
    const byDevice = await wrap(vaultKey, key.publicKey, here)
    expect(byDevice).toHaveLength(80)
    expect(await unwrap(byDevice, key, here)).toEqual(vaultKey)
    expect(await unwrap(byDevice, key, { ...here, unlocker: deviceUnlocker(amadou.device) })).toBeUndefined()
    expect(await unwrap(byDevice, other, here)).toBeUndefined()
  })

  test("the device's private half cannot leave the platform", async () => {
    const { privateKey, publicKey } = await newDevicePair()
    expect([privateKey.extractable, privateKey.usages]).toEqual([false, ["deriveBits"]])
    expect(publicKey.extractable).toBe(true)
    await expect(crypto.subtle.exportKey("jwk", privateKey)).rejects.toThrow()
  })
})
