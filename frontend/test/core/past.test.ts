/** The past on a new device: a page at a time, and nothing that a service could have made of it. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Item, ItemsAnswer } from "../../src/core/api/types.ts"
import { groups } from "../../src/core/circle/records.ts"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { idBytes } from "../../src/core/encoding/uuid.ts"
import { makeEnvelope } from "../../src/core/envelope/envelope.ts"
import { itemDigest, LOG_START, nextPlace } from "../../src/core/envelope/log.ts"
import { asId, type Circle, type MessageId } from "../../src/core/index.ts"
import { confirmedTranscriptHash, contentKey, deserialise } from "../../src/core/mls/group.ts"
import { when } from "../../src/core/observable.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import { EPOCH_SEEN } from "../../src/core/statements/circle.ts"
import { makeStatement } from "../../src/core/statements/signed.ts"
import type { CircleOf } from "./service/service.ts"
import {
  accept,
  events,
  invite,
  live,
  openCircle,
  shows,
  texts,
  withPast,
  World,
  type Device,
} from "./service/world.ts"

/** More than a first look (20) and one page (100). */
const MESSAGES = 130

let world: World
let camille: Device & { readonly code: string }
let hers: Circle
let said: string[]

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  hers = await openCircle(camille)
  said = Array.from({ length: MESSAGES }, (_, index) => `message ${index + 1}`)
  for (const text of said) await hers.send(text)
  await shows(hers, said.at(-1) ?? "")
})
afterEach(async () => {
  await world.stop()
})

function onService(): CircleOf {
  const found = world.service.circles.get(hers.id)
  if (found === undefined) throw new Error("no such circle")
  return found
}

type Tamper = (page: ItemsAnswer, before: number) => ItemsAnswer

/** Camille's phone, which comes in now and has looked at nothing yet but the newest. */
async function onPhone(tamper?: Tamper): Promise<{ phone: Device; circle: Circle }> {
  const phone = await world.device(world.camille)
  if (tamper !== undefined) {
    phone.browser.tamper.http = (path, answer) => {
      const before = new URL(path, "https://cordee.example").searchParams.get("before")
      return before === null ? answer : { ...tamper(answer as unknown as ItemsAnswer, Number(before)) }
    }
  }
  await phone.cordee.unlock(camille.code)
  await when(phone.cordee.phase, ({ at }) => at === "ready")
  const circle = phone.cordee.circle(hers.id)
  await when(circle.view, ({ composer }) => composer.state === "unconfirmed" || composer.state === "open")
  await answerFor(phone)
  return { phone, circle: await live(phone.cordee, hers.id) }
}

/** Her computer's word for the phone's joining; it may itself have met something in the log that it refuses. */
async function answerFor(phone: Device): Promise<void> {
  const [computer, state] = [await readDevice(camille.storage), await groups.get(phone.storage, hers.id)]
  if (computer === undefined || state === undefined) throw new Error("no device")
  const known = onService()
  const confirmed = confirmedTranscriptHash(deserialise(state))
  const says = { circle: hers.id, epoch: known.epoch, confirmed, device: computer.device, time: Date.now() }
  const statement = toBase64(await makeStatement(EPOCH_SEEN, says, computer.signaturePrivateKey))
  known.asked.seen.push(statement)
  world.door.tellCircle(known, { t: "seen", circle: hers.id, statement })
}

async function refusedPast(tamper: Tamper): Promise<unknown> {
  const { circle } = await onPhone((page, before) => (before < 100 ? page : tamper(page, before)))
  await withPast(circle)
  const { composer } = await when(circle.view, (view) => view.composer.state === "refused")
  await expect(circle.send("encore")).rejects.toMatchObject({ code: "closed" })
  // Nothing of the page is shown.
  expect(texts(circle).every((text) => said.includes(text))).toBe(true)
  return composer.state === "refused" ? composer.refusal.code : undefined
}

/** A message that Camille's computer signs, whatever it says of its count and of the log. */
async function signed(text: string, counter: number, log = LOG_START): Promise<string> {
  const device = await readDevice(camille.storage)
  const state = await groups.get(camille.storage, hers.id)
  if (device === undefined || state === undefined) throw new Error("no device")
  const envelope = await makeEnvelope({
    kind: "message",
    circle: hers.id,
    epoch: onService().epoch,
    id: asId<MessageId>(`019386c5-6d00-7a01-8004-${String(counter).padStart(12, "0")}`),
    device: device.device,
    created: Date.now(),
    content: { type: "text", text, files: [], mentions: [], counter, log },
    contentKey: await contentKey(deserialise(state), idBytes(hers.id)),
    nonce: crypto.getRandomValues(new Uint8Array(24)),
    signaturePrivateKey: device.signaturePrivateKey,
  })
  return toBase64(envelope)
}

/** The same log with other items, and hashes that fit. */
function rechained(page: ItemsAnswer, items: readonly Item[], base = page.base): ItemsAnswer {
  let place = { seq: base.seq, hash: fromBase64(base.hash) }
  const placed = items.map((item) => {
    place = nextPlace(place, itemDigest(bytesOf(item)))
    return { ...item, seq: place.seq, hash: toBase64(place.hash) }
  })
  return { ...page, base, items: placed }
}

function bytesOf(item: Item): Uint8Array {
  if (item.kind === "commit") return fromBase64(item.commit)
  return fromBase64(item.kind === "grant" ? item.grant : (item.env ?? ""))
}

describe("page by page", () => {
  test("a new device has the newest at once, and the rest as somebody reads", async () => {
    const { circle } = await onPhone()
    await shows(circle, said.at(-1) ?? "")
    expect(texts(circle)).toEqual(said.slice(-19))
    expect(circle.view.get().hasEarlier).toBe(true)
    await circle.loadEarlier()
    expect(texts(circle)).toEqual(said.slice(-119))
    expect(events(circle)).toEqual(["device_added"])
    await circle.loadEarlier()
    expect(texts(circle)).toEqual(said)
    expect(events(circle)).toEqual(["opened", "device_added"])
    expect(circle.view.get().hasEarlier).toBe(false)
    expect(new Set(circle.view.get().entries.map(({ kind }) => kind))).toEqual(new Set(["message", "event"]))
    await circle.loadEarlier()
    expect(texts(circle)).toEqual(said)
  })

  test("what was read once is on the device, and is opened some at a time without the network", async () => {
    const { circle, phone } = await onPhone()
    await withPast(circle)
    const again = await phone.reload()
    let asked = 0
    again.browser.tamper.http = (path, answer) => {
      if (path.includes("before=")) asked += 1
      return answer
    }
    const opened = await live(again.cordee, hers.id)
    expect(texts(opened)).toEqual(said.slice(-99))
    expect(opened.view.get().hasEarlier).toBe(true)
    await withPast(opened)
    expect(texts(opened)).toEqual(said)
    expect(events(opened)).toEqual(["opened", "device_added"])
    expect(asked).toBe(0)
  })

  test("one who came later reads from the own joining on, also on a further device", async () => {
    const amadou = await world.first(world.amadou)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await hers.send("depuis qu’il est là")
    await shows(his, "depuis qu’il est là")
    const phone = await world.further(world.amadou, amadou.code)
    const circle = await withPast(await live(phone.cordee, hers.id))
    expect(texts(circle)).toEqual(["depuis qu’il est là"])
    expect(events(circle)).toEqual(["joined", "device_added"])
    expect(circle.view.get().hasEarlier).toBe(false)
  })

  test("messages that never reached the log are told, also where two pages meet", async () => {
    // 130 messages and the two below: the first look begins with the second of them.
    const first = await signed("après un trou", MESSAGES + 4)
    world.service.append(onService(), fromBase64(first), { kind: "message", env: first, digest: null })
    for (let count = 5; count < 23; count += 1) {
      const env = await signed(`encore ${count}`, MESSAGES + count)
      world.service.append(onService(), fromBase64(env), { kind: "message", env, digest: null })
    }
    const { circle } = await onPhone()
    await shows(circle, "après un trou")
    expect(circle.view.get().entries.some(({ kind }) => kind === "gap")).toBe(false)
    await withPast(circle)
    const { entries } = circle.view.get()
    const gap = entries.findIndex(({ kind }) => kind === "gap")
    expect(entries[gap]).toMatchObject({ kind: "gap", missing: 3, author: world.camille.id })
    expect(entries[gap + 1]).toMatchObject({ text: "après un trou" })
    expect(entries.filter(({ kind }) => kind === "gap")).toHaveLength(1)
  })
})

describe("a past that was touched", () => {
  test("another message in a page", async () => {
    const code = await refusedPast((page) => {
      const [first, second, ...rest] = page.items
      if (first?.kind !== "message" || second === undefined) throw new Error("no messages")
      return { ...page, items: [first, { ...first, seq: second.seq, hash: second.hash }, ...rest] }
    })
    expect(code).toBe("altered_log")
  })

  test("another message in a page, with hashes that fit", async () => {
    const code = await refusedPast((page) => rechained(page, page.items.toSpliced(1, 1, ...page.items.slice(2, 3))))
    expect(code).toBe("altered_log")
  })

  test("a page that is not the one asked for", async () => {
    const known = onService()
    const base = { seq: 10, hash: known.items[9]?.hash ?? "" }
    const code = await refusedPast((page) => ({ ...page, items: known.items.slice(10, 30), base }))
    expect(code).toBe("altered_log")
  })

  test("a page without one of its messages", async () => {
    expect(await refusedPast((page) => rechained(page, page.items.toSpliced(3, 1)))).toBe("altered_log")
  })

  test("a base that lies", async () => {
    const code = await refusedPast((page) => ({ ...page, base: { ...page.base, hash: toBase64(new Uint8Array(32)) } }))
    expect(code).toBe("altered_log")
  })

  test("a base whose lie fits its own page is found by the page below", async () => {
    const { circle } = await onPhone((page, before) => {
      // Honest until the second page; that one is another log, made to fit itself.
      if (before > 100) return page
      return rechained(page, page.items, { seq: page.base.seq, hash: toBase64(new Uint8Array(32).fill(7)) })
    })
    await shows(circle, said.at(-1) ?? "")
    await withPast(circle)
    expect(circle.view.get().composer).toMatchObject({ state: "refused", refusal: { code: "altered_log" } })
    expect(texts(circle)).toEqual(said.slice(-119))
  })

  test("older messages withheld as if history began later", async () => {
    const { circle } = await onPhone((page, before) => {
      const last = page.items.slice(-5)
      const end = page.items.at(-6)
      if (before < 100 || end === undefined) return page
      return { ...page, items: last, base: { seq: end.seq, hash: end.hash } }
    })
    await withPast(circle)
    expect(circle.view.get().composer).toMatchObject({
      state: "refused",
      refusal: { code: "altered_log", detail: "the past is withheld" },
    })
  })

  test("nothing at all is given", async () => {
    const { circle } = await onPhone((page, before) => {
      const last = onService().items[before - 2]
      return { ...page, items: [], base: { seq: before - 1, hash: last?.hash ?? "" } }
    })
    await withPast(circle)
    expect(circle.view.get().composer).toMatchObject({ state: "refused", refusal: { detail: "the past is withheld" } })
  })

  test("a message put in twice, in a log made to fit", async () => {
    const env = await signed("deux fois", 1)
    world.service.append(onService(), fromBase64(env), { kind: "message", env, digest: null })
    const { circle } = await onPhone()
    await withPast(circle)
    expect(circle.view.get().composer).toMatchObject({ state: "refused", refusal: { code: "replayed" } })
  })

  test("a message whose author saw another log", async () => {
    const env = await signed("d’un autre journal", MESSAGES + 1, { seq: 3, hash: new Uint8Array(32).fill(9) })
    world.service.append(onService(), fromBase64(env), { kind: "message", env, digest: null })
    const { circle } = await onPhone()
    await shows(circle, "d’un autre journal")
    expect(circle.view.get().composer.state).toBe("open")
    await withPast(circle)
    expect(circle.view.get().composer).toMatchObject({ state: "refused", refusal: { code: "altered_log" } })
  })

  test("after a refusal what was read stays, and the refusal too", async () => {
    const { circle, phone } = await onPhone((page, before) =>
      before > 100 ? page : { ...page, items: page.items.slice(1) },
    )
    await shows(circle, said.at(-1) ?? "")
    await withPast(circle)
    const again = await phone.reload()
    const opened = again.cordee.circle(hers.id)
    await when(opened.view, ({ composer }) => composer.state === "refused")
    await opened.loadEarlier()
    expect(texts(opened)).toEqual(said.slice(-119))
  })
})
