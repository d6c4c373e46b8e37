/** A person's own devices: one is added and all hear of it, one goes, one is lost. A vault that is not the newest. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { fromBase64 } from "../../src/core/encoding/base64.ts"
import { readCertificate, verifyCertificate } from "../../src/core/identity/certificate.ts"
import type { DeviceId } from "../../src/core/ids.ts"
import { when } from "../../src/core/observable.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import { ready, World, type Device } from "./service/world.ts"

let world: World
let desk: Device & { readonly code: string }

beforeEach(async () => {
  world = new World()
  desk = await world.first(world.camille)
})
afterEach(async () => {
  await world.stop()
})

function idOf({ cordee }: Device): DeviceId {
  const phase = cordee.phase.get()
  if (phase.at !== "ready") throw new Error(`at ${phase.at}`)
  return phase.device
}

/** What opens the vault. */
async function unlockers({ cordee }: Device): Promise<string[]> {
  return (await cordee.unlockers()).map(({ kind }) => kind).sort()
}

const identity = (): string | undefined => world.camille.identity?.identity_key
const wrapped = (): string[] => world.camille.vault?.wrappers.map(({ unlocker }) => unlocker) ?? []

describe("a device that is added", () => {
  test("becomes an unlocker, and the others are told until the person has seen it", async () => {
    const phone = await world.further(world.camille, desk.code)
    expect(await unlockers(phone)).toEqual(["device", "device", "recovery"])
    expect(phone.cordee.newDevices.get()).toEqual([])
    const told = await when(desk.cordee.newDevices, (rows) => rows.length > 0)
    expect(told.map(({ id }) => id)).toEqual([idOf(phone)])

    const again = await desk.reload()
    await when(again.cordee.newDevices, (rows) => rows.length === 1)
    await again.cordee.deviceSeen(idOf(phone))
    expect(again.cordee.newDevices.get()).toEqual([])
    const third = await again.reload()
    expect(third.cordee.newDevices.get()).toEqual([])
  })

  test("has a name that can be changed", async () => {
    await desk.cordee.renameDevice(idOf(desk), "Poste de soins")
    expect((await desk.cordee.devices()).map(({ name }) => name)).toEqual(["Poste de soins"])
  })

  test("opens the vault by itself although its last write before was lost", async () => {
    const phone = await world.device(world.camille)
    const { request } = phone.browser
    const bend = phone.browser as unknown as { request: typeof request }
    bend.request = (sent) => (sent.method === "PUT" ? Promise.reject(new TypeError("cut")) : request(sent))
    const cut = await phone.reload()
    await expect(cut.cordee.unlock(desk.code)).rejects.toMatchObject({ code: "offline" })
    expect(wrapped()).toHaveLength(2)
    bend.request = request
    const again = await cut.reload()
    await ready(again)
    expect(wrapped()).toHaveLength(3)
  })
})

describe("a device that is taken away", () => {
  test("opens nothing that is written from then on", async () => {
    const phone = await world.further(world.camille, desk.code)
    const before = world.camille.vault?.key ?? 0
    const gone = idOf(phone)
    await desk.cordee.revokeDevice(gone)
    expect(world.camille.vault?.key).toBe(before + 1)
    expect(wrapped().sort()).toEqual([`device:${idOf(desk)}`, "recovery"])
    await when(phone.cordee.phase, ({ at }) => at === "device_ended")
    expect((await phone.reload()).cordee.phase.get().at).toBe("device_ended")
    // The code is still the same one.
    await world.further(world.camille, desk.code)
  })

  test("is no unlocker either when the page died between its end and the new vault key", async () => {
    const phone = await world.further(world.camille, desk.code)
    const ended = world.camille.devices.get(idOf(phone))
    await phone.cordee.stop()
    if (ended !== undefined) ended.ended = true
    await desk.reload()
    expect(wrapped()).toHaveLength(2)
  })

  test("cannot be this very one", async () => {
    await expect(desk.cordee.revokeDevice(idOf(desk))).rejects.toMatchObject({ code: "wrong_phase" })
    await expect(desk.cordee.deviceLost(idOf(desk))).rejects.toMatchObject({ code: "wrong_phase" })
  })

  test("makes room: there are eight at most", async () => {
    for (let count = 1; count < 8; count += 1) await world.further(world.camille, desk.code)
    const ninth = await world.device(world.camille)
    await expect(ninth.cordee.unlock(desk.code)).rejects.toMatchObject({ code: "too_many_devices" })
  })
})

describe("a device that is lost", () => {
  let phone: Device
  let tablet: Device
  beforeEach(async () => {
    phone = await world.further(world.camille, desk.code)
    tablet = await world.further(world.camille, desk.code)
  })

  test("takes identity, vault key and code with it; the remaining device goes on by itself", async () => {
    const before = identity()
    const lost = idOf(phone)
    const code = await desk.cordee.deviceLost(lost)
    expect(desk.cordee.phase.get()).toMatchObject({ at: "recovery_code", code })
    expect(identity()).not.toBe(before)
    expect(wrapped()).toEqual(expect.arrayContaining(["recovery", `device:${idOf(tablet)}`]))
    expect(wrapped()).not.toContain(`device:${lost}`)
    desk.cordee.recoveryCodeKept()
    await ready(desk)

    await when(phone.cordee.phase, ({ at }) => at === "device_ended")
    await when(tablet.cordee.phase, ({ at }) => at === "ready")
    const standing = fromBase64(identity() ?? "")
    const certificate = async (): Promise<unknown> => {
      const record = await readDevice(tablet.storage)
      return record && verifyCertificate(readCertificate(record.certificate), standing)
    }
    await expect.poll(certificate).toBeDefined()
    await ready(tablet)

    const old = await world.device(world.camille)
    await expect(old.cordee.unlock(desk.code)).rejects.toMatchObject({ code: "wrong_recovery_code" })
    await old.cordee.unlock(code.join(" "))
    await ready(old)
  })

  test("a page that dies after the server took it shows the code when it comes back", async () => {
    const { request } = desk.browser
    const bend = desk.browser as unknown as { request: typeof request }
    bend.request = async (sent) => {
      const answer = await request(sent)
      if (sent.path === "/api/identity/rotate") throw new TypeError("cut")
      return answer
    }
    const cut = await desk.reload()
    await expect(cut.cordee.deviceLost(idOf(phone))).rejects.toMatchObject({ code: "offline" })
    bend.request = request
    const again = await cut.reload()
    const phase = again.cordee.phase.get()
    if (phase.at !== "recovery_code") throw new Error(`at ${phase.at}`)
    again.cordee.recoveryCodeKept()
    await ready(again)
    const further = await world.device(world.camille)
    await further.cordee.unlock(phase.code.join(" "))
    await ready(further)
  })

  test("a page that dies before the server took it has no code to show, and the old one still works", async () => {
    const before = identity()
    const { request } = desk.browser
    const bend = desk.browser as unknown as { request: typeof request }
    bend.request = (sent) =>
      sent.path === "/api/identity/rotate" ? Promise.reject(new TypeError("cut")) : request(sent)
    const cut = await desk.reload()
    await expect(cut.cordee.deviceLost(idOf(phone))).rejects.toMatchObject({ code: "offline" })
    bend.request = request
    const again = await cut.reload()
    await ready(again)
    expect(identity()).toBe(before)
    const further = await world.device(world.camille)
    await further.cordee.unlock(desk.code)
  })
})

test("a device that nobody's identity has signed for gets no new certificate: it goes with the lost one", async () => {
  const phone = await world.further(world.camille, desk.code)
  const { devices } = world.camille
  const stranger = await world.first(world.amadou)
  const [ghost] = [...world.amadou.devices]
  if (ghost === undefined) throw new Error("no device")
  devices.set(...ghost)
  await desk.cordee.deviceLost(null)
  expect(devices.get(idOf(stranger))?.ended).toBe(true)
  expect(devices.get(idOf(phone))?.ended).toBe(false)
})

test("a device that was taken away, and that the server shows as standing, gets none either", async () => {
  const [phone, tablet] = [await world.further(world.camille, desk.code), await world.further(world.camille, desk.code)]
  const { devices } = world.camille
  const taken = idOf(phone)
  await desk.cordee.revokeDevice(taken)
  const shown = devices.get(taken)
  if (shown === undefined) throw new Error("no device")
  shown.ended = false
  await desk.cordee.deviceLost(null)
  expect(devices.get(taken)?.ended).toBe(true)
  expect(devices.get(idOf(tablet))?.ended).toBe(false)
})

test("nothing is signed onto a history of keys that has a hole", async () => {
  const phone = await world.further(world.camille, desk.code)
  world.camille.events.splice(1, 1)
  await expect(desk.cordee.revokeDevice(idOf(phone))).rejects.toMatchObject({ code: "unexpected_answer" })
  expect(world.camille.devices.get(idOf(phone))?.ended).toBe(false)
})

test("a new recovery code replaces the old one", async () => {
  const code = await desk.cordee.renewRecoveryCode()
  expect((await desk.reload()).cordee.phase.get()).toMatchObject({ at: "recovery_code", code })
  const further = await world.device(world.camille)
  await expect(further.cordee.unlock(desk.code)).rejects.toMatchObject({ code: "wrong_recovery_code" })
  await further.cordee.unlock(code.join(" "))
  await ready(further)
})

describe("when everything is lost", () => {
  test("a reset makes everything new, after a proof of who asks; a device of before says so", async () => {
    const before = identity()
    const phone = await world.device(world.camille)
    await expect(phone.cordee.resetIdentity()).rejects.toMatchObject({ code: "reauthentication_required" })
    expect((await phone.reload()).cordee.phase.get().at).toBe("locked")
    const again = await phone.reload()
    await again.cordee.reauthenticate("123456")
    await again.cordee.resetIdentity()
    expect(again.cordee.phase.get().at).toBe("recovery_code")
    expect(identity()).not.toBe(before)
    again.cordee.recoveryCodeKept()
    await ready(again)

    desk.browser.cut(4410)
    const refused = await when(desk.cordee.phase, ({ at }) => at === "refused")
    expect(refused).toMatchObject({ refusal: { code: "identity_changed" } })
    expect((await desk.reload()).cordee.phase.get()).toMatchObject({ refusal: { code: "identity_changed" } })
  })

  test("a rotation that the known key has not signed is no way to another identity", async () => {
    const phone = await world.further(world.camille, desk.code)
    await phone.cordee.stop()
    await desk.cordee.deviceLost(null)
    world.camille.rotations.splice(0)
    expect((await phone.reload()).cordee.phase.get()).toMatchObject({ refusal: { code: "identity_changed" } })
  })
})

describe("a vault that is not the newest", () => {
  test("is refused by a device that has seen a newer one", async () => {
    const old = world.camille.vault
    await world.further(world.camille, desk.code)
    const again = await desk.reload()
    world.camille.vault = old
    expect((await again.reload()).cordee.phase.get()).toMatchObject({
      at: "refused",
      refusal: { code: "vault_rolled_back" },
    })
  })

  test("or another in its place, is refused", async () => {
    const { vault } = world.camille
    if (vault === null) throw new Error("no vault")
    const sealed = btoa(`${atob(vault.sealed).slice(0, -1)}x`)
    world.camille.vault = { ...vault, sealed }
    expect((await desk.reload()).cordee.phase.get()).toMatchObject({ refusal: { code: "vault_rolled_back" } })
  })

  test("is opened when another device has written, and the same change is made again", async () => {
    const phone = await world.further(world.camille, desk.code)
    await desk.cordee.revokeDevice(idOf(phone))
    const tablet = await world.further(world.camille, desk.code)
    // The desk has not looked since: its next write meets a newer vault.
    const code = await desk.cordee.renewRecoveryCode()
    expect(wrapped()).toEqual(expect.arrayContaining(["recovery", `device:${idOf(tablet)}`]))
    const further = await world.device(world.camille)
    await further.cordee.unlock(code.join(" "))
    await ready(further)
  })
})
