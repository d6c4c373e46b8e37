/** A commit that a device cannot process: reported, and the device comes back in; forward only, or not at all. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { groups } from "../../src/core/circle/records.ts"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { asId, type Circle } from "../../src/core/index.ts"
import { itemDigest } from "../../src/core/envelope/log.ts"
import { commitUpdate, deserialise, groupInfo } from "../../src/core/mls/group.ts"
import { when } from "../../src/core/observable.ts"
import { writeNote } from "../../src/core/policy/note.ts"
import { REPORT } from "../../src/core/statements/circle.ts"
import { readStatement } from "../../src/core/statements/signed.ts"
import type { CircleOf } from "./service/service.ts"
import { accept, invite, openCircle, shows, texts, World, type Device } from "./service/world.ts"

let world: World
let camille: Device
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
  await hers.send("Avant")
  await shows(his, "Avant")
})
afterEach(async () => {
  await world.stop()
})

function onService(): CircleOf {
  const found = world.service.circles.get(hers.id)
  if (found === undefined) throw new Error("no circle")
  return found
}

async function epochOf({ storage }: Device): Promise<bigint> {
  const state = await groups.get(storage, hers.id)
  if (state === undefined) throw new Error("no state")
  return deserialise(state).groupContext.epoch
}

/** A commit whose membership tag no member can verify. The service, which holds no secret, takes it. */
async function poison(): Promise<Uint8Array> {
  const state = await groups.get(camille.storage, hers.id)
  if (state === undefined) throw new Error("no state")
  const made = await commitUpdate(deserialise(state), { authenticatedData: writeNote(Date.now(), []) })
  const commit = made.commit.slice()
  commit[commit.length - 1] = (commit.at(-1) ?? 0) ^ 1
  const known = onService()
  const shown = await groupInfo(made.next)
  const device = asId<never>("019386c5-6d00-7a01-8003-000000000000")
  const what = { kind: "commit", epoch: known.epoch + 1, commit: toBase64(commit), device } as const
  const item = world.service.append(known, commit, what)
  known.epoch += 1
  known.keys.set(known.epoch, new Map())
  known.groupInfo = toBase64(shown.groupInfo)
  known.tree = toBase64(shown.ratchetTree)
  world.door.tellCircle(known, { t: "item", circle: hers.id, ...item })
  return commit
}

describe("a commit that nobody can process", () => {
  test("is reported with its evidence, and all come back in", async () => {
    const commit = await poison()
    await when(hers.view, ({ composer }) => composer.state === "open")
    await when(his.view, ({ composer }) => composer.state === "open" || composer.state === "unconfirmed")
    await his.send("Après")
    await shows(hers, "Après")
    await hers.send("Bien")
    await shows(his, "Bien")
    const reports = onService().asked.reported.map((raw) => readStatement(REPORT, fromBase64(raw)).says)
    expect(reports).toHaveLength(2)
    expect(reports[0]).toMatchObject({ circle: hers.id, epoch: 3, reason: "unprocessable", commit: itemDigest(commit) })
    // It came back in its own place, and is one device still.
    expect(hers.view.get().readers).toEqual({ people: 2, devices: 2 })
  })

  test("keeps its state while the service shows no later epoch", async () => {
    const { epoch: shown, groupInfo: group_info, tree } = onService()
    const epoch = await epochOf(amadou)
    amadou.browser.tamper.http = (path, answer) =>
      path.endsWith("/group") ? { ...answer, epoch: shown, group_info, tree } : answer
    await poison()
    const { composer } = await when(his.view, (view) => view.composer.state === "refused")
    expect(composer).toMatchObject({ refusal: { code: "unprocessable" } })
    await expect(his.resync()).rejects.toMatchObject({ code: "older_epoch" })
    expect(await epochOf(amadou)).toBe(epoch)
    expect(texts(his)).toEqual(["Avant"])
    await expect(his.send("encore")).rejects.toMatchObject({ code: "closed" })
  })

  test("keeps its state while the chain shown is not its own", async () => {
    const epoch = await epochOf(amadou)
    const other = await openCircle(camille)
    const changes = [...(world.service.circles.get(other.id)?.changes ?? [])]
    amadou.browser.tamper.http = (path, answer) => (path.endsWith("/chain") ? { ...answer, changes } : answer)
    await poison()
    await when(his.view, (view) => view.composer.state === "refused")
    await expect(his.resync()).rejects.toMatchObject({ code: "broken_chain" })
    expect(await epochOf(amadou)).toBe(epoch)
  })
})

describe("whatever else was refused", () => {
  test("stays so until somebody mends it by hand", async () => {
    amadou.browser.tamper.frame = (frame) =>
      frame["t"] === "item" && "env" in frame ? { ...frame, hash: toBase64(new Uint8Array(32)) } : frame
    await hers.send("Faux")
    const { composer } = await when(his.view, (view) => view.composer.state === "refused")
    expect(composer).toMatchObject({ refusal: { code: "altered_log" } })
    delete amadou.browser.tamper.frame
    const { length } = onService().items
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([onService().items.length, onService().asked.reported]).toEqual([length, []])
    // Nothing has happened since on which it could come back.
    await expect(his.resync()).rejects.toMatchObject({ code: "older_epoch" })
    await invite(hers, world.lea)
    await his.resync()
    await when(his.view, (view) => view.composer.state === "open")
    await his.send("De retour")
    await shows(hers, "De retour")
  })
})
