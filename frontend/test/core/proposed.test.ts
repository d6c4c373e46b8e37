/** A circle that a program proposed is opened with the id that the server names, and never over one that is there. */
import { afterEach, beforeEach, expect, test } from "vitest"
import { asId, type CircleId } from "../../src/core/index.ts"
import { PATIENT } from "./service/people.ts"
import { accept, invite, openCircle, shows, World, type Device } from "./service/world.ts"

let world: World
let camille: Device

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
})
afterEach(async () => {
  await world.stop()
})

test("it is opened with the proposed id", async () => {
  const proposed = asId<CircleId>("019a20ff-0000-7000-8000-000000000001")
  const id = await camille.cordee.openCircle({
    patient: PATIENT,
    informedOn: "2026-11-01",
    ground: "formal_team",
    proposed,
  })
  expect(id).toBe(proposed)
})

test("the id of a circle in which one is already is refused, and that circle goes on", async () => {
  const hers = await openCircle(camille)
  const amadou = await world.first(world.amadou)
  await invite(hers, world.amadou)
  const his = await accept(amadou)
  await expect(
    camille.cordee.openCircle({ patient: PATIENT, informedOn: "2026-11-01", ground: "formal_team", proposed: hers.id }),
  ).rejects.toMatchObject({ code: "id_taken" })
  await hers.send("Toujours là")
  await shows(his, "Toujours là")
})
