/** The log of everybody's keys, as a device meets it: its own history, those of others, and a server that bends it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Circle, DeviceId } from "../../src/core/index.ts"
import { KEY_EVENT } from "../../src/core/statements/identity.ts"
import { fromBase64 } from "../../src/core/encoding/base64.ts"
import { when } from "../../src/core/observable.ts"
import { readStatement } from "../../src/core/statements/signed.ts"
import { KeyLogRoom } from "./service/keyLogRoom.ts"
import { accept, invite, live, openCircle, ready, shows, World, type Device } from "./service/world.ts"

type Json = Record<string, unknown>
interface Shown extends Json {
  people: { user: string; events: { raw: string }[] }[]
}

let world: World
let camille: Device & { readonly code: string }
let amadou: Device & { readonly code: string }
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

/** What this device is shown of the key log is another thing. */
function bend({ browser }: Device, how: (shown: Shown, seen: readonly number[]) => Json): void {
  browser.tamper.http = (path, answer) => {
    if (!path.startsWith("/api/key-log")) return answer
    return how(answer as Shown, new URL(path, "https://cordee.example").searchParams.getAll("seen").map(Number))
  }
}

/** Of one person, other events. */
function showing(user: string, events: (all: Shown["people"][number]["events"]) => object[]): (shown: Shown) => Json {
  return (shown) => ({
    ...shown,
    people: shown.people.map((each) => (each.user === user ? { user, events: events(each.events) } : each)),
  })
}

async function refusalOf(circle: Circle): Promise<string> {
  const { composer } = await when(circle.view, (view) => view.composer.state === "refused")
  if (composer.state !== "refused") throw new Error("not refused")
  await expect(circle.send("encore")).rejects.toMatchObject({ code: "closed" })
  expect(composer.refusal.evidence).not.toBe("")
  return composer.refusal.code
}

function idOf({ cordee }: Device): DeviceId {
  const phase = cordee.phase.get()
  if (phase.at !== "ready") throw new Error("not ready")
  return phase.device
}

describe("a device of a colleague", () => {
  test("that its person's history names is written to as soon as its leaf is sealed", async () => {
    world.service.keyLog.isSealing = false
    await world.further(world.amadou, amadou.code)
    await when(hers.view, ({ readers }) => readers?.devices === 3)
    await hers.send("Attend la preuve")
    const waits = (): boolean => hers.view.get().entries.some((each) => each.kind === "message" && each.seq === null)
    expect(waits()).toBe(true)
    world.service.keyLog.seal()
    await shows(his, "Attend la preuve")
    expect(hers.view.get().unproved).toBeNull()
  })

  test("whose proof is late is written to after a while, and said; until it comes", async () => {
    world.service.keyLog.isSealing = false
    await world.further(world.amadou, amadou.code)
    await when(hers.view, ({ readers }) => readers?.devices === 3)
    await hers.send("Part quand même")
    await shows(his, "Part quand même")
    expect(hers.view.get().unproved).toMatchObject({ users: [world.amadou.id], isStopped: false })
    world.service.keyLog.seal()
    await when(hers.view, ({ unproved }) => unproved === null)
  })

  test("that its person's history does not name stops the circle", async () => {
    bend(
      camille,
      showing(world.amadou.id, (all) => all.slice(0, 2)),
    )
    await world.further(world.amadou, amadou.code)
    expect(await refusalOf(hers)).toBe("not_in_key_log")
  })

  test("is not vouched for by another person's history", async () => {
    await world.first(world.lea)
    bend(
      camille,
      showing(world.lea.id, () => world.amadou.events.map((raw, index) => ({ raw, index, path: [] }))),
    )
    await invite(hers, world.lea)
    expect(await refusalOf(hers)).toBe("not_in_key_log")
  })

  test("nor by a leaf that is not where it is said to be", async () => {
    await world.first(world.lea)
    bend(
      camille,
      showing(world.lea.id, (all) => all.map((each, at) => ({ ...each, index: at }))),
    )
    await invite(hers, world.lea)
    expect(await refusalOf(hers)).toBe("not_in_key_log")
  })
})

describe("one's own history", () => {
  test("is this person's: nothing is said", async () => {
    const again = await camille.reload()
    await ready(again)
    const circle = await live(again.cordee, hers.id)
    await circle.send("Rien à dire")
    await shows(his, "Rien à dire")
    expect(again.cordee.newDevices.get()).toEqual([])
  })

  test("without this very device stops everything", async () => {
    bend(
      camille,
      showing(world.camille.id, (all) => all.slice(0, 1)),
    )
    camille.browser.cut()
    expect(await refusalOf(hers)).toBe("key_log_altered")
  })

  test("names a device that the server's list keeps quiet about: whose is it?", async () => {
    const phone = await world.further(world.camille, camille.code)
    const hidden = idOf(phone)
    const tablet = await world.device(world.camille)
    tablet.browser.tamper.http = (path, answer) => {
      const { devices } = answer as { devices?: { id: string }[] }
      return path === "/api/devices" && devices ? { devices: devices.filter(({ id }) => id !== hidden) } : answer
    }
    await tablet.cordee.unlock(camille.code)
    const [device] = await when(tablet.cordee.newDevices, (list) => list.length > 0)
    expect(device).toMatchObject({ id: hidden, name: "" })
  })
})

describe("the log itself", () => {
  test("that goes back is refused in all circles, also after the page is loaded again", async () => {
    const old = world.service.keyLog.note
    await world.first(world.lea)
    await invite(hers, world.lea)
    await when(hers.view, ({ composer }) => composer.state === "open")
    await camille.cordee.stop()
    bend(camille, () => ({
      keys: [{ vkey: world.service.keyLog.vkey, note: null }],
      checkpoint: old,
      consistency: [],
      people: [],
    }))
    const again = await camille.reload()
    expect(await refusalOf(again.cordee.circle(hers.id))).toBe("key_log_altered")
    again.browser.tamper.http = (_path, answer) => answer
    const later = await again.reload()
    expect(await refusalOf(later.cordee.circle(hers.id))).toBe("key_log_altered")
  })

  test("whose checkpoint is too long to be told is refused", async () => {
    const padded = `${world.service.keyLog.note ?? ""}${`— padding ${"A".repeat(80)}\n`.repeat(60)}`
    bend(camille, (answer) => ({ ...answer, checkpoint: padded }))
    const again = await camille.reload()
    expect(await refusalOf(again.cordee.circle(hers.id))).toBe("key_log_altered")
  })

  test.each([
    ["signed by the same key", new Uint8Array(32).fill(11)],
    ["signed by another key", new Uint8Array(32).fill(12)],
  ])("that another member sees otherwise, %s, is refused at their first message", async (_how, seed) => {
    const lea = await world.device(world.lea)
    const fork = new KeyLogRoom("cordee.example/keys", seed)
    const forked = new Set<string>()
    bend(lea, ({ people }, seen) => {
      const known = new Map(people.map(({ events, user }) => [user, events.map(({ raw }) => raw)]))
      const fresh = [...known.values()].flat().filter((raw) => !forked.has(raw))
      for (const raw of fresh) forked.add(raw)
      fork.append(fresh)
      return fork.answer(known, seen)
    })
    await lea.cordee.makeKeys()
    lea.cordee.recoveryCodeKept()
    await ready(lea)
    await invite(hers, world.lea)
    const theirs = await accept(lea)
    await hers.send("Vu de Camille")
    expect(await refusalOf(theirs)).toBe("key_log_altered")
  })

  test("that another key signs, once the one before has named it, is followed by everybody", async () => {
    await amadou.cordee.stop()
    world.service.keyLog.rotate(new Uint8Array(32).fill(12))
    await hers.send("La même, sans rien de neuf")
    await invite(hers, world.lea)
    await world.first(world.lea)
    // What this one has seen under the new key awaits the other device of the same person.
    const phone = await world.further(world.amadou, amadou.code)
    await hers.send("Sous la nouvelle clé")
    await shows(await live(phone.cordee, hers.id), "Sous la nouvelle clé")
    await phone.cordee.stop()
    const again = await amadou.reload()
    await ready(again)
    await shows(await live(again.cordee, hers.id), "Sous la nouvelle clé")
    await again.cordee.circle(hers.id).send("Lue")
    await shows(hers, "Lue")
  })

  test("that another key signs, which nobody has named, is refused", async () => {
    world.service.keyLog.rotate(new Uint8Array(32).fill(12), false)
    await invite(hers, world.lea)
    await world.first(world.lea)
    camille.browser.cut()
    expect(await refusalOf(hers)).toBe("key_log_altered")
  })

  test("is told at most once an hour in a circle", async () => {
    await hers.send("un")
    await hers.send("deux")
    await shows(his, "deux")
    const items = world.service.circles.get(hers.id)?.items ?? []
    const sizes = items.flatMap((item) => (item.kind === "message" && "env" in item ? [item.env?.length ?? 0] : []))
    // The checkpoint is longer than what a short message is padded to.
    expect(sizes.map((size) => size > (sizes.at(-1) ?? 0))).toEqual([true, false])
  })

  test("has every act of the service's people, in the order of their histories", () => {
    for (const { events } of [world.camille, world.amadou]) {
      expect(events.map((raw) => readStatement(KEY_EVENT, fromBase64(raw)).says.act)).toEqual(["bind", "add"])
    }
  })
})
