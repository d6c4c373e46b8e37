/** Passkeys: made after a fresh proof, enough to sign in with alone, taken away again. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { createCordee, createMemoryStorage, type Cordee } from "../../src/core/index.ts"
import type { HttpRequest, Passkeys, Presented } from "../../src/core/platform.ts"
import { nodePlatform } from "../../src/platform/node.ts"
import type { Account } from "./service/people.ts"
import { RIGHT_CODE } from "./service/factors.ts"
import { ready, World, type Device } from "./service/world.ts"

let world: World
let device: Device
let cordee: Cordee

beforeEach(async () => {
  world = new World()
  device = await world.first(world.camille)
  ;({ cordee } = device)
})
afterEach(async () => {
  await world.stop()
})

test("a passkey is made after a proof of who asks, and signs in alone", async () => {
  await expect(cordee.addPasskey("Téléphone")).rejects.toMatchObject({ code: "reauthentication_required" })
  await expect(cordee.reauthenticate("000000")).rejects.toMatchObject({ code: "wrong_code" })
  await cordee.reauthenticate("123 456")
  await cordee.addPasskey("Téléphone")
  expect(device.browser.authenticator.asked).toEqual([{ publicKey: { challenge: "creation" } }])
  expect(await cordee.passkeys()).toEqual([
    { id: 7, name: "Téléphone", added: "2025-11-13T02:13:20.123Z", used: null },
  ])

  await cordee.signOut()
  await cordee.signInWithPasskey()
  await ready(device)
})

describe("with a fresh proof", () => {
  beforeEach(async () => {
    await cordee.reauthenticate(RIGHT_CODE)
  })

  test.each([
    ["NotAllowedError", "passkey_cancelled"],
    ["AbortError", "passkey_cancelled"],
    ["InvalidStateError", "passkey_exists"],
    ["ConstraintError", "passkey_unfit"],
    ["NotSupportedError", "passkey_unfit"],
  ])("an authenticator that answers %s registers nothing: %s", async (name, code) => {
    device.browser.authenticator.refusal = name
    await expect(cordee.addPasskey("Téléphone")).rejects.toMatchObject({ code })
    expect(await cordee.passkeys()).toEqual([])
  })

  test("one is removed, unless it is the last factor", async () => {
    await cordee.addPasskey("Téléphone")
    await cordee.addPasskey("Clé du bureau")
    await cordee.removePasskey(7)
    expect((await cordee.passkeys()).map(({ name }) => name)).toEqual(["Clé du bureau"])
    world.camille.factors.hasTotp = false
    await expect(cordee.removePasskey(8)).rejects.toMatchObject({ code: "last_factor" })
    expect(await cordee.passkeys()).toHaveLength(1)
  })

  test("a passkey is a proof too", async () => {
    await cordee.addPasskey("Téléphone")
    world.camille.factors.forget()
    await expect(cordee.removePasskey(7)).rejects.toMatchObject({ code: "reauthentication_required" })
    device.browser.authenticator.refusal = "NotAllowedError"
    await expect(cordee.reauthenticateWithPasskey()).rejects.toMatchObject({ code: "passkey_refused" })
    device.browser.authenticator.refusal = undefined
    await cordee.reauthenticateWithPasskey()
    await cordee.removePasskey(7)
    expect(await cordee.passkeys()).toEqual([])
  })
})

describe("a passkey that gives a secret", () => {
  const camille = (): Account => world.camille
  const opensVault = (): boolean =>
    camille().vault?.wrappers.some(({ unlocker }) => unlocker.startsWith("passkey:")) === true
  /** A new device of the same person that holds the same passkey. */
  const another = async (): Promise<Device> => {
    const made = await world.device(camille())
    Object.assign(made.browser, { authenticator: device.browser.authenticator })
    return made.reload()
  }

  beforeEach(async () => {
    await cordee.reauthenticate(RIGHT_CODE)
  })

  test("opens the vault from its making, and a new device with the gesture that signs in", async () => {
    device.browser.authenticator.prf = "always"
    await cordee.addPasskey("Téléphone")
    expect(opensVault()).toBe(true)
    const phone = await another()
    expect(phone.cordee.phase.get()).toMatchObject({ at: "locked", passkeys: 1 })
    await phone.cordee.signOut()
    await phone.cordee.signInWithPasskey()
    await ready(phone)
  })

  test("or from when the person asks for it, and unlocks a device that is signed in", async () => {
    device.browser.authenticator.prf = "when_used"
    await cordee.addPasskey("Téléphone")
    expect(opensVault()).toBe(false)
    await cordee.addPasskeyUnlock()
    expect(await cordee.unlockers()).toContainEqual(expect.objectContaining({ kind: "passkey", name: null }))
    const phone = await another()
    await phone.cordee.unlockWithPasskey()
    await ready(phone)
  })

  test("never sends it", async () => {
    device.browser.authenticator.prf = "always"
    const given: Uint8Array[] = []
    const { authenticator, request } = device.browser
    const sent: string[] = []
    Object.assign(device.browser, {
      request: (asked: HttpRequest) => {
        sent.push(JSON.stringify(asked))
        return request(asked)
      },
      authenticator: {
        get: async (...asked: Parameters<Passkeys["get"]>) => kept(await authenticator.get(...asked)),
        create: async (...asked: Parameters<Passkeys["create"]>) => kept(await authenticator.create(...asked)),
      },
    })
    const kept = (presented: Presented): Presented => {
      if (presented.prf !== null) given.push(presented.prf)
      return presented
    }
    const again = await device.reload()
    await again.cordee.addPasskey("Téléphone")
    await again.cordee.reauthenticateWithPasskey()
    await again.cordee.addPasskeyUnlock()
    expect(given).toHaveLength(3)
    const written = [...(given[0] ?? [])].join(",")
    for (const each of sent) {
      expect(each).not.toContain(toBase64(given[0] ?? new Uint8Array()).slice(0, 16))
      expect(each).not.toContain(written)
    }
  })

  test("opens nothing any more once it is removed", async () => {
    device.browser.authenticator.prf = "always"
    await cordee.addPasskey("Téléphone")
    const { key } = camille().vault ?? { key: 0 }
    await cordee.removePasskey(7)
    expect(opensVault()).toBe(false)
    expect(camille().vault?.key).toBe(key + 1)
  })

  test("that gives none cannot unlock", async () => {
    await cordee.addPasskey("Téléphone")
    await expect(cordee.addPasskeyUnlock()).rejects.toMatchObject({ code: "no_prf" })
    const phone = await another()
    await expect(phone.cordee.unlockWithPasskey()).rejects.toMatchObject({ code: "no_prf" })
    device.browser.authenticator.prf = "when_used"
    await expect(phone.cordee.unlockWithPasskey()).rejects.toMatchObject({ code: "passkey_refused" })
  })
})

test("nobody who is signed out is told to prove anything", async () => {
  device.browser.account = undefined
  await expect(cordee.addPasskey("Téléphone")).rejects.toMatchObject({ code: "signed_out" })
  await expect(cordee.passkeys()).rejects.toMatchObject({ code: "signed_out" })
})

test("a browser without passkeys asks nobody", async () => {
  const { browser } = device
  const asked: string[] = []
  const platform = nodePlatform({ origin: "http://localhost" })
  const without = createCordee({
    ...platform,
    request: (request) => {
      asked.push(request.path)
      return browser.request(request)
    },
    openProfile: async (user) => ({ ...(await platform.openProfile(user)), storage: createMemoryStorage() }),
  })
  await expect(without.addPasskey("Téléphone")).rejects.toMatchObject({ code: "no_passkeys" })
  await expect(without.reauthenticateWithPasskey()).rejects.toMatchObject({ code: "no_passkeys" })
  expect(asked).toEqual([])
})
