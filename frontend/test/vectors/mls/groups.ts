/**
 * Lives of groups as only the library makes them, which the product never does: additions by Welcome with and without a
 * path, slots taken again in the commit that empties them, Updates by reference. In either suite.
 */
import {
  acceptAll,
  createCommit,
  createGroup,
  createGroupInfoWithExternalPub,
  createProposal,
  decodeMlsMessage,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroup,
  joinGroupExternal,
  processPublicMessage,
  type CiphersuiteImpl,
  type ClientState,
  type KeyPackage,
  type MLSMessage,
  type PrivateKeyPackage,
  type Proposal,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { basicCredential, circleExtensions, LEAF_CAPABILITIES } from "../../../src/core/mls/context.ts"
import type { OwnLeaf } from "../../../src/core/mls/group.ts"
import { sameBytes } from "../../../src/core/mls/bytes.ts"
import { decodeExact } from "../../../src/core/mls/exact.ts"
import { add, at, NOW, publicMessage, remove, text } from "../../mls/cast.ts"
import { dice, type Random } from "../../mls/dice.ts"
import { updateOf } from "../../mls/hostile.ts"
import { deviceOf, Recorder, startOf, type Lived, type Member, type Turns } from "./life.ts"
import { seededSuite } from "./seeded.ts"

const ROOM = 8
const config = { ...defaultClientConfig, messageSecrets: false }

export async function groupLife(
  seed: string,
  suite: number,
  number: number,
  steps: number,
  turns: Turns,
): Promise<Lived> {
  const cs = await seededSuite(suite, seed)
  const random = dice(number)
  const leaf = deviceOf(`${seed} founder`)
  const { publicPackage, privatePackage } = await packageOf(leaf, cs)
  const extensions = circleExtensions(text("policy 0"))
  const groupId = text(seed)
  let members: Member[] = [
    { leaf, state: await createGroup(groupId, publicPackage, privatePackage, extensions, cs, config) },
  ]
  const start = await startOf(at(members, 0).state, cs)
  const recorder = new Recorder(
    async (state, message, proposals) => heardAll(state, [...proposals, commitOf(message)], cs),
    turns,
    4,
  )
  for (let step = 1; step <= steps; step++) {
    members = await acts[choice(members.length, random)](
      members,
      random,
      deviceOf(`${seed} ${String(step)}`),
      cs,
      recorder,
    )
  }
  const life = { cipher_suite: suite, seed, ...start, steps: recorder.steps }
  return { life, members, states: recorder.states }
}

/** As the product reads a commit, before the library sees it. */
function commitOf(bytes: Uint8Array): MLSMessage {
  const message = decodeExact(bytes, decodeMlsMessage, encodeMlsMessage)
  if (message === undefined) throw new TypeError("not in its one form")
  if (publicMessage(message).content.contentType !== "commit") throw new TypeError("not a commit")
  return message
}

function choice(size: number, random: Random): keyof typeof acts {
  if (size < 4) return at(["add", "addWithPath", "join"] as const, random(3))
  if (size >= ROOM) return at(["remove", "replace"] as const, random(2))
  return at(["add", "addWithPath", "join", "replace", "proposal", "resync", "remove"] as const, random(7))
}

type Act = (
  members: Member[],
  random: Random,
  leaf: OwnLeaf,
  cs: CiphersuiteImpl,
  recorder: Recorder,
) => Promise<Member[]>

const acts = {
  async add(members, random, leaf, cs, recorder) {
    return welcoming(members, at(members, random(members.length)), [], leaf, cs, recorder, "add")
  },

  async addWithPath(members, random, leaf, cs, recorder) {
    const policy: Proposal = {
      proposalType: "group_context_extensions",
      groupContextExtensions: { extensions: circleExtensions(leaf.certificate) },
    }
    return welcoming(members, at(members, random(members.length)), [policy], leaf, cs, recorder, "add and policy")
  },

  async replace(members, random, leaf, cs, recorder) {
    const who = at(members, random(members.length))
    const others = members.filter((member) => member !== who)
    const gone = at(others, random(others.length))
    const stay = members.filter((member) => member !== gone)
    const removal = remove(gone.state.privatePath.leafIndex)
    return welcoming(stay, who, [removal], leaf, cs, recorder, "add in the slot of one who goes")
  },

  async remove(members, random, _leaf, cs, recorder) {
    const who = at(members, random(members.length))
    const gone = members.filter((member) => member !== who && random(2) === 0)
    const removals = gone.map(({ state }) => remove(state.privatePath.leafIndex))
    const stay = members.filter((member) => !gone.includes(member))
    return (await committing(stay, who, removals, cs, recorder, "remove")).members
  },

  async join(members, random, leaf, cs, recorder) {
    return joining(members, at(members, random(members.length)), leaf, false, cs, recorder)
  },

  async resync(members, random, _leaf, cs, recorder) {
    const who = at(members, random(members.length))
    const others = members.filter((member) => member !== who)
    return joining(others, at(others, random(others.length)), who.leaf, true, cs, recorder)
  },

  /** One proposes its own new leaf and another the removal of a third; the third's neighbour commits both. */
  async proposal(members, random, _leaf, cs, recorder) {
    const [who, committer, gone] = shuffled(members, random)
    if (who === undefined || committer === undefined || gone === undefined) throw new TypeError("too few")
    const pair = await cs.hpke.generateKeyPair()
    const hpkePublicKey = await cs.hpke.exportPublicKey(pair.publicKey)
    const update: Proposal = {
      proposalType: "update",
      update: { leafNode: await updateOf(who.state, { hpkePublicKey }) },
    }
    const first = await createProposal(who.state, true, update, cs)
    const removal = remove(gone.state.privatePath.leafIndex)
    const heard = await heardAll(committer.state, [first.message], cs)
    const second = await createProposal(heard, true, removal, cs)
    const proposals = [first.message, second.message]
    const made = await createCommit({ state: second.newState, cipherSuite: cs }, { wireAsPublicMessage: true })
    const listeners = members.filter((member) => member !== who && member !== gone)
    const kind = "update and removal by reference"
    const leaf = committer.state.privatePath.leafIndex
    const by = { leaf: committer.leaf, state: committer.state }
    await recorder.write(
      { kind, message: made.commit, proposals, external: false, by, leaf, next: made.newState },
      listeners,
    )
    // The proposer reads the commit with the key of the leaf that it proposed.
    const key = await cs.hpke.exportPrivateKey(pair.privateKey)
    const privateKeys = { ...first.newState.privatePath.privateKeys, [who.state.privatePath.leafIndex * 2]: key }
    const proposer = { ...first.newState, privatePath: { ...first.newState.privatePath, privateKeys } }
    const next = [
      { leaf: committer.leaf, state: made.newState },
      { leaf: who.leaf, state: await heardAll(proposer, [second.message, made.commit], cs) },
    ]
    for (const { leaf: own, state } of listeners.filter((member) => member !== committer)) {
      next.push({ leaf: own, state: await heardAll(state, [...proposals, made.commit], cs) })
    }
    return next
  },
} satisfies Record<string, Act>

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const start = random(list.length)
  return [...list.slice(start), ...list.slice(0, start)]
}

export async function heardAll(
  state: ClientState,
  messages: readonly MLSMessage[],
  cs: CiphersuiteImpl,
): Promise<ClientState> {
  for (const message of messages) {
    state = (await processPublicMessage(state, publicMessage(message), emptyPskIndex, cs, acceptAll)).newState
  }
  return state
}

async function packageOf(
  leaf: OwnLeaf,
  cs: CiphersuiteImpl,
): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
  const seconds = BigInt(NOW.getTime() / 1000)
  return generateKeyPackageWithKey(
    basicCredential(leaf.certificate),
    { ...LEAF_CAPABILITIES, ciphersuites: [cs.name] },
    { notBefore: seconds, notAfter: seconds + 315_360_000n },
    [],
    { signKey: leaf.signaturePrivateKey, publicKey: leaf.signaturePublicKey },
    cs,
  )
}

async function committing(
  members: readonly Member[],
  who: Member,
  extraProposals: Proposal[],
  cs: CiphersuiteImpl,
  recorder: Recorder,
  kind: string,
): Promise<{ members: Member[]; made: Awaited<ReturnType<typeof createCommit>> }> {
  const made = await createCommit({ state: who.state, cipherSuite: cs }, { wireAsPublicMessage: true, extraProposals })
  const leaf = who.state.privatePath.leafIndex
  await recorder.write({ kind, message: made.commit, external: false, by: who, leaf, next: made.newState }, members)
  return {
    made,
    members: [{ leaf: who.leaf, state: made.newState }, ...(await heardBy(members, who, made.commit, cs))],
  }
}

async function heardBy(
  members: readonly Member[],
  who: Member | undefined,
  commit: MLSMessage,
  cs: CiphersuiteImpl,
): Promise<Member[]> {
  const others = members.filter((member) => member !== who)
  return Promise.all(others.map(async ({ leaf, state }) => ({ leaf, state: await heardAll(state, [commit], cs) })))
}

async function welcoming(
  members: readonly Member[],
  who: Member,
  proposals: Proposal[],
  leaf: OwnLeaf,
  cs: CiphersuiteImpl,
  recorder: Recorder,
  kind: string,
): Promise<Member[]> {
  const invitee = await packageOf(leaf, cs)
  const { made, members: next } = await committing(members, who, [...proposals, add(invitee)], cs, recorder, kind)
  if (made.welcome === undefined) throw new TypeError("an add brings a welcome")
  const { publicPackage, privatePackage } = invitee
  const tree = made.newState.ratchetTree
  const state = await joinGroup(made.welcome, publicPackage, privatePackage, emptyPskIndex, cs, tree, undefined, config)
  return [...next, { leaf, state }]
}

async function joining(
  members: readonly Member[],
  shower: Member,
  leaf: OwnLeaf,
  resync: boolean,
  cs: CiphersuiteImpl,
  recorder: Recorder,
): Promise<Member[]> {
  const info = await createGroupInfoWithExternalPub(shower.state, [], cs)
  const { publicPackage, privatePackage } = await packageOf(leaf, cs)
  const tree = shower.state.ratchetTree
  const made = await joinGroupExternal(info, publicPackage, privatePackage, resync, cs, tree, {
    ...config,
    keyPackageEqualityConfig: {
      ...config.keyPackageEqualityConfig,
      compareKeyPackageToLeafNode: (own, old) => sameBytes(own.leafNode.signaturePublicKey, old.signaturePublicKey),
    },
  })
  const message: MLSMessage = { version: "mls10", wireformat: "mls_public_message", publicMessage: made.publicMessage }
  const own = made.newState.privatePath.leafIndex
  const by = { leaf, state: shower.state }
  const kind = resync ? "external resync" : "external join"
  await recorder.write({ kind, message, external: true, by, leaf: own, next: made.newState }, members)
  return [...(await heardBy(members, undefined, message, cs)), { leaf, state: made.newState }]
}
