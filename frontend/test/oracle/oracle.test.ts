/**
 * Lives that members of ts-mls and of OpenMLS share, in any mixture: after each step all hold the same epoch and export the
 * same secret, and the server's verifier, which is a third implementation, holds the same group.
 */
import {
  acceptAll,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPub,
  createGroupInfoWithExternalPubAndRatchetTree,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackage,
  joinGroup,
  joinGroupExternal,
  mlsExporter,
  processPublicMessage,
  type ClientState,
  type KeyPackage,
  type MLSMessage,
  type PrivateKeyPackage,
  type Proposal,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { encodeGroupInfo } from "ts-mls/groupInfo.js"
import { encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { afterAll, expect, it } from "vitest"
import { sameBytes } from "../../src/core/mls/bytes.ts"
import { basicCredential } from "../../src/core/mls/context.ts"
import { rosterOf } from "../../src/core/mls/state.ts"
import { suite } from "../../src/core/mls/suite.ts"
import { add, at, decoded, publicMessage, remove, text } from "../mls/cast.ts"
import { dice, type Random } from "../mls/dice.ts"
import { Follower } from "../mls/follower.ts"
import { identityOf, isHere, OpenMlsMember } from "./openmls.ts"

const LIVES = Number(process.env["MLS_LIVES"] ?? 3)
const STEPS = Number(process.env["MLS_LIFE_STEPS"] ?? 60)
const ROOM = 10
const GROUP = text("an oracle's group")
const HOUR = 3600n
const config = { ...defaultClientConfig, messageSecrets: false }
const cs = await suite()

/** A member: ours has a state, the other keeps its own. */
type Member = { readonly number: number; readonly state: ClientState } | OpenMlsMember

interface Step {
  readonly message: MLSMessage
  readonly members: readonly Member[]
}

if (isHere) {
  const follower = new Follower()
  afterAll(() => {
    follower.end()
  })
  for (let seed = 1; seed <= LIVES; seed++)
    it(`life ${String(seed)}: ${String(STEPS)} steps`, () => live(seed, follower), 600_000)
} else {
  it.skip("core-crypto is not installed: make test-oracle", () => undefined)
}

async function live(seed: number, follower: Follower): Promise<void> {
  const random = dice(seed)
  const numbers = counter(seed * 1000)
  const first = numbers()
  const { publicPackage, privatePackage } = await packageOf(first)
  const state = await createGroup(GROUP, publicPackage, privatePackage, [], cs, config)
  const info = await createGroupInfoWithExternalPub(state, [], cs)
  await follower.begins(encodeGroupInfo(info), encodeRatchetTree(state.ratchetTree))
  let members: readonly Member[] = [{ number: first, state }]
  const done: string[] = []
  for (let step = 0; step < STEPS; step++) {
    const act = choice(members, random)
    done.push(act)
    try {
      const taken = await acts[act](members, random, numbers)
      members = taken.members
      const { groupContext, ratchetTree } = ours(members, random).state
      await follower.follows(encodeMlsMessage(taken.message), groupContext, rosterOf(ratchetTree))
      await agreed(members)
    } catch (cause) {
      throw new Error(`life ${String(seed)}: ${done.join(", ")}`, { cause })
    }
  }
}

function counter(from: number): () => number {
  let last = from
  return () => (last += 1)
}

type Ours = Exclude<Member, OpenMlsMember>
const isTheirs = (member: Member): member is OpenMlsMember => member instanceof OpenMlsMember
const isOurs = (member: Member): member is Ours => !isTheirs(member)

function ours(members: readonly Member[], random: Random): Ours {
  const list = members.filter(isOurs)
  return at(list, random(list.length))
}

function theirs(members: readonly Member[], random: Random): OpenMlsMember {
  const list = members.filter(isTheirs)
  return at(list, random(list.length))
}

function choice(members: readonly Member[], random: Random): keyof typeof acts {
  const growing = ["join", "openmlsJoins", "add", "openmlsIsAdded"] as const
  if (members.length < 3 || members.filter(isOurs).length < 2)
    return at(["join", "add", "openmlsJoins"] as const, random(members.length < 2 ? 2 : 3))
  if (members.length >= ROOM) return at(["remove", "removeHalf"] as const, random(2))
  const always = [...growing, "update", "context", "resync", "replace", "remove", "removeHalf"] as const
  if (members.every(isOurs)) return at(always, random(always.length))
  const mixed = [...always, "openmlsUpdates", "openmlsUpdates", "openmlsRemoves"] as const
  return at(mixed, random(mixed.length))
}

type Act = (members: readonly Member[], random: Random, numbers: () => number) => Promise<Step>

const acts = {
  async join(members, random, numbers) {
    return joining(members, ours(members, random), numbers(), false)
  },

  async resync(members, random) {
    const who = ours(members, random)
    const others = members.filter((member) => member !== who)
    if (others.some(isTheirs) && isAloneAtTheRight(who)) return committing(members, who, [])
    return joining(others, ours(others, random), who.number, true, who)
  },

  async openmlsJoins(members, random, numbers) {
    const joiner = await OpenMlsMember.create(numbers(), GROUP)
    const info = await createGroupInfoWithExternalPubAndRatchetTree(ours(members, random).state, [], cs)
    const message = decoded(await joiner.joinExternally(info))
    return { message, members: [...(await heard(members, message)), joiner] }
  },

  async add(members, random, numbers) {
    return adding(members, ours(members, random), [], numbers())
  },

  async openmlsIsAdded(members, random, numbers) {
    const who = ours(members, random)
    const newcomer = await OpenMlsMember.create(numbers(), GROUP)
    const proposal: Proposal = { proposalType: "add", add: { keyPackage: await newcomer.keyPackage() } }
    const made = await committing(members, who, [proposal])
    if (made.welcome === undefined) throw new TypeError("an add brings a welcome")
    await newcomer.joinByWelcome(made.welcome)
    return { message: made.message, members: [...made.members, newcomer] }
  },

  /** Added in the slot of one who goes in the same commit. */
  async replace(members, random, numbers) {
    const who = ours(members, random)
    const others = members.filter((member) => member !== who)
    const gone = at(others, random(others.length))
    const stay = members.filter((member) => member !== gone)
    return adding(stay, who, [remove(leafOf(who.state, gone.number))], numbers())
  },

  async update(members, random) {
    return committing(members, ours(members, random), [])
  },

  async context(members, random) {
    const context: Proposal = { proposalType: "group_context_extensions", groupContextExtensions: { extensions: [] } }
    return committing(members, ours(members, random), [context])
  },

  async remove(members, random) {
    const who = ours(members, random)
    const gone = members.filter((member) => member !== who && random(3) === 0)
    return removing(members, who, gone)
  },

  /** Everyone to the right of the middle: the tree shrinks, or its root is blank until the next commit. */
  async removeHalf(members, random) {
    const who = ours(members, random)
    const own = leafOf(who.state, who.number)
    const places = members.map((member) => leafOf(who.state, member.number)).toSorted((a, b) => a - b)
    const middle = at(places, places.length >> 1)
    const gone = members.filter((member) => leafOf(who.state, member.number) >= middle !== own >= middle)
    return removing(members, who, gone)
  },

  async openmlsUpdates(members, random) {
    const who = theirs(members, random)
    const message = decoded(await who.update())
    const others = members.filter((member) => member !== who)
    return { message, members: [...(await heard(others, message)), who] }
  },

  async openmlsRemoves(members, random) {
    const who = theirs(members, random)
    const last = ours(members, random)
    const others = members.filter((member) => member !== who && member !== last)
    const [first, ...more] = others
    const gone = [first, ...more.filter(() => random(3) === 0)].filter((member) => member !== undefined)
    const message = decoded(await who.removes(gone.map(({ number }) => number)))
    const stay = members.filter((member) => member !== who && !gone.includes(member))
    return { message, members: [...(await heard(stay, message)), who] }
  },
} satisfies Record<string, Act>

/**
 * Its return makes the tree shrink and grow again (RFC 9420 §7.7, §12.1.1, §12.1.3). ts-mls and the server's verifier agree
 * on it; OpenMLS in core-crypto 10.3.0 expects another path and refuses.
 */
function isAloneAtTheRight({ number, state }: Ours): boolean {
  const leaves = rosterOf(state.ratchetTree).map(({ leaf }) => leaf)
  const half = (state.ratchetTree.length + 1) / 4
  return leaves.filter((leaf) => leaf >= half).join() === String(leafOf(state, number))
}

function leafOf({ ratchetTree }: ClientState, number: number): number {
  const found = rosterOf(ratchetTree).find(({ identity }) => sameBytes(identity, identityOf(number)))
  if (found === undefined) throw new RangeError(`${String(number)} has no leaf`)
  return found.leaf
}

async function packageOf(number: number): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
  const now = BigInt(Math.floor(Date.now() / 1000))
  const lifetime = { notBefore: now - HOUR, notAfter: now + 84n * 24n * HOUR }
  const capabilities = {
    versions: ["mls10" as const],
    ciphersuites: [cs.name],
    extensions: [],
    proposals: [],
    credentials: ["basic" as const],
  }
  return generateKeyPackage(basicCredential(identityOf(number)), capabilities, lifetime, [], cs)
}

async function heard(members: readonly Member[], message: MLSMessage): Promise<Member[]> {
  const next: Member[] = []
  for (const member of members) {
    if (isOurs(member)) {
      const taken = await processPublicMessage(member.state, publicMessage(message), emptyPskIndex, cs, acceptAll)
      next.push({ number: member.number, state: taken.newState })
    } else {
      await member.hears(message)
      next.push(member)
    }
  }
  return next
}

async function committing(
  members: readonly Member[],
  who: Ours,
  extraProposals: Proposal[],
): Promise<Step & { readonly welcome: Awaited<ReturnType<typeof createCommit>>["welcome"]; readonly by: ClientState }> {
  const made = await createCommit(
    { state: who.state, cipherSuite: cs },
    { wireAsPublicMessage: true, extraProposals, ratchetTreeExtension: true },
  )
  const others = await heard(
    members.filter((member) => member !== who),
    made.commit,
  )
  const next = [{ number: who.number, state: made.newState }, ...others]
  return { message: made.commit, members: next, welcome: made.welcome, by: made.newState }
}

async function removing(members: readonly Member[], who: Ours, gone: readonly Member[]): Promise<Step> {
  const removals = gone.map(({ number }) => remove(leafOf(who.state, number)))
  return committing(
    members.filter((member) => !gone.includes(member)),
    who,
    removals,
  )
}

async function adding(members: readonly Member[], who: Ours, proposals: Proposal[], number: number): Promise<Step> {
  const invitee = await packageOf(number)
  const made = await committing(members, who, [...proposals, add(invitee)])
  if (made.welcome === undefined) throw new TypeError("an add brings a welcome")
  const { publicPackage, privatePackage } = invitee
  const tree = made.by.ratchetTree
  const state = await joinGroup(made.welcome, publicPackage, privatePackage, emptyPskIndex, cs, tree, undefined, config)
  return { message: made.message, members: [...made.members, { number, state }] }
}

async function joining(
  members: readonly Member[],
  shower: Ours,
  number: number,
  resync: boolean,
  before?: Ours,
): Promise<Step> {
  const info = await createGroupInfoWithExternalPub(shower.state, [], cs)
  const { publicPackage, privatePackage } = await packageOf(number)
  const old = before === undefined ? undefined : identityOf(before.number)
  const made = await joinGroupExternal(info, publicPackage, privatePackage, resync, cs, shower.state.ratchetTree, {
    ...config,
    authService: { ...config.authService, validateSuccessor: () => Promise.resolve(true) },
    keyPackageEqualityConfig: {
      ...config.keyPackageEqualityConfig,
      compareKeyPackageToLeafNode: (_own, { credential }) =>
        credential.credentialType === "basic" && old !== undefined && sameBytes(credential.identity, old),
    },
  })
  const message: MLSMessage = { version: "mls10", wireformat: "mls_public_message", publicMessage: made.publicMessage }
  return {
    message,
    members: [...(await heard(members, message)), { number, state: { ...made.newState, clientConfig: config } }],
  }
}

async function agreed(members: readonly Member[]): Promise<void> {
  const views = await Promise.all(
    members.map(async (member) =>
      isOurs(member)
        ? { epoch: member.state.groupContext.epoch, secret: await exported(member.state) }
        : { epoch: await member.epoch(), secret: await member.exported() },
    ),
  )
  for (const view of views) expect(view).toEqual(views[0])
}

function exported({ keySchedule }: ClientState): Promise<Uint8Array> {
  return mlsExporter(keySchedule.exporterSecret, "exporter", new Uint8Array(), 32, cs)
}
