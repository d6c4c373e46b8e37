/** The main job, with three people and their devices on an honest service. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { accept, events, invite, openCircle, shows, texts, World } from "./service/world.ts"

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(async () => {
  await world.stop()
  expect(world.devices.flatMap(({ failures }) => failures)).toEqual([])
})

describe("three people", () => {
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
    expect(events(his)).toEqual(["joined"])
  })
})
