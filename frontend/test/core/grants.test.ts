/** History that a coordinator gives a newcomer: seen by all, read by the newcomer, refused from anybody else. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { sealTo } from "../../src/core/circle/epochKeys.ts"
import { readCertificate } from "../../src/core/identity/certificate.ts"
import { asId, type Circle, type Entry, type GrantId } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import { HISTORY_GRANT } from "../../src/core/statements/circle.ts"
import { makeStatement } from "../../src/core/statements/signed.ts"
import type { CircleOf } from "./service/service.ts"
import { accept, events, invite, openCircle, shows, texts, withPast, World, type Device } from "./service/world.ts"

let world: World
let camille: Device & { readonly code: string }
let amadou: Device & { readonly code: string }
let lea: Device & { readonly code: string }
let hers: Circle
let his: Circle
let leas: Circle

/** Camille writes alone (epochs 0, 1), then with Amadou (2, 3), then with Léa (4). */
beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  amadou = await world.first(world.amadou)
  lea = await world.first(world.lea)
  hers = await openCircle(camille)
  await hers.send("seule")
  await shows(hers, "seule")
  await invite(hers, world.amadou)
  his = await accept(amadou)
  await his.send("à deux")
  await shows(hers, "à deux")
  await invite(hers, world.lea)
  leas = await accept(lea)
  await hers.send("à trois")
  await shows(leas, "à trois")
})
afterEach(async () => {
  await world.stop()
})

function onService(): CircleOf {
  const found = world.service.circles.get(hers.id)
  if (found === undefined) throw new Error("no such circle")
  return found
}

async function granted(circle: Circle): Promise<Entry | undefined> {
  const { entries } = await when(circle.view, () => events(circle).includes("history_granted"))
  return entries.find((entry) => entry.kind === "event" && entry.event.type === "history_granted")
}

describe("a grant", () => {
  test("of everything is read from the beginning, and seen by all", async () => {
    await withPast(leas)
    expect(texts(leas)).toEqual(["à trois"])
    expect((await hers.grantable()).map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4])
    await hers.grantHistory(world.lea.id, 0)
    for (const circle of [hers, his, leas]) {
      expect(await granted(circle)).toMatchObject({
        event: { type: "history_granted", by: world.camille.id, user: world.lea.id, from: 0, to: 3 },
      })
    }
    expect(leas.view.get().hasEarlier).toBe(true)
    await withPast(leas)
    expect(texts(leas)).toEqual(["seule", "à deux", "à trois"])
    expect(events(leas)).toEqual(["opened", "invited", "joined", "invited", "joined", "history_granted"])
    expect(leas.view.get().composer.state).toBe("open")
  })

  test("from an epoch on gives nothing from before it", async () => {
    await hers.grantHistory(world.lea.id, 2)
    await granted(leas)
    await withPast(leas)
    expect(texts(leas)).toEqual(["à deux", "à trois"])
    expect(events(leas)).toEqual(["joined", "invited", "joined", "history_granted"])
    expect(leas.view.get().hasEarlier).toBe(false)
    await hers.grantHistory(world.lea.id, 0)
    await when(leas.view, ({ hasEarlier }) => hasEarlier)
    await withPast(leas)
    expect(texts(leas)).toEqual(["seule", "à deux", "à trois"])
  })

  test("is there for the person's next device too", async () => {
    await hers.grantHistory(world.lea.id, 0)
    await granted(leas)
    const phone = await world.further(world.lea, lea.code)
    const circle = phone.cordee.circle(hers.id)
    await when(circle.view, ({ composer }) => composer.state === "open")
    await withPast(circle)
    expect(texts(circle)).toEqual(["seule", "à deux", "à trois"])
  })

  test("gives only what the giver has", async () => {
    await expect(hers.grantHistory(world.amadou.id, 4)).rejects.toMatchObject({ code: "bad_grant" })
    await expect(his.grantHistory(world.lea.id, 0)).rejects.toMatchObject({ code: "bad_grant" })
    expect(events(leas)).not.toContain("history_granted")
  })

  test("with a wrong key shows nothing, says why, and can be given again", async () => {
    await hers.grantHistory(world.lea.id, 0)
    const index = onService().granted.findIndex(({ row }) => row.epoch === 0)
    const given = onService().granted[index]
    if (given === undefined) throw new Error("nothing given")
    const history = fromBase64(world.lea.identity?.history_key ?? "")
    const another = { circle: hers.id, epoch: 0, contentKey: new Uint8Array(32) }
    const sealed = await sealTo(history, another, world.lea.id, given.row.grant)
    onService().granted[index] = { ...given, row: { ...given.row, sealed } }
    await granted(leas)
    await withPast(leas)
    expect(texts(leas)).toEqual(["à deux", "à trois"])
    const wrong = leas.view.get().entries.find(({ kind }) => kind === "unreadable")
    expect(wrong).toMatchObject({ why: "wrong_key", author: world.camille.id })
    await hers.grantHistory(world.lea.id, 0)
    await shows(leas, "seule")
    expect(leas.view.get().composer.state).toBe("open")
  })
})

describe("a grant that nobody may give", () => {
  async function forged(
    by: Device,
    circle: Circle,
    change: (grant: Uint8Array) => Uint8Array = (grant) => grant,
  ): Promise<void> {
    const device = await readDevice(by.storage)
    if (device === undefined) throw new Error("no device")
    const says = {
      circle: circle.id,
      id: asId<GrantId>("019386c5-6d00-7a01-8004-0000000000aa"),
      user: world.lea.id,
      from: 0,
      to: 3,
      certificate: readCertificate(device.certificate),
      time: Date.now(),
    }
    const raw = change(await makeStatement(HISTORY_GRANT, says, device.signaturePrivateKey))
    const made = { kind: "grant", grant: toBase64(raw), device: device.device } as const
    const item = world.service.append(onService(), raw, made)
    world.door.tellCircle(onService(), { t: "item", circle: hers.id, ...item })
  }

  async function refusal(circle: Circle): Promise<string> {
    const { composer } = await when(circle.view, (view) => view.composer.state === "refused")
    return composer.state === "refused" ? composer.refusal.code : ""
  }

  test("by a member", async () => {
    await forged(amadou, hers)
    expect(await refusal(hers)).toBe("policy_without_right")
    expect(await refusal(leas)).toBe("policy_without_right")
  })

  test("with a signature that is not its signer's", async () => {
    await forged(camille, hers, (grant) => {
      const text = new TextDecoder().decode(grant)
      return new TextEncoder().encode(text.replace('"to":3', '"to":2'))
    })
    expect(await refusal(his)).toBe("bad_signature")
  })

  test("of another circle", async () => {
    const other = await openCircle(camille)
    await forged(camille, other)
    expect(await refusal(leas)).toBe("wrong_place")
  })

  test("as bytes that are none", async () => {
    await forged(camille, hers, (grant) => grant.slice(0, -1))
    expect(await refusal(leas)).toBe("unknown_form")
  })
})
