/**
 * The state of one device in one group, and what can be read from it.
 *
 * A state is a value: no function here or beside it changes one, each returns the next. Callers write the
 * next state and the commit that made it in one transaction.
 */
import { decodeGroupState, encodeGroupState, mlsExporter, type GroupState as MlsState } from "ts-mls"
import type { GroupContext, RatchetTree } from "ts-mls"
import { sameBytes } from "./bytes.ts"
import { decodeExact } from "./exact.ts"
import { StateUnreadable } from "./refused.ts"
import { CIRCLE_POLICY, suite } from "./suite.ts"

declare const brand: unique symbol

/** Secret: holds the leaf's signature key and the epoch's secrets. */
export type GroupState = Readonly<MlsState> & { readonly [brand]: "GroupState" }

/** One member device: its place in the tree, its device certificate and its leaf key. */
export interface RosterEntry {
  readonly leaf: number
  /** identity of the basic credential: the device certificate's bytes */
  readonly identity: Uint8Array
  /** Ed25519, 32 bytes */
  readonly signatureKey: Uint8Array
}

/**
 * What is kept between commits. Content is not sent as MLS application messages (its keys come from the
 * exporter), so message secrets and those of former epochs go, and with them private keys of nodes that the
 * last commit blanked.
 */
export function kept(state: MlsState): GroupState {
  const privateKeys = Object.fromEntries(
    Object.entries(state.privatePath.privateKeys).filter(([node]) => state.ratchetTree[Number(node)] !== undefined),
  )
  const trimmed: MlsState = {
    groupContext: state.groupContext,
    keySchedule: state.keySchedule,
    secretTree: [],
    ratchetTree: state.ratchetTree,
    privatePath: { ...state.privatePath, privateKeys },
    signaturePrivateKey: state.signaturePrivateKey,
    unappliedProposals: {},
    confirmationTag: state.confirmationTag,
    historicalReceiverData: new Map(),
    groupActiveState: state.groupActiveState,
  }
  return trimmed as GroupState
}

export function groupId(state: GroupState): Uint8Array {
  return state.groupContext.groupId
}

export function epoch(state: GroupState): bigint {
  return state.groupContext.epoch
}

export function ownLeaf(state: GroupState): number {
  return state.privatePath.leafIndex
}

/** True after a commit removed this device: nothing can be sent or processed any more. */
export function hasLeft(state: GroupState): boolean {
  return state.groupActiveState.kind === "removedFromGroup"
}

/** The bytes of the policy extension. */
export function policy(state: GroupState): Uint8Array {
  return policyOf(state.groupContext)
}

export function confirmedTranscriptHash(state: GroupState): Uint8Array {
  return state.groupContext.confirmedTranscriptHash
}

export function confirmationTag(state: GroupState): Uint8Array {
  return state.confirmationTag
}

export function treeHash(state: GroupState): Uint8Array {
  return state.groupContext.treeHash
}

/** All member devices in the order of their leaves. */
export function roster(state: GroupState): RosterEntry[] {
  return rosterOf(state.ratchetTree)
}

/** RFC 9420 §8.5: MLS-Exporter("cordee content", group_id ‖ epoch as uint64 big-endian, 32). */
export async function contentKey(state: GroupState, circle: Uint8Array): Promise<Uint8Array> {
  if (!sameBytes(circle, groupId(state))) throw new TypeError("this state is of another circle")
  const context = new Uint8Array(circle.length + 8)
  context.set(circle)
  new DataView(context.buffer).setBigUint64(circle.length, epoch(state))
  return mlsExporter(state.keySchedule.exporterSecret, "cordee content", context, 32, await suite())
}

/** First byte of a stored state; another one is refused, never guessed at. */
const STATE_VERSION = 1

export function serialise(state: GroupState): Uint8Array {
  const body = encodeGroupState(state)
  const bytes = new Uint8Array(1 + body.length)
  bytes[0] = STATE_VERSION
  bytes.set(body, 1)
  return bytes
}

export function deserialise(bytes: Uint8Array): GroupState {
  if (bytes[0] !== STATE_VERSION) throw new StateUnreadable("malformed", bytes, "unknown version")
  const state = decodeExact(bytes.slice(1), decodeGroupState, encodeGroupState)
  if (state === undefined) throw new StateUnreadable("malformed", bytes, "not a group state")
  return state as GroupState
}

export function policyOf(context: GroupContext): Uint8Array {
  const found = context.extensions.find((extension) => extension.extensionType === CIRCLE_POLICY)
  if (found === undefined) throw new TypeError("a group without a policy never becomes a GroupState")
  return found.extensionData
}

export function rosterOf(tree: RatchetTree): RosterEntry[] {
  return tree.flatMap((_node, index) => rosterEntry(tree, index / 2) ?? [])
}

/** The device at a leaf; undefined for a blank leaf and outside the tree. */
export function rosterEntry(tree: RatchetTree, leaf: number): RosterEntry | undefined {
  const node = tree[leaf * 2]
  if (node?.nodeType !== "leaf" || node.leaf.credential.credentialType !== "basic") return undefined
  return { leaf, identity: node.leaf.credential.identity, signatureKey: node.leaf.signaturePublicKey }
}
