/** What is due in a circle is done by whoever is there, and by hand what only a person can decide. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import type { Circle, DeviceId } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { directoryName } from "../../src/core/circle/invitee.ts"
import { ATTESTATION } from "../../src/core/statements/identity.ts"
import { makeStatement } from "../../src/core/statements/signed.ts"
import { someone } from "../vectors/cast.ts"
import { STEWARD_SEED } from "./service/asked.ts"
import type { Account } from "./service/people.ts"
import type { CircleOf } from "./service/service.ts"
import { accept, events, invite, live, openCircle, ready, shows, World, type Device } from "./service/world.ts"

let world: World
let camille: Device & { readonly code: string }
let hers: Circle

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  hers = await openCircle(camille)
})
afterEach(async () => {
  await world.stop()
  expect(world.devices.flatMap(({ failures }) => failures)).toEqual([])
})

function onService(): CircleOf {
  const found = world.service.circles.get(hers.id)
  if (found === undefined) throw new Error("no circle")
  return found
}

function tell(): void {
  world.door.tellCircle(onService(), { t: "changed", what: "circle", circle: hers.id })
}

function hasEvent(circle: Circle, type: string): Promise<unknown> {
  return when(circle.view, () => events(circle).includes(type))
}

/** The registrar of the circle's organisation signs for a person's key. */
async function attest(
  who: Account,
  identity = who.identity?.identity_key,
  name = directoryName(who.card),
  time = Date.now(),
): Promise<void> {
  if (identity === undefined) throw new Error("no key")
  const { organisation } = who.card
  if (organisation === null) throw new Error("no organisation")
  const says = {
    user: who.id,
    organisation: organisation.id,
    identity: fromBase64(identity),
    name,
    number: `8${who.id.slice(-10)}`,
    system: "https://rpps.esante.gouv.fr",
    time,
  }
  onService().asked.attestations[who.id] = toBase64(await makeStatement(ATTESTATION, says, STEWARD_SEED))
}

describe("without anybody's asking", () => {
  test("a removal that the server ordered is committed by a plain member, and what waited goes", async () => {
    const [amadou, lea] = [await world.first(world.amadou), await world.first(world.lea)]
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await invite(hers, world.lea)
    await accept(lea)
    await when(his.view, ({ readers }) => readers?.people === 3)
    await camille.cordee.stop()
    await lea.cordee.stop()
    await world.service.endAlone(onService(), world.lea.id)
    await his.send("Attend")
    await when(his.view, ({ composer }) => composer.state === "rekeying")
    await shows(his, "Attend")
    expect(his.view.get().readers).toEqual({ people: 2, devices: 2 })
    expect(events(his).slice(-1)).toEqual(["ended"])
  })

  test("who leaves is taken out by somebody else's device", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await his.leave("fin de mission")
    await when(his.view, ({ composer }) => composer.state === "left")
    await hasEvent(hers, "ended")
    await when(hers.view, ({ readers }) => readers?.people === 1)
  })

  test("a device that the server ended loses its leaf by its owner's other device", async () => {
    const phone = await world.further(world.camille, camille.code)
    const again = await live(phone.cordee, hers.id)
    await when(hers.view, ({ readers }) => readers?.devices === 2)
    const id = phoneOf(again)
    await phone.cordee.stop()
    await world.service.endAlone(onService(), world.camille.id, id)
    tell()
    await hasEvent(hers, "device_revoked")
    expect(hers.view.get().readers?.devices).toBe(1)
  })

  test("after a loss the new keys are taken: the owner's device stays, the lost one is out", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    const phone = await world.further(world.camille, camille.code)
    const lost = phoneOf(await live(phone.cordee, hers.id))
    await phone.cordee.stop()
    await camille.cordee.deviceLost(lost)
    camille.cordee.recoveryCodeKept()
    await ready(camille)
    const again = await live(camille.cordee, hers.id)
    await hasEvent(his, "identity_rotated")
    await when(his.view, ({ readers }) => readers?.devices === 2)
    await again.send("Sous ma nouvelle clé")
    await shows(his, "Sous ma nouvelle clé")
    expect(his.view.get().devices.get(world.camille.id)).toHaveLength(1)
  })

  test("somebody without keys is invited, and let in by a registrar's signature for what the inviter saw", async () => {
    await invite(hers, world.lea)
    const lea = await world.first(world.lea)
    await attest(world.lea)
    const [invitation] = (await when(lea.cordee.invitations, (each) => each?.length === 1)) ?? []
    expect(invitation).toMatchObject({ admission: "to_ask" })
    if (invitation === undefined) throw new Error("not invited")
    await lea.cordee.accept(invitation.id)
    await hasEvent(hers, "admitted")
    const leas = await live(lea.cordee, hers.id)
    await leas.send("Me voici")
    await shows(hers, "Me voici")
    await when(hers.view, ({ people }) => people.get(world.lea.id)?.trust === "attested")
  })

  test("a member becomes coordinator by the organisation's order", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await onService().asked.restore(hers.id, world.amadou.id)
    tell()
    await hasEvent(hers, "restored")
    await hasEvent(his, "restored")
  })
})

test("commits that two people could not process are shown with who made them", async () => {
  const report = { committer: world.amadou.id, reporters: [world.camille.id, world.lea.id], reason: "unprocessable" }
  onService().asked.reports = [{ ...report, epoch: 4 }]
  tell()
  const { reports } = await when(hers.view, (view) => view.reports.length > 0)
  expect(reports).toEqual([report])
})

describe("by hand", () => {
  test("who comes with keys that nobody has signed for waits for a coordinator", async () => {
    await invite(hers, world.lea)
    const lea = await world.first(world.lea)
    const [invitation] = (await when(lea.cordee.invitations, (each) => each?.length === 1)) ?? []
    if (invitation === undefined) throw new Error("not invited")
    await lea.cordee.accept(invitation.id)
    const { waiting } = await when(hers.view, (view) => view.waiting.admissions.length === 1)
    expect(waiting.admissions[0]).toMatchObject({ user: world.lea.id, attested: false, safety: { compared: false } })
    expect(waiting.admissions[0]?.safety.digits).toHaveLength(12)
    await hers.admit(world.lea.id)
    await live(lea.cordee, hers.id)
    expect(hers.view.get().people.get(world.lea.id)?.trust ?? "not_verified").toBe("not_verified")
    await when(hers.view, (view) => view.waiting.admissions.length === 0)
  })

  test("a registrar's signature from before the invitation lets nobody in by itself", async () => {
    await invite(hers, world.lea)
    const lea = await world.first(world.lea)
    await attest(world.lea, world.lea.identity?.identity_key, directoryName(world.lea.card), Date.now() - 86_400_000)
    const [invitation] = (await when(lea.cordee.invitations, (each) => each?.length === 1)) ?? []
    if (invitation === undefined) throw new Error("not invited")
    await lea.cordee.accept(invitation.id)
    await when(hers.view, (view) => view.waiting.admissions.length === 1)
    await new Promise((resolve) => {
      setTimeout(resolve, 300)
    })
    expect(events(hers)).not.toContain("admitted")
  })

  test("new keys without the old ones are taken by a coordinator's hand alone, and cost the old devices", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    const { identity, history, historySignature } = await someone("amadou again", 2)
    onService().asked.resets.push({
      user: world.amadou.id,
      identity_key: toBase64(identity),
      history_key: toBase64(history),
      history_sig: toBase64(historySignature),
      since: new Date().toISOString(),
    })
    await attest(world.amadou, toBase64(identity), "AUTRE Nom")
    tell()
    const { waiting } = await when(hers.view, (view) => view.waiting.resets.length === 1)
    expect(waiting.resets[0]?.attested).toBe(false)
    await when(his.view, (view) => view.waiting.resets.length === 1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(events(hers)).not.toContain("identity_reset")
    await attest(world.amadou, toBase64(identity))
    tell()
    await when(hers.view, (view) => view.waiting.resets[0]?.attested === true)
    await amadou.cordee.stop()
    await camille.cordee.safetyNumber(world.amadou.id)
    await hers.confirmReset(world.amadou.id)
    await hasEvent(hers, "identity_reset")
    // The digits on the screen were the old key's.
    await camille.cordee.markCompared(world.amadou.id)
    expect(await camille.cordee.safetyNumber(world.amadou.id)).toMatchObject({ compared: false })
    expect(hers.view.get().readers).toEqual({ people: 1, devices: 1 })
  })

  test("a role is given and taken; the last coordinator stays", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await hers.setRole(world.amadou.id, "coordinator", null)
    await hasEvent(his, "role")
    await his.setRole(world.camille.id, "member", null)
    await hasEvent(hers, "role")
    await expect(his.setRole(world.amadou.id, "member", null)).rejects.toMatchObject({ code: "last_coordinator" })
    await expect(hers.setRole(world.amadou.id, "guest", null)).rejects.toMatchObject({ code: "not_allowed" })
  })

  test("a coordinator takes one device of another out, and it does not come back", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    const [device] = his.view.get().devices.get(world.amadou.id) ?? []
    if (device === undefined) throw new Error("no device")
    await hers.endDevice(world.amadou.id, device)
    await hasEvent(hers, "device_revoked")
    await when(his.view, ({ composer }) => composer.state !== "open")
    expect(hers.view.get().devices.get(world.amadou.id)).toBe(undefined)
  })
})

/** Her second device. */
function phoneOf(circle: Circle): DeviceId {
  const [first] = world.camille.devices.keys()
  const found = circle.view.get().devices.get(world.camille.id)?.find((device) => device !== first)
  if (found === undefined) throw new Error("no phone")
  return found
}
