import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { when } from "../../src/core/observable.ts"
import { asId, type InvitationId } from "../../src/core/index.ts"
import { invite, openCircle, ready, shows, World, events, live } from "./service/world.ts"

let world: World

beforeEach(() => {
  world = new World()
})

afterEach(async () => {
  await world.stop()
})

const LETTER = { to: "lea@cordee.example", language: "fr" } as const

describe("somebody without an account", () => {
  test("is invited by a letter, opens the account with its link, and comes in once she is let in", async () => {
    world.lea.state = "none"
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    const { candidates } = await hers.candidates("Vasseur")
    const candidate = candidates.find(({ practitioner }) => practitioner === world.lea.practitioner)
    if (candidate === undefined) throw new Error("not in the directory")
    expect(candidate).toMatchObject({ user: null, account: "none", invitable: true })
    await hers.invite({ candidate, role: "member", ground: "formal_team", notAfter: null, letter: LETTER })
    const link = world.lea.link
    expect(link).not.toBeNull()

    const visitor = await world.stranger()
    const shown = await visitor.cordee.welcome(link ?? "")
    expect(shown.family_name).toBe("Vasseur")
    await visitor.cordee.claim(link ?? "", LETTER.to, "correct horse")
    await visitor.cordee.makeKeys()
    visitor.cordee.recoveryCodeKept()
    await ready(visitor)
    const [invitation] = (await when(visitor.cordee.invitations, (each) => each?.length === 1)) ?? []
    expect(invitation).toMatchObject({ admission: "to_ask" })
    const id = await visitor.cordee.accept(invitation?.id ?? asId<InvitationId>(""))
    await when(hers.view, ({ waiting }) => waiting.admissions.length === 1)
    await hers.admit(world.lea.id)
    const leas = await live(visitor.cordee, id)
    await leas.send("Me voici")
    await shows(hers, "Me voici")
    expect(events(hers)).toContain("admitted")
  })

  test("is not invited without an address, and the chain stays as it was", async () => {
    world.lea.state = "none"
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    await expect(invite(hers, world.lea)).rejects.toMatchObject({ code: "address_missing" })
    expect(events(hers)).not.toContain("invited")
    expect(world.lea.state).toBe("none")
  })

  test("gets a new link when written to again; the old one leads nowhere", async () => {
    world.lea.state = "none"
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    const { candidates } = await hers.candidates("Vasseur")
    const candidate = candidates.find(({ practitioner }) => practitioner === world.lea.practitioner)
    if (candidate === undefined) throw new Error("not in the directory")
    await hers.invite({ candidate, role: "member", ground: "formal_team", notAfter: null, letter: LETTER })
    const before = world.lea.link ?? ""
    const pending = hers.view.get().detail?.invitations[0]
    if (pending === undefined) throw new Error("nobody waits")
    await hers.resend(pending.id, LETTER)
    const visitor = await world.stranger()
    await expect(visitor.cordee.welcome(before)).rejects.toMatchObject({ code: "not_found" })
    await expect(visitor.cordee.welcome(world.lea.link ?? "")).resolves.toMatchObject({ given_name: "Léa" })
  })
})

test("a link is nothing to whoever is signed in as somebody else", async () => {
  const camille = await world.first(world.camille)
  world.lea.state = "reserved"
  world.lea.link = "l"
  await expect(camille.cordee.welcome("l")).rejects.toMatchObject({ code: "not_found" })
  await expect(camille.cordee.claim("l", LETTER.to, "correct horse")).rejects.toMatchObject({ code: "wrong_phase" })
})
