/** What of a circle needs a person: who is named, what is urgent and not confirmed, and the order that it makes. */
import { afterEach, beforeEach, expect, test } from "vitest"
import type { Circle, CircleSummary, MessageEntry } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import type { ClientFrame } from "../../src/core/sync/frames.ts"
import { accept, invite, openCircle, shows, World, type Device } from "./service/world.ts"

let world: World
let camille: Device
let amadou: Device
let hers: Circle
let his: Circle

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  amadou = await world.first(world.amadou)
  hers = await openCircle(camille)
  await hers.send("Avant son arrivée", { urgent: true })
  await invite(hers, world.amadou)
  his = await accept(amadou)
})
afterEach(async () => {
  await world.stop()
})

async function summary(of: (summary: CircleSummary) => boolean): Promise<CircleSummary> {
  const circles = await when(
    amadou.cordee.circles,
    (each) => each?.some((one) => one.row.id === hers.id && of(one)) === true,
  )
  const found = circles?.find(({ row }) => row.id === hers.id)
  if (found === undefined) throw new Error("not listed")
  return found
}

test("who is named counts it until it is read, also after a reload", async () => {
  await hers.send("Pour @Amadou FERRIER", { mentions: [world.amadou.id, world.amadou.id] })
  await hers.send("Pour tous")
  expect(await summary(({ unread }) => unread === 2)).toMatchObject({ mentioned: 1 })
  const entry = (await shows(his, "Pour @Amadou FERRIER")) as MessageEntry
  expect(entry.mentions).toEqual([world.amadou.id])
  amadou = await amadou.reload()
  expect(await summary(({ unread }) => unread === 2)).toMatchObject({ mentioned: 1 })
  amadou.cordee.circle(hers.id).markRead(entry.seq ?? 0)
  expect(await summary(({ unread }) => unread === 1)).toMatchObject({ mentioned: 0 })
})

test("an urgent message needs its reader until confirmed, and never who came in later", async () => {
  expect(await summary(() => true)).toMatchObject({ toConfirm: null })
  await hers.send("Chute ce matin", { urgent: true })
  const asked = await summary(({ toConfirm }) => toConfirm !== null)
  expect(asked.toConfirm).toMatchObject({ count: 1 })
  const entry = (await shows(his, "Chute ce matin")) as MessageEntry
  await his.acknowledge(entry.id)
  await summary(({ toConfirm }) => toConfirm === null)
})

test("who takes an urgent message has confirmed it, and may take it after having confirmed", async () => {
  await hers.send("Perfusion arrachée", { urgent: true })
  const entry = (await shows(his, "Perfusion arrachée")) as MessageEntry
  await his.acknowledge(entry.id)
  await his.acknowledge(entry.id, true)
  await his.acknowledge(entry.id, true)
  const { entries } = await when(hers.view, (view) =>
    view.entries.some((each) => each.kind === "message" && each.takers.length > 0),
  )
  const shown = entries.find((each) => each.kind === "message" && each.id === entry.id)
  expect(shown).toMatchObject({ acks: [world.amadou.id], takers: [world.amadou.id] })
})

test("what needs me comes first, whatever was touched last", async () => {
  const urgent = await openCircle(camille)
  await invite(urgent, world.amadou)
  await accept(amadou)
  await urgent.send("À confirmer", { urgent: true })
  await hers.send("Pour @Amadou FERRIER", { mentions: [world.amadou.id] })
  await openCircle(amadou)
  const ranked = await when(
    amadou.cordee.circles,
    (each) => each?.length === 3 && each.some(({ mentioned }) => mentioned > 0) && each[0]?.toConfirm !== null,
  )
  expect(ranked?.slice(0, 2).map(({ row }) => row.id)).toEqual([urgent.id, hers.id])
})

test("the server is told what an answer is about, and says whom it reminded", async () => {
  await hers.send("Chute ce matin", { urgent: true })
  const entry = (await shows(his, "Chute ce matin")) as MessageEntry
  const sent: ClientFrame[] = []
  amadou.browser.tamper.lose = (frame) => {
    if (frame.t === "send") sent.push(frame)
    return false
  }
  await his.acknowledge(entry.id)
  await his.acknowledge(entry.id, true)
  await his.send("J’y vais")
  await shows(hers, "J’y vais")
  expect(sent.map((frame) => frame.t === "send" && [frame.answers, frame.takes])).toEqual([
    [entry.id, false],
    [entry.id, true],
    [null, false],
  ])
  const service = world.service.circles.get(hers.id)
  if (service === undefined) throw new Error("no circle")
  const reminder = { message: entry.id, reminded: "2026-11-22T09:15:00.000Z", escalated: null }
  service.asked.reminders.push(reminder)
  world.door.tellCircle(service, { t: "changed", what: "circle", circle: hers.id })
  const { reminders } = await when(hers.view, (view) => view.reminders.size > 0)
  expect(reminders.get(entry.id)).toEqual({ reminded: reminder.reminded, escalated: null })
})
