/** A service, or a member, that does not keep to the rules: each act is refused with its code, and nothing is lost. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { groups } from "../../src/core/circle/records.ts"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { idBytes } from "../../src/core/encoding/uuid.ts"
import { itemDigest, nextPlace } from "../../src/core/envelope/log.ts"
import { asId, type Circle, type MessageId } from "../../src/core/index.ts"
import {
  commitPolicy,
  contentKey,
  createGroup,
  deserialise,
  groupInfo,
  joinExternally,
  policy,
  type OwnLeaf,
} from "../../src/core/mls/group.ts"
import { when } from "../../src/core/observable.ts"
import { makeChange, readChange } from "../../src/core/policy/change.ts"
import { writeNote } from "../../src/core/policy/note.ts"
import { readPolicy, writePolicy } from "../../src/core/policy/policy.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import { makeEnvelope } from "../../src/core/envelope/envelope.ts"
import { readEnvelope } from "../../src/core/envelope/header.ts"
import { someone } from "../vectors/cast.ts"
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

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(async () => {
  await world.stop()
})

function onService(circle: Circle): CircleOf {
  const found = world.service.circles.get(circle.id)
  if (found === undefined) throw new Error("no such circle")
  return found
}

async function refused(circle: Circle): Promise<string> {
  const { composer } = await when(circle.view, (view) => view.composer.state === "refused")
  if (composer.state !== "refused") throw new Error("not refused")
  expect(composer.refusal.evidence).not.toBe(undefined)
  await expect(circle.send("encore")).rejects.toMatchObject({ code: "closed" })
  return composer.refusal.code
}

/** Puts an item into the log behind the service's back, with a hash that fits. */
function forge(circle: Circle, item: { env: string } | { commit: string; epoch: number }): void {
  const known = onService(circle)
  const made =
    "env" in item
      ? world.service.append(known, fromBase64(item.env), { kind: "message", env: item.env, digest: null })
      : world.service.append(known, fromBase64(item.commit), {
          ...item,
          kind: "commit",
          device: asId("019386c5-6d00-7a01-8003-000000000000"),
        })
  world.door.tellCircle(known, { t: "item", circle: circle.id, ...made })
}

async function stateOf({ storage }: Device, circle: Circle): Promise<ReturnType<typeof deserialise>> {
  const bytes = await groups.get(storage, circle.id)
  if (bytes === undefined) throw new Error("no state")
  return deserialise(bytes)
}

function envOf(circle: Circle, index: number): string {
  const item = onService(circle).items.filter(({ kind }) => kind === "message")[index]
  if (item?.kind !== "message" || item.env === null) throw new Error("no message")
  return item.env
}

describe("a log that was touched", () => {
  let hers: Circle
  let his: Circle
  let camille: Device
  let amadou: Device
  beforeEach(async () => {
    camille = await world.first(world.camille)
    amadou = await world.first(world.amadou)
    hers = await openCircle(camille)
    await invite(hers, world.amadou)
    his = await accept(amadou)
    await hers.send("un")
    await hers.send("deux")
    await shows(his, "deux")
  })
  afterEach(() => {
    expect(texts(his).slice(0, 2)).toEqual(["un", "deux"])
  })

  test("another envelope under the same hash", async () => {
    amadou.browser.tamper.frame = (frame) =>
      frame["t"] === "item" && "env" in frame ? { ...frame, env: envOf(hers, 0) } : frame
    await hers.send("trois")
    expect(await refused(his)).toBe("altered_log")
  })

  test("a bit of an envelope, with a hash that fits", async () => {
    const raw = fromBase64(envOf(hers, 1))
    raw[raw.length - 1] = (raw.at(-1) ?? 0) ^ 1
    forge(hers, { env: toBase64(raw) })
    expect(await refused(his)).toBe("bad_signature")
    expect(await refused(hers)).toBe("bad_signature")
  })

  test("bytes that are none", async () => {
    amadou.browser.tamper.frame = (frame) =>
      frame["t"] === "item" && "env" in frame ? { ...frame, env: "n’importe quoi" } : frame
    await hers.send("trois")
    expect(await refused(his)).toBe("unknown_form")
  })

  test("a message once more", async () => {
    forge(hers, { env: envOf(hers, 0) })
    expect(await refused(his)).toBe("replayed")
  })

  test("a message of another circle", async () => {
    const other = await openCircle(camille)
    await other.send("ailleurs")
    await shows(other, "ailleurs")
    forge(hers, { env: envOf(other, 0) })
    expect(await refused(his)).toBe("wrong_place")
    expect(other.view.get().composer.state).toBe("open")
  })

  test("a message of a device that is not there", async () => {
    const stranger = await someone("stranger", 9)
    const { epoch } = readEnvelope(fromBase64(envOf(hers, 0)))
    const env = await makeEnvelope({
      kind: "message",
      circle: hers.id,
      epoch,
      id: asId<MessageId>("019386c5-6d00-7a01-8004-000000000009"),
      device: stranger.device,
      created: Date.now(),
      content: {
        type: "text",
        text: "qui suis-je",
        counter: 1,
        log: { seq: 0, hash: new Uint8Array(32) },
        files: [],
        mentions: [],
      },
      contentKey: new Uint8Array(32),
      nonce: new Uint8Array(24),
      signaturePrivateKey: stranger.signaturePrivateKey,
    })
    forge(hers, { env: toBase64(env) })
    expect(await refused(his)).toBe("foreign_device")
  })

  test("two different items at one place", async () => {
    const item = onService(hers).items.at(-1)
    world.door.tellCircle(onService(hers), { t: "item", circle: hers.id, ...item, hash: toBase64(new Uint8Array(32)) })
    expect(await refused(his)).toBe("fork")
  })

  test("a second commit for an epoch that has passed", async () => {
    const commit = onService(hers).items.find(({ kind }) => kind === "commit")
    if (commit?.kind !== "commit") throw new Error("no commit")
    forge(hers, { commit: commit.commit, epoch: commit.epoch })
    expect(await refused(his)).toBe("fork")
  })

  test("a log that became shorter", async () => {
    amadou.browser.tamper.http = (path, answer) =>
      path.includes("/items") ? { ...answer, head: 1, items: [] } : answer
    amadou.browser.cut()
    expect(await refused(his)).toBe("older_epoch")
  })

  test("another past on reconnecting", async () => {
    amadou.browser.tamper.http = (path, answer) => {
      const base = answer["base"] as { seq: number } | undefined
      return path.includes("/items") ? { ...answer, base: { ...base, hash: toBase64(new Uint8Array(32)) } } : answer
    }
    amadou.browser.cut()
    expect(await refused(his)).toBe("fork")
  })

  test("two people are shown two logs: the next message tells", async () => {
    const known = onService(hers)
    const before = known.head
    await hers.send("seulement pour elle")
    const view = await when(hers.view, () => texts(hers).includes("seulement pour elle"))
    expect(view.composer.state).toBe("open")
    await shows(hers, "seulement pour elle")
    await shows(his, "seulement pour elle")
    // Camille's device is told another past: its next message commits to it.
    const raw = fromBase64(envOf(hers, 2))
    expect(nextPlace(before, itemDigest(raw)).hash).toEqual(known.head.hash)
    const state = await stateOf(camille, hers)
    const record = await readDevice(camille.storage)
    if (record === undefined) throw new Error("no device")
    const env = await makeEnvelope({
      kind: "message",
      circle: hers.id,
      epoch: known.epoch,
      id: asId<MessageId>("019386c5-6d00-7a01-8004-000000000008"),
      device: record.device,
      created: Date.now(),
      content: {
        type: "text",
        text: "d’un autre journal",
        counter: 4,
        log: { seq: 2, hash: new Uint8Array(32) },
        files: [],
        mentions: [],
      },
      contentKey: await contentKey(state, idBytes(hers.id)),
      nonce: new Uint8Array(24),
      signaturePrivateKey: record.signaturePrivateKey,
    })
    forge(hers, { env: toBase64(env) })
    expect(await refused(his)).toBe("altered_log")
  })

  test("after a reload the refusal is still there, and so is what was read", async () => {
    forge(hers, { env: envOf(hers, 0) })
    await refused(his)
    const again = await amadou.reload()
    const circle = again.cordee.circle(his.id)
    expect(await refused(circle)).toBe("replayed")
    expect(texts(circle)).toEqual(["un", "deux"])
  })
})

describe("a commit without right", () => {
  test("a member ends another", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const lea = await world.first(world.lea)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    await invite(hers, world.lea)
    const leas = await accept(lea)
    await when(his.view, () => events(his).filter((type) => type === "joined").length === 2)

    const device = await readDevice(amadou.storage)
    const state = await stateOf(amadou, hers)
    if (device === undefined) throw new Error("no device")
    const before = readPolicy(policy(state))
    const time = Date.now()
    const op = { type: "end", user: world.lea.id, code: "removed", order: null } as const
    const change = await makeChange({ circle: hers.id, n: before.head.n + 1, prev: before.head.hash, op, time }, device)
    const persons = new Map([...before.persons].filter(([user]) => user !== world.lea.id))
    const made = await commitPolicy(state, {
      policy: writePolicy({ ...before, persons, head: { n: before.head.n + 1, hash: readChange(change).hash } }),
      removeLeaves: [2],
      authenticatedData: writeNote(time, [change]),
    })
    forge(hers, { commit: toBase64(made.commit), epoch: onService(hers).epoch + 1 })
    expect(await refused(hers)).toBe("policy_without_right")
    expect(await refused(leas)).toBe("policy_without_right")
  })

  test("a device of nobody comes in", async () => {
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    await hers.send("entre nous")
    await shows(hers, "entre nous")
    const stranger = await someone("stranger", 9)
    const leaf: OwnLeaf = { ...stranger, signaturePublicKey: stranger.leafKey }
    const { groupInfo: info, tree } = onService(hers)
    const shown = {
      groupInfo: fromBase64(info),
      ratchetTree: fromBase64(tree),
      leaf,
      authenticatedData: writeNote(Date.now(), []),
    }
    const made = await joinExternally(shown, { leaf: () => undefined, group: () => undefined })
    forge(hers, { commit: toBase64(made.commit), epoch: 1 })
    expect(await refused(hers)).toBe("foreign_device")
    expect(texts(hers)).toEqual(["entre nous"])
  })
})

describe("a circle shown to a joiner", () => {
  async function shown(
    tamper: (path: string, answer: Record<string, unknown>, circle: CircleOf) => Record<string, unknown>,
  ): Promise<Device> {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    amadou.browser.tamper.http = (path, answer) => tamper(path, answer, onService(hers))
    return amadou
  }

  test("with a group that someone else made around the same policy", async () => {
    const stranger = await someone("stranger", 9)
    const made: { group_info?: string; tree?: string } = {}
    const amadou = await shown((path, answer) => (path.endsWith("/group") ? { ...answer, ...made, epoch: 0 } : answer))
    const [circle] = world.service.circles.values()
    if (circle === undefined) throw new Error("no circle")
    const camille = world.devices[0]
    if (camille === undefined) throw new Error("no device")
    const state = await groups.get(camille.storage, circle.id)
    if (state === undefined) throw new Error("no state")
    const leaf: OwnLeaf = { ...stranger, signaturePublicKey: stranger.leafKey }
    const ghost = await groupInfo(
      await createGroup({ groupId: idBytes(circle.id), leaf, policy: policy(deserialise(state)) }),
    )
    made.group_info = toBase64(ghost.groupInfo)
    made.tree = toBase64(ghost.ratchetTree)
    await expect(accept(amadou)).rejects.toMatchObject({ code: "foreign_device" })
    // Nothing was given away, and the honest circle can still be joined.
    amadou.browser.tamper.http = (_path, answer) => answer
    await accept(amadou)
  })

  test("with a chain that lacks its end", async () => {
    const amadou = await shown((path, answer, { changes }) =>
      path.endsWith("/chain") ? { ...answer, changes: changes.slice(0, 1) } : answer,
    )
    await expect(accept(amadou)).rejects.toMatchObject({ code: "broken_chain" })
  })

  test("at two moments, because a commit came between the answers: asked again, it comes in", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    await invite(hers, world.lea)
    let asked = 0
    amadou.browser.tamper.http = (path, answer) => {
      if (!path.endsWith("/chain")) return answer
      asked += 1
      return asked === 1 ? { ...answer, changes: onService(hers).changes.slice(0, -1) } : answer
    }
    await accept(amadou)
    expect(asked).toBeGreaterThan(1)
  })

  test("without the invitation", async () => {
    const amadou = await shown((path, answer) => (path.endsWith("/chain") ? { ...answer, invitation: null } : answer))
    await expect(accept(amadou)).rejects.toMatchObject({ code: "broken_chain" })
  })
})

describe("keys", () => {
  test("a wrong sealed copy is repaired by a live device, and the next device reads", async () => {
    const camille = await world.first(world.camille)
    const amadou = await world.first(world.amadou)
    const hers = await openCircle(camille)
    await invite(hers, world.amadou)
    const his = await accept(amadou)
    const keys = onService(hers).keys.get(2)
    const right = keys?.get(world.camille.id)
    keys?.set(world.camille.id, toBase64(new Uint8Array(80)))
    await his.send("bien scellé")
    await shows(hers, "bien scellé")
    await expect.poll(() => keys?.get(world.camille.id)).not.toBe(toBase64(new Uint8Array(80)))
    expect(keys?.get(world.camille.id)).not.toBe(right)
    const phone = await world.further(world.camille, camille.code)
    expect(texts(await withPast(await live(phone.cordee, hers.id)))).toEqual(["bien scellé"])
  })

  test("history whose key is wrong is shown as such, and read once the key is right", async () => {
    const camille = await world.first(world.camille)
    const hers = await openCircle(camille)
    await hers.send("illisible pour l’instant")
    await shows(hers, "illisible pour l’instant")
    const keys = onService(hers).keys.get(0)
    const right = keys?.get(world.camille.id) ?? ""
    keys?.set(world.camille.id, toBase64(new Uint8Array(80)))
    const phone = await world.further(world.camille, camille.code)
    const onPhone = await withPast(await live(phone.cordee, hers.id))
    expect(onPhone.view.get().entries.map(({ kind }) => kind)).toEqual(["event", "unreadable", "event"])
    keys?.set(world.camille.id, right)
    phone.browser.cut()
    await shows(onPhone, "illisible pour l’instant")
  })

  test("another identity key for oneself is refused", async () => {
    const camille = await world.first(world.camille)
    world.camille.identity = { identity_key: toBase64(new Uint8Array(32)), history_key: "", history_sig: "" }
    const again = await camille.reload()
    expect(again.cordee.phase.get()).toMatchObject({ at: "refused", refusal: { code: "identity_changed" } })
  })
})
