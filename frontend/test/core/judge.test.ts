/** Commits between real groups: which leaves they must remove, which certificate their maker's leaf may bring. */
import { beforeEach, describe, expect, test } from "vitest"
import { liveGroup, type LiveGroup } from "../../src/core/circle/group.ts"
import { takeIn } from "../../src/core/circle/judge.ts"
import { CircleRefused } from "../../src/core/circle/refused.ts"
import { idBytes } from "../../src/core/encoding/uuid.ts"
import { makeCertificate } from "../../src/core/identity/certificate.ts"
import { commitPolicy, createGroup, groupInfo, joinExternally, type OwnCommit } from "../../src/core/mls/group.ts"
import { NO_HASH, makeChange, readChange } from "../../src/core/policy/change.ts"
import { apply, begin } from "../../src/core/policy/fold.ts"
import { writeNote } from "../../src/core/policy/note.ts"
import type { Operation } from "../../src/core/policy/operation.ts"
import { writePolicy } from "../../src/core/policy/policy.ts"
import { amadou, at, camille, CIRCLE, lea, person, renewed, type Someone } from "../vectors/cast.ts"
import { endOrder, keysOf, rotation, tablet, withKeys } from "../vectors/operations.ts"

const WILLING = { leaf: () => undefined, group: () => undefined }
const NOW = new Date(at(0))
const again = await renewed(camille)
const rotate: Operation = { type: "rotate", rotation: await rotation(camille, again) }

function leafOf(who: Someone) {
  const { certificate, leafKey, signaturePrivateKey } = who
  return { certificate, signaturePrivateKey, signaturePublicKey: leafKey }
}

/** Camille's two devices, Amadou's and Léa's, each with the group as it holds it. Leaves in this order. */
interface Circle {
  camille: LiveGroup
  tablet: LiveGroup
  amadou: LiveGroup
  lea: LiveGroup
}

async function joined(shower: LiveGroup, who: Someone, time = at(20)): Promise<OwnCommit> {
  const { groupInfo: info, ratchetTree } = await groupInfo(shower.state)
  const authenticatedData = writeNote(time, [])
  return joinExternally({ groupInfo: info, ratchetTree, leaf: leafOf(who), authenticatedData, now: NOW }, WILLING)
}

async function opened(): Promise<Circle> {
  const first = readChange(
    await makeChange({ circle: CIRCLE, n: 0, prev: NO_HASH, op: withKeys, time: at(0) }, camille),
  )
  const policy = writePolicy(await begin(first, CIRCLE))
  const state = await createGroup({ groupId: idBytes(CIRCLE), leaf: leafOf(camille), policy, now: NOW })
  let hers = await liveGroup(state, CIRCLE)
  for (const [index, op] of [
    { type: "invite", person: person(amadou) } as const,
    { type: "invite", person: person(lea, "coordinator") } as const,
  ].entries()) {
    hers = await liveGroup((await committed(hers, camille, op, { time: at(index + 1) })).next, CIRCLE)
  }
  let inside = [hers]
  for (const who of [tablet, amadou, lea]) {
    const [shower] = inside
    if (shower === undefined) throw new TypeError("the circle was opened")
    const join = await joined(shower, who)
    inside = [...(await Promise.all(inside.map((group) => taken(group, join)))), await liveGroup(join.next, CIRCLE)]
  }
  const [one, two, three, four] = inside
  if (!one || !two || !three || !four) throw new TypeError("four came in")
  return { camille: one, tablet: two, amadou: three, lea: four }
}

interface Bent {
  readonly time?: number
  readonly removing?: readonly Someone[]
  readonly certificate?: Uint8Array
  readonly signer?: Someone
}

/** What a member commits, right or wrong: only MLS itself is kept to. */
async function committed(group: LiveGroup, by: Someone, op: Operation, bent: Bent = {}): Promise<OwnCommit> {
  const { certificate, removing = [], signer = by, time = at(30) } = bent
  const { head } = group.policy
  const change = await makeChange({ circle: CIRCLE, n: head.n + 1, prev: head.hash, op, time }, signer)
  const policy = writePolicy(await apply(group.policy, readChange(change)))
  return commitPolicy(group.state, {
    policy,
    removeLeaves: removing.map(({ device }) => group.devices.get(device)?.leaf ?? -1),
    authenticatedData: writeNote(time, [change]),
    ...(certificate === undefined ? {} : { certificate }),
  })
}

async function taken(group: LiveGroup, { commit }: OwnCommit): Promise<LiveGroup> {
  const next = await takeIn(group, commit)
  if (next === undefined) throw new TypeError("this device was removed")
  return next
}

async function refusal(group: LiveGroup, { commit }: OwnCommit): Promise<string> {
  try {
    await takeIn(group, commit)
    return "accepted"
  } catch (error) {
    if (error instanceof CircleRefused) return `${error.code}: ${error.detail}`
    throw error
  }
}

let circle: Circle
beforeEach(async () => {
  circle = await opened()
})

describe("a person's identity key changes", () => {
  test("the committer's leaf brings the certificate under the new key, the other devices go", async () => {
    const made = await committed(circle.camille, camille, rotate, { removing: [tablet], certificate: again.certificate })
    const mine = await liveGroup(made.next, CIRCLE)
    for (const other of [circle.amadou, circle.lea]) {
      const next = await taken(other, made)
      expect(next.contentKey).toEqual(mine.contentKey)
      expect([...next.devices.keys()]).toEqual([camille.device, amadou.device, lea.device])
      expect(next.devices.get(camille.device)?.certificate.raw).toEqual(again.certificate)
    }
    expect(await takeIn(circle.tablet, made.commit)).toBeUndefined()
  })

  test("and the group goes on: the re-certified leaf commits, the other device comes back", async () => {
    const made = await committed(circle.camille, camille, rotate, { removing: [tablet], certificate: again.certificate })
    const mine = await liveGroup(made.next, CIRCLE)
    const his = await taken(circle.amadou, made)
    const back = await joined(his, { ...(await renewed(tablet)) })
    const [hers, later] = [await taken(mine, back), await taken(his, back)]
    expect(later.devices.has(tablet.device)).toBe(true)
    const op: Operation = { type: "revoke", user: camille.user, device: tablet.device, order: null }
    const revoked = await committed(hers, camille, op, { removing: [tablet], signer: again, time: at(40) })
    expect((await taken(later, revoked)).devices.has(tablet.device)).toBe(false)
  })

  test("a leaf that keeps its old certificate is refused", async () => {
    const made = await committed(circle.camille, camille, rotate, { removing: [tablet] })
    expect(await refusal(circle.amadou, made)).toBe("foreign_device: leaf_refused: bad_certificate")
  })

  test("a certificate of another device or person is refused", async () => {
    const others = [(await renewed(tablet)).certificate, lea.certificate, (await renewed(amadou)).certificate]
    for (const certificate of others) {
      const made = await committed(circle.camille, camille, rotate, { removing: [tablet], certificate })
      expect(await refusal(circle.amadou, made)).toMatch(/^foreign_device: /)
    }
  })

  test("without a change of identity no leaf changes its certificate", async () => {
    const op: Operation = { type: "role", user: amadou.user, role: "coordinator", notAfter: null }
    const { device, identityPrivateKey, leafKey: key, user } = camille
    const another = await makeCertificate({ user, device, key, created: at(-10), identityPrivateKey })
    for (const certificate of [again.certificate, another]) {
      const made = await committed(circle.camille, camille, op, { certificate })
      expect(await refusal(circle.amadou, made)).toMatch(/^foreign_device: /)
    }
    expect(await refusal(circle.amadou, await committed(circle.camille, camille, op))).toBe("accepted")
  })

  test("when another commits it, all the person's leaves go, and no fewer", async () => {
    const all = await committed(circle.amadou, amadou, rotate, { removing: [camille, tablet] })
    expect([...(await taken(circle.lea, all)).devices.keys()]).toEqual([amadou.device, lea.device])
    expect(await takeIn(circle.camille, all.commit)).toBeUndefined()
    const some = await committed(circle.amadou, amadou, rotate, { removing: [tablet] })
    expect(await refusal(circle.lea, some)).toBe("policy_without_right: keeps_unfit_leaf")
  })

  test("a reset takes the old leaves away", async () => {
    const op: Operation = { type: "reset", ...keysOf(await renewed(amadou)) }
    const kept = await committed(circle.camille, camille, op)
    expect(await refusal(circle.lea, kept)).toBe("policy_without_right: keeps_unfit_leaf")
    const gone = await committed(circle.camille, camille, op, { removing: [amadou] })
    expect((await taken(circle.lea, gone)).devices.has(amadou.device)).toBe(false)
  })
})

describe("a member's commit removes exactly the leaves that its changes make unfit", () => {
  test("every leaf of who ends", async () => {
    const op = { type: "end", user: camille.user, code: "left", order: await endOrder(camille, at(25)) } as const
    const both = await committed(circle.amadou, amadou, op, { removing: [camille, tablet] })
    expect([...(await taken(circle.lea, both)).devices.keys()]).toEqual([amadou.device, lea.device])
    const one = await committed(circle.amadou, amadou, op, { removing: [camille] })
    expect(await refusal(circle.lea, one)).toBe("policy_without_right: keeps_unfit_leaf")
  })

  test("and of nobody else", async () => {
    const op = { type: "end", user: amadou.user, code: "removed", order: null } as const
    const more = await committed(circle.camille, camille, op, { removing: [amadou, tablet] })
    expect(await refusal(circle.lea, more)).toBe("policy_without_right: removes_without_end")
  })

  test("a revoked device, which then neither commits nor comes back", async () => {
    const op: Operation = { type: "revoke", user: camille.user, device: tablet.device, order: null }
    const kept = await committed(circle.camille, camille, op)
    expect(await refusal(circle.lea, kept)).toBe("policy_without_right: keeps_unfit_leaf")
    const gone = await committed(circle.camille, camille, op, { removing: [tablet] })
    const hers = await taken(circle.lea, gone)
    expect(hers.devices.has(tablet.device)).toBe(false)
    expect(await refusal(hers, await joined(hers, tablet))).toBe("foreign_device: leaf_refused: device_revoked")
  })

  test("a device does not commit its own revocation", async () => {
    const op: Operation = { type: "revoke", user: camille.user, device: camille.device, order: null }
    const made = await committed(circle.camille, camille, op)
    expect(await refusal(circle.lea, made)).toMatch(/device_revoked/)
  })

  test("nobody past their end commits the change that lifts it", async () => {
    const role = { type: "role", user: amadou.user } as const
    const ending = await committed(circle.camille, camille, { ...role, role: "guest", notAfter: at(35) })
    const [hers, his] = [await liveGroup(ending.next, CIRCLE), await taken(circle.amadou, ending)]
    const lift: Operation = { ...role, role: "member", notAfter: null }
    const bent = { signer: camille, time: at(35) }
    expect(await refusal(hers, await committed(his, amadou, lift, bent))).toMatch(/membership_past_end/)
    expect(await refusal(his, await committed(hers, camille, lift, bent))).toBe("accepted")
  })
})
