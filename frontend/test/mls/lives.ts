/**
 * Random lives of a circle: after every step each member holds the same group and the same keys, everyone who was
 * removed knows it, and the server's verifier, which follows in its own process, holds that group as well.
 *
 * Joins, returns, updates, policy changes, removals and rotations go through the product's functions: to MLS every act
 * of the policy is one of these. Adds by Welcome and Update proposals, which the product refuses, go through the
 * library, so that the trees see every kind of change. MLS_LIVES, MLS_LIFE_STEPS and MLS_FIRST_LIFE ask for others.
 */
import {
  createCommit,
  createProposal,
  emptyPskIndex,
  encodeMlsMessage,
  joinGroup,
  type ClientState,
  type MLSMessage,
} from "ts-mls"
import { validateRatchetTree } from "ts-mls/clientState.js"
import { afterAll, expect, it } from "vitest"
import {
  commitPolicy,
  commitUpdate,
  confirmedTranscriptHash,
  contentKey,
  createGroup,
  deserialise,
  epoch,
  groupInfo,
  hasLeft,
  ownLeaf,
  policy,
  processCommit,
  roster,
  serialise,
  treeHash,
  type GroupState,
  type OwnLeaf,
} from "../../src/core/mls/group.ts"
import { kept } from "../../src/core/mls/state.ts"
import { suite } from "../../src/core/mls/suite.ts"
import {
  add,
  at,
  CIRCLE,
  device,
  forLibrary,
  invitee,
  joined,
  NOW,
  received,
  remove,
  text,
  TIME,
  willing,
} from "./cast.ts"
import { dice, type Random } from "./dice.ts"
import { Follower } from "./follower.ts"
import { updateOf } from "./hostile.ts"

const LIVES = Number(process.env["MLS_LIVES"] ?? 20)
const STEPS = Number(process.env["MLS_LIFE_STEPS"] ?? 60)
const FIRST = Number(process.env["MLS_FIRST_LIFE"] ?? 1)
const MOST_MEMBERS = 11

interface Member {
  readonly leaf: OwnLeaf
  state: GroupState
}

/** What a step sent: read by the verifier. */
interface Sent {
  readonly commit: Uint8Array
  readonly proposals?: readonly MLSMessage[]
}

interface Step extends Sent {
  readonly members: Member[]
}

/** Declares the tests of every second life, from the first or the second on: two files, so that two cores share them. */
export function lives(from: 0 | 1): void {
  const follower = new Follower()
  afterAll(() => {
    follower.end()
  })
  for (let seed = FIRST + from; seed < FIRST + LIVES; seed += 2) {
    it(`life ${seed}: ${STEPS} steps, followed by the server's verifier`, () => live(seed, follower), 600_000)
  }
}

async function live(seed: number, follower: Follower): Promise<void> {
  const random = dice(seed)
  const founder = device("founder")
  const state = await createGroup({ groupId: CIRCLE, leaf: founder, policy: text("policy 0"), now: NOW })
  let members: Member[] = [{ leaf: founder, state }]
  const shown = await groupInfo(state)
  await follower.begins(shown.groupInfo, shown.ratchetTree)
  const done: string[] = []
  for (let step = 1; step <= STEPS; step++) {
    const action = choice(members, random)
    done.push(action)
    try {
      const taken = await actions[action](members, random, step)
      members = taken.members
      await agreed(members, random)
      const { state } = at(members, 0)
      await follower.follows(taken.commit, state.groupContext, roster(state), taken.proposals)
    } catch (cause) {
      throw new Error(`life ${seed}, step ${step}: ${done.join(", ")}`, { cause })
    }
  }
}

type ActionName = "join" | "resync" | "update" | "change" | "rotate" | "removeSome" | "add" | "replace" | "proposal"
type Action = (members: Member[], random: Random, step: number) => Promise<Step>

function choice(members: readonly Member[], random: Random): ActionName {
  const alone: ActionName[] = ["join", "join", "add", "resync", "update"]
  const small: ActionName[] = [
    "join",
    "join",
    "join",
    "add",
    "add",
    "resync",
    "update",
    "change",
    "rotate",
    "replace",
    "proposal",
  ]
  const large: ActionName[] = [
    "removeSome",
    "removeSome",
    "removeSome",
    "resync",
    "update",
    "change",
    "rotate",
    "replace",
    "proposal",
  ]
  const some = members.length === 1 ? alone : members.length >= MOST_MEMBERS ? large : [...small, ...large]
  return at(some, random(some.length))
}

const actions: Readonly<Record<ActionName, Action>> = {
  async join(members, random, step) {
    const leaf = device(`joiner ${step}`)
    const made = await joined(at(members, random(members.length)).state, leaf)
    return { commit: made.commit, members: [...(await heard(members, made.commit)), { leaf, state: made.next }] }
  },

  /** A member comes back; its old state, should it live on somewhere, learns that it is out. */
  async resync(members, random) {
    const who = at(members, random(members.length))
    const made = await joined(at(members, random(members.length)).state, who.leaf, ownLeaf(who.state))
    expect(hasLeft((await processCommit(who.state, made.commit, willing)).next)).toBe(true)
    const others = members.filter((member) => member !== who)
    return {
      commit: made.commit,
      members: [...(await heard(others, made.commit)), { leaf: who.leaf, state: made.next }],
    }
  },

  async update(members, random) {
    const who = at(members, random(members.length))
    const made = await commitUpdate(who.state, { authenticatedData: TIME })
    return committedBy(who, made, members)
  },

  async change(members, random, step) {
    const who = at(members, random(members.length))
    const made = await commitPolicy(who.state, { policy: text(`policy ${step}`), authenticatedData: TIME })
    return committedBy(who, made, members)
  },

  /** A new certificate at the committer's own leaf; the other devices of its person go. */
  async rotate(members, random, step) {
    const who = at(members, random(members.length))
    const certificate = text(`${new TextDecoder().decode(who.leaf.certificate)}, rotated in ${step}`)
    const gone = members.filter((member) => member !== who && random(6) === 0)
    const removeLeaves = gone.map(({ state }) => ownLeaf(state))
    const rotation = { policy: text(`policy ${step}`), removeLeaves, certificate, authenticatedData: TIME }
    const made = await commitPolicy(who.state, rotation)
    const rotated = { leaf: { ...who.leaf, certificate }, state: who.state }
    const stay = members.filter((member) => member !== who && !gone.includes(member))
    return committedBy(rotated, made, stay)
  },

  async removeSome(members, random, step) {
    const who = at(members, random(members.length))
    const gone = members.filter((member) => member !== who && random(3) === 0)
    const removeLeaves = gone.map(({ state }) => ownLeaf(state))
    const made = await commitPolicy(who.state, {
      policy: text(`policy ${step}`),
      removeLeaves,
      authenticatedData: TIME,
    })
    for (const { state } of gone) expect(hasLeft((await processCommit(state, made.commit, willing)).next)).toBe(true)
    return committedBy(
      who,
      made,
      members.filter((member) => !gone.includes(member)),
    )
  },

  /** By Welcome and without a path: the new leaf is unmerged. */
  async add(members, random, step) {
    const who = at(members, random(members.length))
    const leaf = device(`added ${step}`)
    return welcomed(members, who, [], leaf)
  },

  /** By Welcome, in the slot of one who goes in the same commit. */
  async replace(members, random, step) {
    const who = at(members, random(members.length))
    const others = members.filter((member) => member !== who)
    return welcomed(members, who, [at(others, random(others.length))], device(`replacement ${step}`))
  },

  /** A member proposes its own new leaf, another commits it. */
  async proposal(members, random) {
    const cs = await suite()
    const who = at(members, random(members.length))
    const others = members.filter((member) => member !== who)
    const committer = at(others, random(others.length))
    const pair = await cs.hpke.generateKeyPair()
    const leafNode = await updateOf(forLibrary(who.state), {
      hpkePublicKey: await cs.hpke.exportPublicKey(pair.publicKey),
    })
    const proposal = { proposalType: "update", update: { leafNode } } as const
    const made = await createProposal(forLibrary(who.state), true, proposal, cs)
    const proposed = new Map<Member, ClientState>()
    for (const member of others) proposed.set(member, await received(forLibrary(member.state), made.message))
    const state = proposed.get(committer)
    if (state === undefined) throw new TypeError("the committer heard the proposal")
    const { commit, newState } = await createCommit({ state, cipherSuite: cs }, { wireAsPublicMessage: true })
    // The proposer reads the commit with the key of the leaf that it proposed.
    const privateKeys = {
      ...made.newState.privatePath.privateKeys,
      [ownLeaf(who.state) * 2]: await cs.hpke.exportPrivateKey(pair.privateKey),
    }
    proposed.set(who, { ...made.newState, privatePath: { ...made.newState.privatePath, privateKeys } })
    const next = await Promise.all(
      members.map(async (member) => {
        const before = proposed.get(member)
        if (before === undefined) throw new TypeError("everyone heard the proposal")
        return { leaf: member.leaf, state: kept(member === committer ? newState : await received(before, commit)) }
      }),
    )
    return { commit: encodeMlsMessage(commit), proposals: [made.message], members: next }
  },
}

async function heard(members: readonly Member[], commit: Uint8Array): Promise<Member[]> {
  return Promise.all(
    members.map(async ({ leaf, state }) => {
      const { next, removed } = await processCommit(state, commit, willing)
      expect(removed).toBe(false)
      return { leaf, state: next }
    }),
  )
}

async function committedBy(
  who: Member,
  made: { readonly commit: Uint8Array; readonly next: GroupState },
  members: readonly Member[],
): Promise<Step> {
  const others = members.filter((member) => member !== who)
  const next = [{ leaf: who.leaf, state: made.next }, ...(await heard(others, made.commit))]
  return { commit: made.commit, members: next }
}

async function welcomed(
  members: readonly Member[],
  who: Member,
  gone: readonly Member[],
  leaf: OwnLeaf,
): Promise<Step> {
  const cs = await suite()
  const { publicPackage, privatePackage } = await invitee(leaf)
  const proposals = [...gone.map(({ state }) => remove(ownLeaf(state))), add({ publicPackage, privatePackage })]
  const made = await createCommit(
    { state: forLibrary(who.state), cipherSuite: cs },
    { wireAsPublicMessage: true, extraProposals: proposals },
  )
  if (made.welcome === undefined) throw new TypeError("an add brings a welcome")
  const tree = made.newState.ratchetTree
  const config = made.newState.clientConfig
  const added = await joinGroup(made.welcome, publicPackage, privatePackage, emptyPskIndex, cs, tree, undefined, config)
  for (const { state } of gone) expect(hasLeft(kept(await received(forLibrary(state), made.commit)))).toBe(true)
  const stay = members.filter((member) => member !== who && !gone.includes(member))
  const next = stay.map(async (member) => ({
    leaf: member.leaf,
    state: kept(await received(forLibrary(member.state), made.commit)),
  }))
  const after = [
    { leaf: who.leaf, state: kept(made.newState) },
    ...(await Promise.all(next)),
    { leaf, state: kept(added) },
  ]
  return { commit: encodeMlsMessage(made.commit), members: after }
}

/** Everyone has the same group; somebody's state is stored and read; the tree is one that a joiner accepts. */
async function agreed(members: Member[], random: Random): Promise<void> {
  const views = await Promise.all(
    members.map(async ({ state }) => ({
      epoch: epoch(state),
      key: await contentKey(state, CIRCLE),
      tree: treeHash(state),
      transcript: confirmedTranscriptHash(state),
      policy: policy(state),
      roster: roster(state),
    })),
  )
  for (const view of views) expect(view).toEqual(views[0])
  expect(at(views, 0).roster).toHaveLength(members.length)

  const one = at(members, random(members.length))
  const stored = serialise(one.state)
  one.state = deserialise(stored)
  expect(serialise(one.state)).toEqual(stored)

  // As costly as joining, which does it as well: now and then is enough.
  if (random(4) !== 0) return
  const { ratchetTree, groupContext, clientConfig } = forLibrary(at(members, 0).state)
  const { lifetimeConfig, authService } = clientConfig
  const cs = await suite()
  expect(
    await validateRatchetTree(ratchetTree, groupContext, lifetimeConfig, authService, groupContext.treeHash, cs),
  ).toBeUndefined()
}
