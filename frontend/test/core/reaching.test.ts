/** What reaches a person beyond an open page: notices, and waking this browser. */
import { afterEach, beforeEach, expect, test } from "vitest"
import { createReaching } from "../../src/core/api/reaching.ts"
import { Fields } from "../../src/core/encoding/fields.ts"
import { asId, type DeviceId, type NoticeId } from "../../src/core/ids.ts"
import { when } from "../../src/core/observable.ts"
import type { Wakes } from "../../src/core/platform.ts"
import { World, type Device } from "./service/world.ts"

const NOTICE = asId<NoticeId>("019386c5-6d00-7a01-8004-000000000001")
const DEVICE = asId<DeviceId>("019386c5-6d00-7a01-8004-000000000002")

let world: World
let camille: Device

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
})
afterEach(async () => {
  await world.stop()
})

test("notices come when the server says so, and are marked", async () => {
  const { cordee } = camille
  await when(cordee.notices, (each) => each?.unseen === 0)
  const created = "2026-11-22T09:15:00.000Z"
  world.camille.notices.push({ id: NOTICE, what: "role_changed", circle: null, by: null, created, seen: null })
  world.door.tellUser(world.camille.id, { t: "changed", what: "notices", circle: null })
  const told = await when(cordee.notices, (each) => each?.unseen === 1)
  expect(told?.notices).toEqual([{ id: NOTICE, what: "role_changed", circle: null, by: null, created, seen: null }])
  await cordee.reaching.seen([NOTICE])
  await when(cordee.notices, (each) => each?.unseen === 0)
})

test("a notice of a newer server is kept, without words of ours", async () => {
  const { cordee } = camille
  world.camille.notices.push({ id: NOTICE, what: "teleported", circle: null, by: null, created: "", seen: null })
  world.door.tellUser(world.camille.id, { t: "changed", what: "notices", circle: null })
  const told = await when(cordee.notices, (each) => each?.unseen === 1)
  expect(told?.notices[0]?.what).toBeNull()
})

const browser: Wakes = {
  state: () => Promise.resolve("off"),
  subscribe: () =>
    Promise.resolve({
      endpoint: "https://push.example/1",
      p256dh: new Uint8Array(65).fill(4),
      auth: new Uint8Array(16),
    }),
  unsubscribe: () => Promise.resolve(),
}

function reaching(wakes: Wakes | undefined, key: string | null) {
  const sent: unknown[] = []
  const of = {
    get: <T>(_: string, as: (fields: Fields) => T) => Promise.resolve(as(new Fields({ key }))),
    send: (method: string, path: string, body: object) => {
      sent.push([method, path, body])
      return Promise.resolve()
    },
    wakes,
  }
  return { sent, ...createReaching(of, () => DEVICE) }
}

test("a browser that may be woken tells the server where, and no more when it may not", async () => {
  const { sent, sleep, wake } = reaching(browser, "server key")
  await wake()
  await sleep()
  expect(sent).toEqual([
    ["PUT", `/api/devices/${DEVICE}/push`, expect.objectContaining({ endpoint: "https://push.example/1" })],
    ["DELETE", `/api/devices/${DEVICE}/push`, {}],
  ])
})

test("without a server key, without Web Push, or against the person's will nobody is woken", async () => {
  const denied: Wakes = { ...browser, subscribe: () => Promise.resolve(undefined) }
  for (const [wakes, key] of [
    [browser, null],
    [undefined, "server key"],
    [denied, "server key"],
  ] as const) {
    const { sent, wake } = reaching(wakes, key)
    await expect(wake()).rejects.toMatchObject({ code: "wake_denied" })
    expect(sent).toEqual([])
  }
  expect(await reaching(undefined, "server key").waking()).toBe("impossible")
  expect(await reaching(browser, null).waking()).toBe("impossible")
})
