/**
 * Who plays in the MLS tests: devices with made-up certificates, circles as the product makes them (external
 * joins), and groups as only the library makes them (Add and Welcome).
 */
import {
  acceptAll,
  createCommit,
  createGroup as libraryCreateGroup,
  decodeMlsMessage,
  emptyPskIndex,
  joinGroup,
  processPublicMessage,
  type CiphersuiteImpl,
  type ClientState,
  type KeyPackage,
  type LeafNode,
  type MLSMessage,
  type PrivateKeyPackage,
  type Proposal,
  type PublicMessage,
  type RatchetTree,
} from "ts-mls"
import { defaultClientConfig } from "ts-mls/clientConfig.js"
import { circleExtensions } from "../../src/core/mls/context.ts"
import { keyPackage } from "../../src/core/mls/create.ts"
import {
  createGroup,
  generateSignatureKeyPair,
  groupInfo,
  joinExternally,
  processCommit,
  type CommitChecks,
  type GroupState,
  type JoinChecks,
  type OwnCommit,
  type OwnLeaf,
} from "../../src/core/mls/group.ts"
import { suite } from "../../src/core/mls/suite.ts"

export const CIRCLE = Uint8Array.from({ length: 16 }, (_, index) => index)
export const NOW = new Date("2026-11-20T08:00:00Z")

export function text(words: string): Uint8Array {
  return new TextEncoder().encode(words)
}

export const TIME = text("2026-11-20T08:00:00Z")

export function device(name: string): OwnLeaf {
  const { privateKey, publicKey } = generateSignatureKeyPair()
  return { certificate: text(`device of ${name}`), signaturePrivateKey: privateKey, signaturePublicKey: publicKey }
}

/** Checks that find nothing wrong. */
export const willing: CommitChecks & JoinChecks = {
  leaf: () => undefined,
  successor: () => undefined,
  commit: () => undefined,
  group: () => undefined,
}

export async function joined(shower: GroupState, leaf: OwnLeaf, resyncOwnLeaf?: number): Promise<OwnCommit> {
  const shown = await groupInfo(shower)
  return joinExternally(
    {
      groupInfo: shown.groupInfo,
      ratchetTree: shown.ratchetTree,
      leaf,
      authenticatedData: TIME,
      now: NOW,
      ...(resyncOwnLeaf === undefined ? {} : { resyncOwnLeaf }),
    },
    willing,
  )
}

export async function taken(state: GroupState, commit: Uint8Array): Promise<GroupState> {
  return (await processCommit(state, commit, willing)).next
}

/** A circle with these devices, each joined by its own external commit; states in the order of the leaves. */
export async function circle<L extends readonly OwnLeaf[]>(...leaves: L): Promise<Each<L, GroupState>> {
  const [founder, ...others] = leaves
  if (founder === undefined) throw new TypeError("a circle has a founder")
  let states = [await createGroup({ groupId: CIRCLE, leaf: founder, policy: text("policy 0"), now: NOW })]
  for (const leaf of others) {
    const join = await joined(at(states, 0), leaf)
    states = [...(await Promise.all(states.map((state) => taken(state, join.commit)))), join.next]
  }
  return states as Each<L, GroupState>
}

/** As many of `T` as there are in `L`. */
type Each<L extends readonly unknown[], T> = { -readonly [K in keyof L]: T }

/** A key package, as somebody who is to be added by another would have published it. */
export interface Invitee {
  readonly publicPackage: KeyPackage
  readonly privatePackage: PrivateKeyPackage
}

export function invitee(leaf: OwnLeaf): Promise<Invitee> {
  // Adding checks the lifetime by the machine's clock.
  return keyPackage(leaf, new Date())
}

/** A group of the library's own making: the founder adds the others in one commit. */
export async function libraryGroup<L extends readonly string[]>(...names: L): Promise<Each<L, ClientState>> {
  const cs = await suite()
  const [founder, ...others] = await Promise.all(names.map((name) => invitee(device(name))))
  if (founder === undefined) throw new TypeError("a group has a founder")
  const { publicPackage, privatePackage } = founder
  const alone = await libraryCreateGroup(CIRCLE, publicPackage, privatePackage, circleExtensions(text("policy 0")), cs)
  return (others.length === 0 ? [alone] : await withAdded(alone, ...others)) as Each<L, ClientState>
}

/** The adder's next state, and those of the added. */
export async function withAdded<L extends readonly Invitee[]>(
  state: ClientState,
  ...invitees: L
): Promise<[ClientState, ...Each<L, ClientState>]> {
  const cs = await suite()
  const made = await committed(state, invitees.map(add))
  const { welcome } = made
  if (welcome === undefined) throw new TypeError("an add brings a welcome")
  const welcomed = invitees.map(({ publicPackage, privatePackage }) =>
    joinGroup(welcome, publicPackage, privatePackage, emptyPskIndex, cs, made.newState.ratchetTree),
  )
  return [made.newState, ...((await Promise.all(welcomed)) as Each<L, ClientState>)]
}

export function add({ publicPackage }: Invitee): Proposal {
  return { proposalType: "add", add: { keyPackage: publicPackage } }
}

export function remove(removed: number): Proposal {
  return { proposalType: "remove", remove: { removed } }
}

export async function committed(state: ClientState, proposals: Proposal[]): ReturnType<typeof createCommit> {
  return createCommit({ state, cipherSuite: await suite() }, { wireAsPublicMessage: true, extraProposals: proposals })
}

/** The library takes a message in, with an authentication service that accepts everybody. */
export async function received(state: ClientState, message: MLSMessage): Promise<ClientState> {
  const cs: CiphersuiteImpl = await suite()
  return (await processPublicMessage(state, publicMessage(message), emptyPskIndex, cs, acceptAll)).newState
}

export function publicMessage(message: MLSMessage): PublicMessage {
  if (message.wireformat !== "mls_public_message") throw new TypeError("not a public message")
  return message.publicMessage
}

export function decoded(commit: Uint8Array): MLSMessage {
  const message = decodeMlsMessage(commit, 0)
  if (message === undefined) throw new TypeError("not a message")
  return message[0]
}

/** The same state for the library, with an authentication service that accepts everybody. */
export function forLibrary(state: GroupState): ClientState {
  return { ...state, clientConfig: { ...defaultClientConfig, messageSecrets: false } }
}

export function leafNode(tree: RatchetTree, leaf: number): LeafNode {
  const node = tree[leaf * 2]
  if (node?.nodeType !== "leaf") throw new RangeError(`no leaf ${leaf}`)
  return node.leaf
}

export function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`nothing at ${index}`)
  return item
}
