/** Passkeys: made after a fresh proof, enough to sign in with alone, taken away again. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createCordee, createMemoryStorage, type Cordee } from "../../src/core/index.ts"
import { nodePlatform } from "../../src/platform/node.ts"
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
