/** Urgent messages and who has seen them, erasures, and what a server makes of either. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Circle, Entry, MessageEntry } from "../../src/core/index.ts"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { itemDigest } from "../../src/core/envelope/log.ts"
import { when } from "../../src/core/observable.ts"
import { accept, invite, live, openCircle, shows, texts, withPast, World, type Device } from "./service/world.ts"

let world: World
let camille: Device & { readonly code: string }
let amadou: Device
let hers: Circle
let his: Circle

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  amadou = await world.first(world.amadou)
  hers = await openCircle(camille)
  await invite(hers, world.amadou)
  his = await accept(amadou)
})
afterEach(async () => {
  await world.stop()
})

async function said(circle: Circle, text: string): Promise<MessageEntry> {
  return (await shows(circle, text)) as MessageEntry
}

async function erased(circle: Circle): Promise<Entry | undefined> {
  const { entries } = await when(circle.view, (view) => view.entries.some(({ kind }) => kind === "erased"))
  return entries.find(({ kind }) => kind === "erased")
}

describe("urgent", () => {
  test("asks to be acknowledged, and says by name who has", async () => {
    await hers.send("Chute ce matin", { urgent: true })
    const entry = await said(his, "Chute ce matin")
    expect(entry).toMatchObject({ urgent: true, acks: [] })
    await his.acknowledge(entry.id)
    await when(hers.view, ({ entries }) =>
      entries.some((each) => each.kind === "message" && each.acks.includes(world.amadou.id)),
    )
    // It counts among his messages, and is not one.
    await his.send("J’y vais")
    await said(hers, "J’y vais")
    expect(hers.view.get().entries.map(({ kind }) => kind)).not.toContain("gap")
    expect(hers.view.get().unread).toBe(1)
  })

  test("what waits for the network stays urgent", async () => {
    camille.browser.isConnected = false
    camille.browser.cut()
    await when(hers.view, ({ composer }) => composer.state === "offline")
    await hers.send("Appelez le 15", { urgent: true })
    expect(hers.view.get().entries.at(-1)).toMatchObject({ urgent: true, seq: null })
    camille.browser.isConnected = true
    expect(await said(his, "Appelez le 15")).toMatchObject({ urgent: true })
  })
})

describe("erasing", () => {
  test("an author's own message goes everywhere, also from a device that comes later", async () => {
    await his.send("Mauvais cercle")
    const entry = await said(his, "Mauvais cercle")
    await shows(hers, "Mauvais cercle")
    await his.erase(entry.id)
    for (const circle of [hers, his]) {
      expect(await erased(circle)).toMatchObject({ by: world.amadou.id, seq: entry.seq })
    }
    expect(texts(hers)).toEqual([])
    const phone = await world.further(world.camille, camille.code)
    const later = await live(phone.cordee, hers.id)
    await withPast(later)
    expect(await erased(later)).toMatchObject({ by: world.amadou.id, seq: entry.seq })
  })

  test("a coordinator erases what another wrote", async () => {
    await his.send("Trop")
    const entry = await said(hers, "Trop")
    await hers.erase(entry.id)
    expect(await erased(his)).toMatchObject({ by: world.camille.id })
  })

  test("nobody else erases another's message: every device refuses it", async () => {
    await hers.send("Reste")
    const entry = await said(his, "Reste")
    his.erase(entry.id).catch(() => undefined)
    const { composer } = await when(hers.view, (view) => view.composer.state === "refused")
    expect(composer).toMatchObject({ refusal: { code: "policy_without_right", detail: "erases what is not theirs" } })
    expect(texts(hers)).toEqual(["Reste"])
  })

  test("what the server keeps back is not shown as erased", async () => {
    await hers.send("Gardé")
    const entry = await said(his, "Gardé")
    const known = world.service.circles.get(hers.id)
    const item = known?.items[(entry.seq ?? 0) - 1]
    if (known === undefined || item?.kind !== "message") throw new Error("no item")
    const phone = await world.device(world.camille)
    phone.browser.tamper.http = (path, answer) => {
      if (!path.includes("/items?")) return answer
      const items = (answer["items"] as { seq: number; env?: string }[]).map((each) =>
        each.seq === entry.seq ? { ...each, env: null, digest: digestOf(String(each.env)) } : each,
      )
      return { ...answer, items }
    }
    await phone.cordee.unlock(camille.code)
    await when(phone.cordee.phase, ({ at }) => at === "ready")
    const later = await live(phone.cordee, hers.id)
    await withPast(later)
    const { entries } = await when(later.view, (view) => view.entries.some(({ kind }) => kind === "unreadable"))
    expect(entries.find(({ kind }) => kind === "unreadable")).toMatchObject({ why: "withheld", seq: entry.seq })
  })
})

function digestOf(env: string): string {
  return toBase64(itemDigest(fromBase64(env)))
}
