/** Compartments, teams and exchanges: groups of their own, opened, joined and left as any circle is. */
import { afterEach, beforeEach, expect, test } from "vitest"
import { asId, type Circle, type OrganisationId } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { accept, invite, live, openCircle, shows, World, type Device } from "./service/world.ts"

const CPTS = asId<OrganisationId>("01980000-0000-7000-8000-0000000000aa")

let world: World
let camille: Device
let amadou: Device

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  amadou = await world.first(world.amadou)
})
afterEach(async () => {
  await world.stop()
})

async function talk(one: Circle, other: Circle): Promise<void> {
  await one.send("Bonjour")
  await shows(other, "Bonjour")
  await other.send("Bonsoir")
  await shows(one, "Bonsoir")
}

test("a team has no patient, and nobody in it a ground of the law", async () => {
  const hers = await live(camille.cordee, await camille.cordee.openTeam(CPTS, "Plaies"))
  await expect(invite(hers, world.amadou)).rejects.toMatchObject({ code: "wrong_ground" })
  await invite(hers, world.amadou, "member", "no_patient")
  const his = await accept(amadou)
  await talk(hers, his)
  expect(his.view.get().detail).toMatchObject({ kind: "team", name: "Plaies", patient: null })
})

test("nobody comes into a care circle about no patient", async () => {
  const hers = await openCircle(camille)
  await expect(invite(hers, world.amadou, "member", "no_patient")).rejects.toMatchObject({ code: "wrong_ground" })
})

test("a compartment has its own group, on the ground that the circle's chain says", async () => {
  const whole = await openCircle(camille)
  await invite(whole, world.amadou)
  const his = await accept(amadou)
  const part = await live(camille.cordee, await camille.cordee.openCompartment(whole.id, "Médical"))
  await part.send("Entre nous")
  await shows(part, "Entre nous")
  await whole.send("À tous")
  await shows(his, "À tous")
  expect(his.view.get().entries.some((entry) => entry.kind === "message" && entry.text === "Entre nous")).toBe(false)
  expect(part.view.get().detail?.members.map(({ ground }) => ground)).toEqual(["same_structure"])
  await expect(amadou.cordee.openCompartment(whole.id, "Le mien")).rejects.toMatchObject({ code: "not_found" })
})

test("an exchange invites the other, who coordinates it too", async () => {
  const hers = await live(camille.cordee, await camille.cordee.openExchange(world.amadou.id))
  const his = await accept(amadou)
  await talk(hers, his)
  expect(his.view.get().detail).toMatchObject({ kind: "direct", peer: { user: world.camille.id }, role: "coordinator" })
})

test("two who write to each other have one exchange: the second goes where the first has asked", async () => {
  const id = await camille.cordee.openExchange(world.amadou.id)
  await when(amadou.cordee.invitations, (each) => each?.length === 1)
  expect(await amadou.cordee.openExchange(world.camille.id)).toBe(id)
  const his = await live(amadou.cordee, id)
  await talk(await live(camille.cordee, id), his)
  expect(await camille.cordee.openExchange(world.amadou.id)).toBe(id)
})
