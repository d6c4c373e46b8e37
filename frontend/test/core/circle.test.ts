/** The main job, with three people and their devices on an honest service. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { asId, type CircleId, type MessageEntry } from "../../src/core/index.ts"
import { circles } from "../../src/core/circle/records.ts"
import { when } from "../../src/core/observable.ts"
import { accept, events, invite, live, openCircle, shows, texts, withPast, World } from "./service/world.ts"

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(async () => {
  await world.stop()
  expect(world.devices.flatMap(({ failures }) => failures)).toEqual([])
})

function message(entry: unknown): MessageEntry {
  return entry as MessageEntry
}

describe("people", () => {
  test("open, invite, join, write, read", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await hers.send("Bonjour")
    await shows(hers, "Bonjour")
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await hers.send("Bienvenue")
    await his.send("Merci")
    await shows(hers, "Merci")
    await shows(his, "Bienvenue")
    expect(texts(his).sort()).toEqual(["Bienvenue", "Merci"])
    expect(events(hers)).toEqual(["opened", "invited", "joined"])
    await when(his.view, () => events(his).length > 0)
    expect(events(his)).toEqual(["joined"])
  })

  test("read when a message was written as its author's clock tells it, in the conversation and in the list", async () => {
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    const created = Date.parse("2026-11-03T08:10:00.000Z")
    await hers.send("Gardé longtemps", { created })
    const entry = message(await shows(hers, "Gardé longtemps"))
    expect(entry.created).toBe("2026-11-03T08:10:00.000Z")
    expect(entry.at).not.toBe(entry.created)
    const list = await when(camille.cordee.circles, (each) => each?.[0]?.last != null)
    expect(list?.[0]?.last).toMatchObject({ at: entry.at, created: entry.created, text: "Gardé longtemps" })
  })

  test("see what was delivered and read, each person once", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await hers.send("Pansement refait")
    const entry = await shows(his, "Pansement refait")
    expect(his.view.get().unread).toBe(1)
    await when(hers.view, ({ entries }) => {
      const last = entries.at(-1)
      return last?.kind === "message" && last.sending?.state === "sent" && last.sending.delivered.length === 1
    })
    his.markRead(entry.seq ?? 0)
    await when(hers.view, ({ entries }) => {
      const last = entries.at(-1)
      return last?.kind === "message" && last.sending?.state === "sent" && last.sending.read.includes(world.amadou.id)
    })
    expect(his.view.get().unread).toBe(0)
  })

  test("a third comes, one is removed and reads nothing of what follows", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const lea = await world.first(world.lea)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await invite(hers, world.lea)
    const leas = await accept(lea)
    await his.send("Avant")
    await Promise.all([shows(hers, "Avant"), shows(leas, "Avant")])

    await hers.end(world.amadou.id, "removed", "erreur")
    await when(his.view, ({ composer }) => composer.state === "left")
    await hers.send("Après")
    await shows(leas, "Après")
    expect(texts(his)).toEqual(["Avant"])
    await expect(his.send("encore")).rejects.toMatchObject({ code: "closed" })
    expect(amadou.cordee.circles.get()?.length ?? 0).toBe(0)
    expect(events(leas)).toEqual(["joined", "ended"])
    // His keys of the epochs he was in stay his; the new epoch's is not among them.
    const sealed = world.service.circles.get(hers.id)?.keys.get(5)
    expect([...(sealed?.keys() ?? [])].sort()).toEqual([world.camille.id, world.lea.id].sort())
  })

  test("someone declines and is taken out of the policy without being asked for", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const [invitation] = (await when(amadou.cordee.invitations, (each) => each?.length === 1)) ?? []
    if (invitation === undefined) throw new Error("not invited")
    await amadou.cordee.decline(invitation.id, "unavailable", "")
    await when(hers.view, () => events(hers).includes("ended"))
    expect(hers.view.get().entries.at(-1)).toMatchObject({ event: { type: "ended", code: "declined" } })
    await invite(hers, world.amadou)
    await accept(amadou)
  })

  test("whom the service ended alone is removed by the next coordinator's device; messages wait for it", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    await accept(amadou)
    const circle = world.service.circles.get(hers.id)
    if (circle === undefined) throw new Error("no circle")
    await world.service.endAlone(circle, world.amadou.id)
    await hers.send("Attend")
    await hers.refresh()
    await shows(hers, "Attend")
    expect(events(hers).at(-1)).toBe("ended")
  })
})

describe("devices", () => {
  test("a second device of the same person reads everything, and both go on", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    for (const text of ["un", "deux"]) await hers.send(text)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await his.send("trois")
    await shows(hers, "trois")

    const phone = await world.further(world.camille, camille.code)
    const onPhone = await withPast(await live(phone.cordee, hers.id))
    expect(texts(onPhone)).toEqual(["un", "deux", "trois"])
    expect(events(onPhone)).toEqual(["opened", "invited", "joined", "device_added"])
    await onPhone.send("quatre")
    await Promise.all([shows(hers, "quatre"), shows(his, "quatre")])
    await hers.send("cinq")
    await shows(onPhone, "cinq")
    expect(onPhone.view.get().entries.some(({ kind }) => kind === "gap" || kind === "unreadable")).toBe(false)
    expect(his.view.get().entries.some(({ kind }) => kind === "gap")).toBe(false)
  })

  test("a device whose leaf went is still read by a later one", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await his.send("Avant de partir")
    await shows(hers, "Avant de partir")
    await hers.end(world.amadou.id, "removed", "")
    const phone = await world.further(world.camille, camille.code)
    const onPhone = await withPast(await live(phone.cordee, hers.id))
    expect(texts(onPhone)).toEqual(["Avant de partir"])
  })

  test("a member's later device reads someone who came before the member and has left", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const lea = await world.first(world.lea)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await invite(hers, world.lea)
    const leas = await accept(lea)
    await when(his.view, () => events(his).length === 3)
    await his.send("sans autre trace que ce message")
    await shows(leas, "sans autre trace que ce message")
    await hers.end(world.amadou.id, "removed", "")
    await when(leas.view, () => events(leas).includes("ended"))
    const phone = await world.further(world.lea, lea.code)
    const onPhone = await withPast(await live(phone.cordee, hers.id))
    expect(texts(onPhone)).toEqual(["sans autre trace que ce message"])
    expect(events(onPhone)).toEqual(["joined", "ended", "device_added"])
  })

  test("a page that is loaded again continues where it was, also with unsent messages", async () => {
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    await hers.send("envoyé")
    await shows(hers, "envoyé")
    camille.browser.isConnected = false
    camille.browser.cut()
    await when(hers.view, ({ composer }) => composer.state === "offline")
    await hers.send("hors ligne")
    expect(message(hers.view.get().entries.at(-1)).sending).toEqual({ state: "waiting" })
    camille.browser.isConnected = true
    const again = await camille.reload()
    const circle = await live(again.cordee, hers.id)
    await shows(circle, "hors ligne")
    expect(texts(circle)).toEqual(["envoyé", "hors ligne"])
  })

  test("cut off while others write and change the group, it catches up and sends what waited", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    amadou.browser.isConnected = false
    amadou.browser.cut()
    await when(his.view, ({ composer }) => composer.state === "offline")
    await his.send("du tunnel")
    await hers.send("pendant ce temps")
    const lea = await world.first(world.lea)
    await invite(hers, world.lea)
    await accept(lea)
    amadou.browser.isConnected = true
    await shows(hers, "du tunnel")
    await shows(his, "pendant ce temps")
    expect(texts(his)).toEqual(["pendant ce temps", "du tunnel"])
  })

  test("an acknowledgement that was lost does not send a message twice", async () => {
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    camille.browser.tamper.frame = (frame) => (frame["t"] === "ack" || frame["t"] === "item" ? undefined : frame)
    await hers.send("une fois")
    await new Promise((resolve) => setTimeout(resolve, 50))
    delete camille.browser.tamper.frame
    camille.browser.cut()
    await shows(hers, "une fois")
    await hers.send("puis une autre")
    await shows(hers, "puis une autre")
    expect(texts(hers)).toEqual(["une fois", "puis une autre"])
  })

  test("a commit whose answer was lost is found in the log and not made twice", async () => {
    const camille = await world.first(world.camille)
    await world.first(world.amadou)
    const hers = await openCircle(camille)
    camille.browser.tamper.frame = (frame) => (frame["t"] === "committed" || frame["t"] === "item" ? undefined : frame)
    const invited = invite(hers, world.amadou)
    await new Promise((resolve) => setTimeout(resolve, 100))
    delete camille.browser.tamper.frame
    camille.browser.cut()
    await invited
    expect(events(hers)).toEqual(["opened", "invited"])
  })

  test("two coordinators act at once: one is first, the other follows", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    await world.first(world.lea)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou, "coordinator")
    const his = await accept(amadou)
    const phone = await world.further(world.amadou, amadou.code)
    const onPhone = await live(phone.cordee, hers.id)
    await Promise.all([invite(hers, world.lea), his.send("en même temps"), onPhone.send("et d’ici")])
    await Promise.all([shows(hers, "en même temps"), shows(his, "et d’ici"), shows(onPhone, "en même temps")])
    await when(onPhone.view, () => events(onPhone).includes("invited"))
  })
})

test("a device renews its leaf before it sends, when it is old", async () => {
  const camille = await world.first(world.camille)
  const amadou = await world.first(world.amadou)
  const hers = await openCircle(camille)
  await invite(hers, world.amadou)
  const his = await accept(amadou)
  const record = await circles.get(amadou.storage, his.id)
  if (record === undefined) throw new Error("no record")
  await amadou.cordee.stop()
  await amadou.storage.write([circles.put({ ...record, renewed: record.renewed - 31 * 24 * 3600 * 1000 }, his.id)])
  const again = await amadou.reload()
  const circle = await live(again.cordee, his.id)
  await circle.send("avec de nouvelles clés")
  await shows(hers, "avec de nouvelles clés")
  expect(world.service.circles.get(his.id)?.epoch).toBe(3)
  expect(events(hers)).toEqual(["opened", "invited", "joined"])
})

test("what cannot be done says why", async () => {
  const camille = await world.first(world.camille)
  const hers = await openCircle(camille)
  await expect(hers.send(" ")).rejects.toMatchObject({ code: "empty" })
  await expect(hers.send("x".repeat(50_000))).rejects.toMatchObject({ code: "too_long" })
  await expect(hers.end(world.camille.id, "left", "")).rejects.toMatchObject({ code: "last_coordinator" })
  const nowhere = asId<CircleId>("019386c5-6d00-7a01-8001-0000000000ff")
  await expect(camille.cordee.circle(nowhere).send("?")).rejects.toMatchObject({ code: "closed" })
  camille.browser.isConnected = false
  await expect(camille.cordee.devices()).rejects.toMatchObject({ code: "offline" })
  await expect(camille.cordee.makeKeys()).rejects.toMatchObject({ code: "wrong_phase" })
})
