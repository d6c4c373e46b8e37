/** A joining is confirmed by who was there; until then nothing is read and nothing leaves. */
import { afterEach, beforeEach, expect, test } from "vitest"
import { liveGroup, type LiveGroup } from "../../src/core/circle/group.ts"
import { groups } from "../../src/core/circle/records.ts"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { answersFor } from "../../src/core/circle/standing.ts"
import { asId, type Circle, type DeviceId } from "../../src/core/index.ts"
import { confirmedTranscriptHash, deserialise } from "../../src/core/mls/group.ts"
import { when } from "../../src/core/observable.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import { EPOCH_SEEN } from "../../src/core/statements/circle.ts"
import { makeStatement } from "../../src/core/statements/signed.ts"
import { accept, invite, live, openCircle, shows, texts, World, type Device } from "./service/world.ts"

let world: World
let camille: Device & { readonly code: string }
let amadou: Device & { readonly code: string }
let hers: Circle

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  amadou = await world.first(world.amadou)
  hers = await openCircle(camille)
})
afterEach(async () => {
  await world.stop()
})

test("a coordinator whom the shown tree leaves out is waited for all the same", async () => {
  await invite(hers, world.amadou)
  await accept(amadou)
  const group = await liveGroupOf(amadou)
  const lea = { device: asId<DeviceId>("019386c5-6d00-7a01-8003-000000000009"), user: world.lea.id }
  const isHis = ({ certificate }: { certificate: { user: string } }): boolean => certificate.user === world.amadou.id
  const without = { ...group, devices: new Map([...group.devices].filter(([, each]) => isHis(each))) }
  expect(answersFor(lea, world.amadou.id, without)).toBe(false)
  expect(answersFor(lea, world.camille.id, without)).toBe(true)
  const [her] = [...group.policy.persons.values()].filter(({ user }) => user === world.camille.id)
  if (her === undefined) throw new Error("not in the policy")
  const persons = new Map([...group.policy.persons, [her.user, { ...her, role: "member" as const }]])
  expect(answersFor(lea, world.amadou.id, { ...without, policy: { ...group.policy, persons } })).toBe(true)
})

async function liveGroupOf({ storage }: Device): Promise<LiveGroup> {
  const bytes = await groups.get(storage, hers.id)
  if (bytes === undefined) throw new Error("no state")
  return liveGroup(deserialise(bytes), hers.id)
}

function goOffline({ browser }: Device): void {
  browser.isConnected = false
  browser.cut()
}

/** He comes in while nobody is there who could say that it is the real circle. */
async function alone(): Promise<Circle> {
  await invite(hers, world.amadou)
  goOffline(camille)
  const [invitation] = (await when(amadou.cordee.invitations, (each) => each?.length === 1)) ?? []
  if (invitation === undefined) throw new Error("not invited")
  const his = amadou.cordee.circle(await amadou.cordee.accept(invitation.id))
  await when(his.view, ({ composer }) => composer.state === "unconfirmed")
  return his
}

/** What she says of the epoch that he has made; signed by her device, or as if. */
async function sheSays(confirmed: Uint8Array, signer: Device = camille): Promise<void> {
  const device = await readDevice(camille.storage)
  const signing = await readDevice(signer.storage)
  const known = world.service.circles.get(hers.id)
  if (device === undefined || signing === undefined || known === undefined) throw new Error("no device")
  const says = { circle: hers.id, epoch: known.epoch, confirmed, device: device.device, time: Date.now() }
  const statement = toBase64(await makeStatement(EPOCH_SEEN, says, signing.signaturePrivateKey))
  world.door.tellCircle(known, { t: "seen", circle: hers.id, statement })
}

test("nothing leaves until a coordinator's device has processed the joining", async () => {
  const his = await alone()
  await his.send("Bonjour")
  await new Promise((resolve) => setTimeout(resolve, 150))
  expect(his.view.get().composer.state).toBe("unconfirmed")
  expect(his.view.get().entries.map(({ kind, seq }) => [kind, seq])).toEqual([["message", null]])
  camille.browser.isConnected = true
  await when(his.view, ({ composer }) => composer.state === "open")
  await shows(hers, "Bonjour")
})

test("a statement about another transcript is a fork, and stops the circle", async () => {
  const his = await alone()
  await sheSays(new Uint8Array(32).fill(1))
  const { composer } = await when(his.view, (view) => view.composer.state === "refused")
  expect(composer).toMatchObject({ refusal: { code: "fork" } })
})

test("a statement that she did not sign confirms nothing", async () => {
  const his = await alone()
  const bytes = await groups.get(amadou.storage, his.id)
  if (bytes === undefined) throw new Error("no state")
  await sheSays(confirmedTranscriptHash(deserialise(bytes)), amadou)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(his.view.get().composer.state).toBe("unconfirmed")
})

test("a further device goes by the mark in the vault, with nobody there", async () => {
  await invite(hers, world.amadou)
  const his = await accept(amadou)
  await his.send("Noté")
  await shows(hers, "Noté")
  await camille.cordee.stop()
  goOffline(amadou)
  const phone = await world.further(world.camille, camille.code)
  const again = await live(phone.cordee, hers.id)
  await shows(again, "Noté")
})

test("the mark is followed through the commits of the log", async () => {
  await invite(hers, world.amadou, "coordinator")
  const his = await accept(amadou)
  await when(hers.view, ({ readers }) => readers?.people === 2)
  await camille.cordee.stop()
  await invite(his, world.lea)
  await his.end(world.lea.id, "removed", "")
  await his.send("Entre nous")
  await amadou.cordee.stop()
  const phone = await world.further(world.camille, camille.code)
  const again = await live(phone.cordee, hers.id)
  await shows(again, "Entre nous")
  expect(texts(again)).toEqual(["Entre nous"])
})

test("a service that shows a further device a circle from before the mark is refused", async () => {
  await invite(hers, world.amadou)
  const known = world.service.circles.get(hers.id)
  const old = { epoch: known?.epoch, group_info: known?.groupInfo, tree: known?.tree }
  await accept(amadou)
  await when(hers.view, ({ readers }) => readers?.people === 2)
  await camille.cordee.stop()
  const phone = await world.device(world.camille)
  phone.browser.tamper.http = (path, answer) => (path.endsWith("/group") ? { ...answer, ...old } : answer)
  await phone.cordee.unlock(camille.code)
  await when(phone.cordee.phase, ({ at }) => at === "ready")
  const { composer } = await when(phone.cordee.circle(hers.id).view, (view) => view.composer.state === "refused")
  expect(composer).toMatchObject({ refusal: { code: "older_epoch" } })
})
