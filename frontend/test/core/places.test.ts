/** What happens to places in a circle: consent, opposition, hand-over, closing; and the timeline that tells of it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Circle, CircleTimeline, Invite, TimelineEntry } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import type { Account } from "./service/people.ts"
import type { CircleOf } from "./service/service.ts"
import { CONSENT } from "./service/told.ts"
import { accept, events, invite, openCircle, World, type Device } from "./service/world.ts"

let world: World
let camille: Device
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

async function inviteOutside(who: Account, more: Partial<Invite> = {}): Promise<void> {
  const { candidates } = await hers.candidates(who.card.family_name)
  const candidate = candidates.find(({ practitioner }) => practitioner === who.practitioner)
  if (candidate === undefined) throw new Error("not in the directory")
  const consent = { givenOn: "2026-11-20", how: "spoken" } as const
  await hers.invite({ candidate, role: "member", ground: "outside_team", notAfter: null, consent, ...more })
}

async function joined(who: Account): Promise<{ readonly device: Device; readonly circle: Circle }> {
  const device = await world.first(who)
  await invite(hers, who)
  return { device, circle: await accept(device) }
}

function role(circle: Circle, who: Account): string | undefined {
  return circle.view.get().detail?.members.find(({ user }) => user === who.id)?.role
}

function line({ entries }: CircleTimeline, what: string): TimelineEntry[] {
  return entries.filter((each) => (each.kind === "row" ? each.row.what : each.event.type) === what)
}

describe("the patient's wishes", () => {
  test("consent goes with the invitation, and taken back it takes the person out", async () => {
    const amadou = await world.first(world.amadou)
    await inviteOutside(world.amadou)
    const his = await accept(amadou)
    await hers.withdrawConsent(CONSENT, "au téléphone")
    await when(his.view, ({ composer }) => composer.state === "left")
    await when(hers.view, ({ readers }) => readers?.people === 1)
    expect(events(hers).slice(-1)).toEqual(["ended"])
  })

  test("opposition to one person takes that person out, to the circle closes it", async () => {
    const { circle: his } = await joined(world.amadou)
    const said = { toldOn: "2026-11-20", how: "spoken", reason: "" } as const
    await hers.oppose({ ...said, user: world.amadou.id })
    await when(his.view, ({ composer }) => composer.state === "left")
    await when(hers.view, ({ readers }) => readers?.people === 1)
    await hers.oppose({ ...said, user: null })
    const { composer } = await when(hers.view, (view) => view.composer.state === "closed")
    expect(composer).toEqual({ state: "closed", why: "circle_closed" })
  })
})

test("a closed circle can be read, not written in, and opened again", async () => {
  await hers.send("Avant")
  await hers.close("fin de prise en charge")
  await when(hers.view, ({ composer }) => composer.state === "closed")
  await expect(hers.send("Après")).rejects.toMatchObject({ code: "closed" })
  await hers.reopen("reprise")
  await when(hers.view, ({ composer }) => composer.state === "open")
})

describe("coordination is handed over", () => {
  test("for good, with a step down, in one commit", async () => {
    const { circle: his } = await joined(world.amadou)
    const before = onService().epoch
    await hers.handOver({ to: world.amadou.id, until: null, stepDown: true })
    expect(onService().epoch).toBe(before + 1)
    await when(his.view, () => role(his, world.amadou) === "coordinator" && role(his, world.camille) === "member")
    await expect(hers.end(world.amadou.id, "removed", "")).rejects.toMatchObject({ code: "not_allowed" })
  })

  test("for a while, and goes back by itself on the day", async () => {
    const { circle: his } = await joined(world.amadou)
    await hers.handOver({ to: world.amadou.id, until: "2026-12-24T22:59:59.000Z", stepDown: false })
    await when(hers.view, () => role(hers, world.amadou) === "coordinator")
    onService().asked.loansOver = [world.amadou.id]
    world.door.tellCircle(onService(), { t: "changed", what: "circle", circle: hers.id })
    await when(his.view, () => role(his, world.amadou) === "member")
    onService().asked.loansOver = []
    expect(role(hers, world.camille)).toBe("coordinator")
  })

  test("a server that says somebody's loan is over takes no more than that", async () => {
    const { circle: his } = await joined(world.amadou)
    onService().asked.loansOver = [world.camille.id, world.lea.id]
    world.door.tellCircle(onService(), { t: "changed", what: "circle", circle: hers.id })
    await his.send("Rien ne change")
    expect(role(hers, world.camille)).toBe("coordinator")
    onService().asked.loansOver = []
  })
})

describe("the timeline", () => {
  test("is what the chain has signed and what the tables tell, each said", async () => {
    const amadou = await world.first(world.amadou)
    await inviteOutside(world.amadou)
    await accept(amadou)
    await hers.setRole(world.amadou.id, "coordinator", null)
    const timeline = await hers.timeline()
    expect(timeline.entries.map((each) => [each.kind === "row" ? each.row.what : each.event.type, each.proof])).toEqual(
      [
        ["opened", "signed"],
        ["invited", "signed"],
        ["consent", "told"],
        ["joined", "signed"],
        ["role", "signed"],
      ],
    )
  })

  test("marks a line that the chain contradicts, and shows what the server keeps back", async () => {
    const { circle: his } = await joined(world.amadou)
    const { told } = onService()
    const invited = told.rows.findIndex(({ what }) => what === "invited")
    const [row] = told.rows.splice(invited, 1)
    if (row === undefined) throw new Error("nobody was invited")
    told.rows.splice(invited, 0, { ...row, ground: "chosen_by_patient" })
    told.add({ what: "ended", user: world.lea.id, by: world.camille.id, code: "removed" })
    const timeline = await his.timeline()
    expect(line(timeline, "invited").map(({ proof }) => proof).sort()).toEqual(["contradicted", "signed"])
    expect(line(timeline, "ended").map(({ proof }) => proof)).toEqual(["contradicted"])
  })
})
