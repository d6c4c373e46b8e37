/** Announcements and events of a team: what they say, who writes them, and that every device refuses anybody else's. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Circle, CircleView, MessageEntry, ShownNotice } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { PATIENT, type Account } from "./service/people.ts"
import { accept, invite, live, openCircle, withPast, World, type Device } from "./service/world.ts"

const ANNOUNCEMENT: ShownNotice = { type: "announcement", title: "Permanence de fin d’année" }
const EVENT: ShownNotice = {
  type: "event",
  title: "Réunion de concertation",
  starts: "2026-12-03T12:30:00.000Z",
  ends: "2026-12-03T13:30:00.000Z",
  place: "Salle 2",
}

let world: World
let camille: Device & { readonly code: string }
let amadou: Device

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  amadou = await world.first(world.amadou)
})
afterEach(async () => {
  await world.stop()
})

async function openTeam({ cordee }: Device): Promise<Circle> {
  return live(cordee, await cordee.openCircle({ patient: PATIENT, informedOn: "2026-11-01", ground: "no_patient" }))
}

async function bringIn(team: Circle, who: Account): Promise<void> {
  const { candidates } = await team.candidates(who.card.family_name)
  const candidate = candidates.find(({ practitioner }) => practitioner === who.practitioner)
  if (candidate === undefined) throw new Error("not in the directory")
  await team.invite({ candidate, role: "member", ground: "no_patient", notAfter: null })
}

async function noticed(circle: Circle, title: string): Promise<MessageEntry> {
  const found = (each: CircleView["entries"]): MessageEntry | undefined =>
    each.find((entry) => entry.kind === "message" && entry.notice?.title === title && entry.seq !== null) as
      MessageEntry | undefined
  const view = await when(circle.view, ({ entries }) => found(entries) !== undefined)
  const entry = found(view.entries)
  if (entry === undefined) throw new Error("shown and gone")
  return entry
}

describe("in a team", () => {
  let hers: Circle
  let his: Circle

  beforeEach(async () => {
    hers = await openTeam(camille)
    await bringIn(hers, world.amadou)
    his = await accept(amadou)
  })

  test("its coordinator announces, and every member reads it as it was written", async () => {
    await hers.announce(ANNOUNCEMENT, "Le 24, appelez le 05.")
    await hers.announce(EVENT, "")
    expect(await noticed(his, ANNOUNCEMENT.title)).toMatchObject({
      notice: ANNOUNCEMENT,
      text: "Le 24, appelez le 05.",
    })
    expect(await noticed(his, EVENT.title)).toMatchObject({ notice: EVENT, text: "", mine: false })
    expect(his.view.get().unread).toBe(2)
    // They count among her messages.
    await hers.send("Bonne semaine")
    await when(his.view, ({ unread }) => unread === 3)
    expect(his.view.get().entries.map(({ kind }) => kind)).not.toContain("gap")
  })

  test("what is announced while the network is away goes out as it was written", async () => {
    camille.browser.isConnected = false
    camille.browser.cut()
    await when(hers.view, ({ composer }) => composer.state === "offline")
    await hers.announce(EVENT, "Ordre du jour à venir")
    expect(hers.view.get().entries.at(-1)).toMatchObject({ notice: EVENT, seq: null })
    camille.browser.isConnected = true
    const again = await camille.reload()
    await live(again.cordee, hers.id)
    expect(await noticed(his, EVENT.title)).toMatchObject({ notice: EVENT, text: "Ordre du jour à venir" })
  })

  test("it is there on a device that comes later, and after a reload", async () => {
    await hers.announce(EVENT, "Venez")
    await noticed(his, EVENT.title)
    const phone = await world.further(world.camille, camille.code)
    expect(await noticed(await withPast(await live(phone.cordee, hers.id)), EVENT.title)).toMatchObject({
      notice: EVENT,
    })
    const again = await amadou.reload()
    expect(await noticed(await live(again.cordee, his.id), EVENT.title)).toMatchObject({ text: "Venez" })
  })

  test("an erased one goes everywhere", async () => {
    await hers.announce(ANNOUNCEMENT, "")
    const { id } = await noticed(his, ANNOUNCEMENT.title)
    await noticed(hers, ANNOUNCEMENT.title)
    await hers.erase(id)
    await when(his.view, ({ entries }) => entries.some(({ kind }) => kind === "erased"))
  })

  test.each([
    { ...ANNOUNCEMENT, title: "  " },
    { ...EVENT, ends: EVENT.starts },
    { ...EVENT, starts: "jeudi" },
    { ...EVENT, place: "a".repeat(201) },
  ] satisfies readonly ShownNotice[])("what no member could read is not written: %j", async (bad) => {
    await expect(hers.announce(bad, "")).rejects.toMatchObject({ code: "bad_notice" })
    expect(hers.view.get().entries.some(({ kind }) => kind === "message")).toBe(false)
  })

  test("a member's own is refused by every device, whatever the server lets pass", async () => {
    his.announce(ANNOUNCEMENT, "").catch(() => undefined)
    const { composer } = await when(hers.view, (view) => view.composer.state === "refused")
    expect(composer).toMatchObject({
      refusal: { code: "policy_without_right", detail: "announces without right" },
    })
  })
})

test("around a patient nobody announces, not even a coordinator", async () => {
  const hers = await openCircle(camille)
  await invite(hers, world.amadou)
  const his = await accept(amadou)
  hers.announce(ANNOUNCEMENT, "").catch(() => undefined)
  const { composer } = await when(his.view, (view) => view.composer.state === "refused")
  expect(composer).toMatchObject({ refusal: { code: "policy_without_right", detail: "announces without right" } })
})
