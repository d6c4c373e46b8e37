/**
 * Every operation of a policy beyond the first three, allowed and refused, each tried on one of a few chains; and which
 * leaves it makes unfit.
 */
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { readCertificate, verifyCertificate, type Certificate } from "../../src/core/identity/certificate.ts"
import type { PinnedKeys } from "../../src/core/identity/historyKey.ts"
import { readChange, type NewChange } from "../../src/core/policy/change.ts"
import { apply, fold } from "../../src/core/policy/fold.ts"
import { unfit } from "../../src/core/policy/leaves.ts"
import type { Operation } from "../../src/core/policy/operation.ts"
import type { NewPerson } from "../../src/core/policy/person.ts"
import { writePolicy } from "../../src/core/policy/policy.ts"
import { pendingCommitment, ROTATION, type Rotation } from "../../src/core/statements/identity.ts"
import { END_ORDER, RESTORE_ORDER, type EndOrder, type RestoreOrder } from "../../src/core/statements/orders.ts"
import { makeStatement, readStatement, type Unverified } from "../../src/core/statements/signed.ts"
import {
  amadou,
  at,
  camille,
  CIRCLE,
  lea,
  orderKey,
  orderSeed,
  OTHER_CIRCLE,
  renewed,
  seeded,
  someone,
  stewardKey,
  stewardSeed,
  stranger,
  type Someone,
} from "./cast.ts"
import { create, end, grow, invite, next, rewritten } from "./chain.ts"

export const tablet = await someone("camille", 1, 2)
export const nina = await someone("nina", 4)
export const paul = await someone("paul", 5)
export const withKeys = { ...create, orders: orderKey, steward: stewardKey } satisfies Operation

export function pendingPerson(who: Someone, role: "coordinator" | "member" = "member"): NewPerson {
  const entry = { user: who.user, name: "DURAND Paul", number: "810000000005", system: "urn:oid:1.2.250.1.71.4.2.1" }
  return {
    user: who.user,
    identity: null,
    history: null,
    historySignature: null,
    pending: pendingCommitment(entry),
    role,
    ground: "formal_team",
    notAfter: null,
  }
}

export async function endOrder(
  who: Someone,
  time: number,
  bent: Partial<EndOrder> = {},
  seed: Uint8Array = orderSeed,
): Promise<Unverified<EndOrder>> {
  const order = { circle: CIRCLE, user: who.user, device: null, code: "left", time, ...bent } as const
  return readStatement(END_ORDER, await makeStatement(END_ORDER, order, seed))
}

export async function restoreOrder(
  who: Someone,
  time: number,
  bent: Partial<RestoreOrder> = {},
  seed: Uint8Array = stewardSeed,
): Promise<Unverified<RestoreOrder>> {
  const order = { circle: CIRCLE, user: who.user, time, ...bent }
  return readStatement(RESTORE_ORDER, await makeStatement(RESTORE_ORDER, order, seed))
}

export async function rotation(from: Someone, to: Someone, oldSeed?: Uint8Array): Promise<Unverified<Rotation>> {
  const { history, historySignature, identity, identityPrivateKey, user } = to
  const says = { user, old: from.identity, new: identity, history, historySignature, time: at(5) }
  const raw = await makeStatement(ROTATION, says, identityPrivateKey, oldSeed ?? from.identityPrivateKey)
  return readStatement(ROTATION, raw)
}

export function keysOf({ history, historySignature, identity, user }: Someone): PinnedKeys {
  return { user, identity, history, historySignature }
}

const admit = (who: Someone): Operation => ({ type: "admit", ...keysOf(who) })
const reset = (who: Someone): Operation => ({ type: "reset", ...keysOf(who) })
const role = (
  who: Someone,
  to: "coordinator" | "member" | "guest" = "member",
  notAfter: number | null = null,
): Operation => ({ type: "role", user: who.user, role: to, notAfter })
const revoke = ({ device, user }: Someone, order: Unverified<EndOrder> | null = null): Operation => ({
  type: "revoke",
  user,
  device,
  order,
})
const ordered = (order: Unverified<EndOrder>, code: "left" | "removed" | "expired" = "left"): Operation => ({
  type: "end",
  user: order.says.user,
  code,
  order,
})
const expired = (who: Someone): Operation => ({ type: "end", user: who.user, code: "expired", order: null })

/** When the last of the chains below has ended, and nobody's end has come. */
const NOW = at(100)
const NINAS_END = at(500)

/** Camille and Léa coordinate; Amadou is a member, Nina a guest, Paul invited before his first sign-in. */
async function chains() {
  const solo = await grow([], withKeys)
  const pair = await grow(solo, invite(amadou))
  const team = await grow(
    pair,
    invite(lea, "coordinator"),
    invite(nina, "guest", NINAS_END),
    { type: "invite", person: pendingPerson(paul) },
  )
  const withoutKeys = await grow([], create, invite(amadou))
  const orphaned = [...pair, await next(pair, ordered(await endOrder(camille, at(20))), amadou)]
  const again = await grow(pair, end(amadou), invite(amadou))
  const demoted = await grow(pair, role(amadou, "coordinator"), role(amadou))
  const revoked = await grow(team, revoke(tablet))
  const rotated = await grow(revoked, { type: "rotate", rotation: await rotation(camille, await renewed(camille)) })
  const wasReset = await grow(team, reset(await renewed(amadou)))
  const admitted = await grow(team, admit(paul))
  const pendingCoordinator = await grow(solo, { type: "invite", person: pendingPerson(paul, "coordinator") })
  return {
    solo,
    pair,
    team,
    withoutKeys,
    orphaned,
    again,
    demoted,
    revoked,
    rotated,
    wasReset,
    admitted,
    pendingCoordinator,
  }
}

type Chains = Awaited<ReturnType<typeof chains>>

interface Case {
  readonly name: string
  readonly on: keyof Chains
  readonly op: Operation
  readonly code: string | null
  readonly by?: Someone
  readonly bent?: Partial<NewChange>
}

function membership(): readonly Case[] {
  const foreign = { ...keysOf(paul), historySignature: lea.historySignature }
  return [
    { name: "admit: a pending person, by a coordinator", on: "team", op: admit(paul), code: null },
    { name: "admit: by a member", on: "team", op: admit(paul), by: amadou, code: "not_allowed" },
    { name: "admit: by the pending person", on: "team", op: admit(paul), by: paul, code: "not_allowed" },
    { name: "admit: someone who has keys", on: "team", op: admit(amadou), code: "not_pending" },
    { name: "admit: someone who is not there", on: "team", op: admit(stranger), code: "unknown_person" },
    {
      name: "admit: a history key signed by another",
      on: "team",
      op: { type: "admit", ...foreign },
      code: "bad_history_key",
    },
    { name: "admit: twice", on: "admitted", op: admit(paul), code: "not_pending" },
    { name: "admitted: signs for himself", on: "admitted", op: revoke(paul), by: paul, code: null },
    { name: "pending: signs nothing", on: "team", op: revoke(paul), by: paul, code: "not_allowed" },
    { name: "pending: is ended", on: "team", op: end(paul, "declined"), code: null },
    {
      name: "pending: is no coordinator that a circle could keep",
      on: "pendingCoordinator",
      op: end(camille),
      code: "last_coordinator",
    },
    { name: "role: a member becomes a guest", on: "team", op: role(amadou, "guest", at(900)), code: null },
    { name: "role: a pending person becomes coordinator", on: "team", op: role(paul, "coordinator"), code: null },
    { name: "role: a guest without an end", on: "team", op: role(amadou, "guest"), code: "guest_without_end" },
    { name: "role: an end in the past", on: "team", op: role(amadou, "member", at(99)), code: "end_in_the_past" },
    { name: "role: by a member", on: "team", op: role(amadou, "coordinator"), by: amadou, code: "not_allowed" },
    { name: "role: of someone who is not there", on: "team", op: role(stranger), code: "unknown_person" },
    { name: "role: one of two coordinators steps down", on: "team", op: role(camille), code: null },
    { name: "role: the last coordinator steps down", on: "pair", op: role(camille), code: "last_coordinator" },
    { name: "role: who stepped down", on: "demoted", op: role(amadou, "coordinator"), by: amadou, code: "not_allowed" },
    {
      name: "invite: by a guest past the end",
      on: "team",
      op: invite(stranger),
      by: nina,
      bent: { time: NINAS_END },
      code: "not_allowed",
    },
    {
      name: "expired: before the end",
      on: "team",
      op: expired(nina),
      by: amadou,
      bent: { time: NINAS_END - 1 },
      code: "not_allowed",
    },
    {
      name: "expired: at the end, by anybody",
      on: "team",
      op: expired(nina),
      by: amadou,
      bent: { time: NINAS_END },
      code: null,
    },
    {
      name: "expired: by the person past the end",
      on: "team",
      op: expired(nina),
      by: nina,
      bent: { time: NINAS_END },
      code: "not_allowed",
    },
    {
      name: "removed: past the end, by a member",
      on: "team",
      op: end(nina),
      by: amadou,
      bent: { time: NINAS_END },
      code: "not_allowed",
    },
  ]
}

async function endOrders(): Promise<readonly Case[]> {
  const order = await endOrder(amadou, NOW)
  const past = { time: NINAS_END }
  const of = async (bent: Partial<EndOrder>, seed?: Uint8Array): Promise<Operation> => ({
    ...ordered(await endOrder(amadou, NOW, bent, seed)),
    user: amadou.user,
  } as Operation)
  const minute = 60_000
  return [
    { name: "end order: by any member", on: "team", op: ordered(order), by: nina, code: null },
    { name: "end order: by the person", on: "team", op: ordered(order), by: amadou, code: null },
    {
      name: "end order: of a pending person",
      on: "team",
      op: ordered(await endOrder(paul, NOW)),
      by: amadou,
      code: null,
    },
    {
      name: "end order: of the last coordinator",
      on: "pair",
      op: ordered(await endOrder(camille, NOW)),
      by: amadou,
      code: null,
    },
    {
      name: "end order: by someone past the end",
      on: "team",
      op: ordered(await endOrder(amadou, NINAS_END)),
      by: nina,
      bent: past,
      code: "not_allowed",
    },
    { name: "end order: by a stranger", on: "team", op: ordered(order), by: stranger, code: "not_allowed" },
    {
      name: "end order: for another person",
      on: "team",
      op: await of({ user: nina.user }),
      by: nina,
      code: "bad_order",
    },
    {
      name: "end order: for another circle",
      on: "team",
      op: await of({ circle: OTHER_CIRCLE }),
      by: nina,
      code: "bad_order",
    },
    {
      name: "end order: with another code",
      on: "team",
      op: await of({ code: "removed" }),
      by: nina,
      code: "bad_order",
    },
    {
      name: "end order: for a device",
      on: "team",
      op: await of({ code: "revoked", device: amadou.device }),
      by: nina,
      code: "bad_order",
    },
    {
      name: "end order: signed by the steward key",
      on: "team",
      op: await of({}, stewardSeed),
      by: nina,
      code: "bad_order",
    },
    {
      name: "end order: a bad one spoils a coordinator's right",
      on: "team",
      op: await of({}, stewardSeed),
      code: "bad_order",
    },
    {
      name: "end order: where change 0 pins no key",
      on: "withoutKeys",
      op: ordered(order),
      by: amadou,
      code: "bad_order",
    },
    {
      name: "end order: from the future",
      on: "team",
      op: await of({ time: NOW + 5 * minute + 1 }),
      by: nina,
      bent: { time: NOW },
      code: "bad_order",
    },
    {
      name: "end order: by a clock that runs ahead a little",
      on: "team",
      op: await of({ time: NOW + 5 * minute }),
      by: nina,
      bent: { time: NOW },
      code: null,
    },
    {
      name: "end order: from before the person was invited again",
      on: "again",
      op: await of({ time: at(15) }),
      by: amadou,
      code: "old_order",
    },
    {
      name: "end order: from before the role",
      on: "demoted",
      op: await of({ time: at(25) }),
      by: amadou,
      code: "old_order",
    },
    {
      name: "end order: of someone who is not there",
      on: "team",
      op: ordered(await endOrder(stranger, NOW)),
      code: "unknown_person",
    },
    { name: "without a coordinator: nobody invites", on: "orphaned", op: invite(lea), by: amadou, code: "not_allowed" },
    {
      name: "without a coordinator: one still revokes one's own",
      on: "orphaned",
      op: revoke({ ...amadou, device: tablet.device }),
      by: amadou,
      code: null,
    },
  ]
}

async function devices(): Promise<readonly Case[]> {
  const order = await endOrder(tablet, NOW, { code: "revoked", device: tablet.device })
  return [
    { name: "revoke: one's own other device", on: "team", op: revoke(tablet), code: null },
    { name: "revoke: by a coordinator", on: "team", op: revoke(amadou), by: lea, code: null },
    { name: "revoke: by a member", on: "team", op: revoke(camille), by: amadou, code: "not_allowed" },
    { name: "revoke: by any member with an order", on: "team", op: revoke(tablet, order), by: nina, code: null },
    {
      name: "revoke: with an order for another device",
      on: "team",
      op: revoke(camille, order),
      by: nina,
      code: "bad_order",
    },
    {
      name: "revoke: with an order to end",
      on: "team",
      op: revoke(tablet, await endOrder(camille, NOW)),
      by: nina,
      code: "bad_order",
    },
    { name: "revoke: twice", on: "revoked", op: revoke(tablet), code: "already_revoked" },
    { name: "revoke: of a pending person", on: "team", op: revoke(paul), code: "pending" },
    { name: "revoke: of someone who is not there", on: "team", op: revoke(stranger), code: "unknown_person" },
    { name: "a revoked device signs nothing", on: "revoked", op: invite(stranger), by: tablet, code: "device_revoked" },
    {
      name: "a revoked device does not revoke its owner's other",
      on: "revoked",
      op: revoke(camille),
      by: tablet,
      code: "device_revoked",
    },
  ]
}

async function identities(): Promise<readonly Case[]> {
  const again = await renewed(camille)
  const [newAmadou, newPaul] = [await renewed(amadou), await renewed(paul)]
  const rotate = async (from: Someone, to: Someone, oldSeed?: Uint8Array): Promise<Operation> => ({
    type: "rotate",
    rotation: await rotation(from, to, oldSeed),
  })
  const foreign = { ...keysOf(newAmadou), historySignature: lea.historySignature }
  return [
    { name: "rotate: by one's own device", on: "team", op: await rotate(camille, again), code: null },
    { name: "rotate: committed by a guest", on: "team", op: await rotate(camille, again), by: nina, code: null },
    {
      name: "rotate: revoked devices are forgotten with the key",
      on: "revoked",
      op: await rotate(camille, again),
      code: null,
    },
    {
      name: "rotate: without the old key",
      on: "team",
      op: await rotate(camille, again, again.identityPrivateKey),
      code: "bad_rotation",
    },
    {
      name: "rotate: from another key than the person's",
      on: "team",
      op: await rotate({ ...camille, identity: lea.identity }, again, lea.identityPrivateKey),
      code: "bad_rotation",
    },
    { name: "rotate: once more", on: "rotated", op: await rotate(camille, again), by: again, code: "bad_rotation" },
    {
      name: "rotate: of someone who is not there",
      on: "team",
      op: await rotate(stranger, await renewed(stranger)),
      code: "unknown_person",
    },
    { name: "rotate: of a pending person", on: "team", op: await rotate(paul, newPaul), code: "pending" },
    { name: "rotate: by a stranger", on: "team", op: await rotate(camille, again), by: stranger, code: "not_allowed" },
    {
      name: "rotated: the old certificate signs nothing",
      on: "rotated",
      op: revoke(tablet),
      code: "bad_change_signature",
    },
    { name: "rotated: the new certificate signs", on: "rotated", op: revoke(tablet), by: again, code: null },
    { name: "reset: by a coordinator", on: "team", op: reset(newAmadou), code: null },
    { name: "reset: of a coordinator by the other", on: "team", op: reset(again), by: lea, code: null },
    { name: "reset: revoked devices are forgotten with the key", on: "revoked", op: reset(again), by: lea, code: null },
    { name: "reset: of oneself", on: "team", op: reset(again), code: "not_allowed" },
    { name: "reset: by a member", on: "team", op: reset(again), by: amadou, code: "not_allowed" },
    { name: "reset: to the same key", on: "team", op: reset(amadou), code: "same_identity" },
    { name: "reset: of a pending person", on: "team", op: reset(newPaul), code: "pending" },
    { name: "reset: of someone who is not there", on: "team", op: reset(stranger), code: "unknown_person" },
    {
      name: "reset: a history key signed by another",
      on: "team",
      op: { type: "reset", ...foreign },
      code: "bad_history_key",
    },
    {
      name: "was reset: the old keys sign nothing",
      on: "wasReset",
      op: revoke(amadou),
      by: amadou,
      code: "bad_change_signature",
    },
    { name: "was reset: the new keys sign", on: "wasReset", op: revoke(amadou), by: newAmadou, code: null },
  ]
}

async function restorations(): Promise<readonly Case[]> {
  const restore = async (who: Someone, bent: Partial<RestoreOrder> = {}, seed?: Uint8Array): Promise<Operation> => ({
    type: "restore",
    order: await restoreOrder(who, NOW, bent, seed),
  })
  return [
    { name: "restore: a member, by that member", on: "pair", op: await restore(amadou), by: amadou, code: null },
    { name: "restore: where nobody coordinates", on: "orphaned", op: await restore(amadou), by: amadou, code: null },
    { name: "restore: a guest, without end from then on", on: "team", op: await restore(nina), by: amadou, code: null },
    {
      name: "restore: signed by the order key",
      on: "pair",
      op: await restore(amadou, {}, orderSeed),
      code: "bad_order",
    },
    {
      name: "restore: where change 0 pins no steward",
      on: "withoutKeys",
      op: await restore(amadou),
      code: "bad_order",
    },
    {
      name: "restore: for another circle",
      on: "pair",
      op: await restore(amadou, { circle: OTHER_CIRCLE }),
      code: "bad_order",
    },
    {
      name: "restore: from before the role",
      on: "demoted",
      op: await restore(amadou, { time: at(15) }),
      by: amadou,
      code: "old_order",
    },
    {
      name: "restore: from the future",
      on: "pair",
      op: await restore(amadou, { time: NOW + 300_001 }),
      bent: { time: NOW },
      code: "bad_order",
    },
    { name: "restore: someone who is not there", on: "pair", op: await restore(lea), code: "unknown_person" },
    { name: "restore: a pending person", on: "team", op: await restore(paul), code: "pending" },
    { name: "restore: by a stranger", on: "pair", op: await restore(amadou), by: stranger, code: "not_allowed" },
  ]
}

/** Operations whose bytes no reader takes. */
async function malformed(chain: readonly Uint8Array[]): Promise<readonly (readonly [string, Uint8Array])[]> {
  const order = await endOrder(amadou, NOW)
  const ends = await next(chain, ordered(order))
  const admits = await next(chain, admit(paul))
  const invitee = pendingPerson(stranger)
  const invites = await next(chain, { type: "invite", person: invitee })
  const commitment = invitee.pending ?? new Uint8Array()
  const restores = await next(chain, { type: "restore", order: await restoreOrder(amadou, NOW) })
  const text = (raw: Uint8Array): string => `"${toBase64(raw)}"`
  return [
    ["end: an order of another form", rewritten(ends, text(order.raw), '"AAAA"')],
    ["end: without its order", rewritten(ends, `"order":${text(order.raw)},`, "")],
    ["restore: with an end order", rewritten(restores, text((await restoreOrder(amadou, NOW)).raw), text(order.raw))],
    ["admit: without a history key", rewritten(admits, `"history":${text(paul.history)},`, "")],
    ["invite: a commitment too short", rewritten(invites, '"pending":"', '"pending":"AAAA')],
    ["invite: keys and a commitment", rewritten(invites, '"identity":null', `"identity":${text(seeded("identity"))}`)],
    ["invite: neither keys nor a commitment", rewritten(invites, `"pending":${text(commitment)}`, '"pending":null')],
    ["invite: with revoked devices", rewritten(invites, '"role":"member"', '"revoked":[],"role":"member"')],
  ]
}

export async function operationVectors(): Promise<object> {
  const on = await chains()
  const cases = [
    ...membership(),
    ...(await endOrders()),
    ...(await devices()),
    ...(await identities()),
    ...(await restorations()),
  ]
  const tried = cases.map(async ({ bent, by = camille, code, name, on: chain, op }) => {
    const change = await next(on[chain], op, by, { time: NOW, ...bent })
    const after = code === null ? writePolicy(await apply(await fold(on[chain], CIRCLE), readChange(change))) : null
    return { name, on: chain, change: toBase64(change), code, policy: after === null ? null : toBase64(after) }
  })
  const unread = (await malformed(on.team)).map(([name, change]) => ({
    name,
    on: "team",
    change: toBase64(change),
    code: "bad_change",
    policy: null,
  }))
  return {
    chains: Object.fromEntries(Object.entries(on).map(([name, changes]) => [name, changes.map(toBase64)])),
    cases: [...(await Promise.all(tried)), ...unread],
  }
}

/** Which devices a commit must remove; `gone` is written here by hand. */
export async function leafVectors(): Promise<object> {
  const { team } = await chains()
  const roster = [camille, tablet, amadou, lea, nina]
  const rotate = { type: "rotate", rotation: await rotation(camille, await renewed(camille)) } as const
  const cases: readonly { name: string; op: Operation; by: Someone; gone: readonly Someone[] }[] = [
    { name: "a role moves nobody", op: role(amadou, "coordinator"), by: camille, gone: [] },
    { name: "who is ended", op: end(amadou), by: camille, gone: [amadou] },
    { name: "one who was pending had no leaf", op: end(paul), by: camille, gone: [] },
    { name: "all of a person's devices", op: end(camille), by: lea, gone: [camille, tablet] },
    { name: "a revoked device, not its owner's other", op: revoke(tablet), by: camille, gone: [tablet] },
    { name: "a device cannot commit its own revocation", op: revoke(camille), by: camille, gone: [camille] },
    { name: "one cannot commit one's own end", op: end(camille), by: camille, gone: [camille, tablet] },
    { name: "one's own rotation spares the committer", op: rotate, by: camille, gone: [tablet] },
    { name: "a rotation that another commits", op: rotate, by: amadou, gone: [camille, tablet] },
    { name: "a reset", op: reset(await renewed(amadou)), by: camille, gone: [amadou] },
  ]
  const before = await fold(team, CIRCLE)
  const made = cases.map(async ({ by, gone, name, op }) => {
    const after = await apply(before, readChange(await next(team, op, by, { time: NOW })))
    const found = unfit(before, after, await certificates(roster), by.device)
    if ([...found].sort().join() !== gone.map(({ device }) => device).sort().join()) throw new TypeError(name)
    return { name, after: toBase64(writePolicy(after)), committer: by.device, gone: gone.map(({ device }) => device) }
  })
  return {
    before: toBase64(writePolicy(before)),
    roster: roster.map(({ certificate, identity }) => ({
      certificate: toBase64(certificate),
      identity: toBase64(identity),
    })),
    cases: await Promise.all(made),
  }
}

async function certificates(roster: readonly Someone[]): Promise<readonly Certificate[]> {
  return Promise.all(
    roster.map(async ({ certificate, identity }) => {
      const verified = await verifyCertificate(readCertificate(certificate), identity)
      if (verified === undefined) throw new TypeError("the cast's own certificates")
      return verified
    }),
  )
}
