/**
 * A new circle's group, with its creator as the only leaf (RFC 9420 §11).
 */
import { createGroup as create, generateKeyPackageWithKey, type KeyPackage, type PrivateKeyPackage } from "ts-mls"
import { basicCredential, circleExtensions, LEAF_CAPABILITIES, NO_LEAVES, type OwnLeaf } from "./context.ts"
import { kept, type GroupState } from "./state.ts"
import { suite } from "./suite.ts"

const HOUR = 3600n
/** From an hour ago, for clocks that run slow, to 84 days ahead: RFC 9420 §7.2 leaves the length to the application. */
const LIFETIME_BEFORE = HOUR
const LIFETIME_AFTER = 84n * 24n * HOUR

export interface NewGroup {
  /** The circle's UUID bytes */
  readonly groupId: Uint8Array
  readonly leaf: OwnLeaf
  /** Bytes of `circle_policy` at epoch 0 */
  readonly policy: Uint8Array
  /** The creator's clock; the lifetime of the first leaf is counted from it */
  readonly now?: Date
}

/** Epoch 0; nothing is sent, the server learns the group from `groupInfo`. */
export async function createGroup({ groupId, leaf, policy, now = new Date() }: NewGroup): Promise<GroupState> {
  const cs = await suite()
  const { publicPackage, privatePackage } = await keyPackage(leaf, now)
  const state = await create(groupId, publicPackage, privatePackage, circleExtensions(policy), cs, NO_LEAVES.config)
  return kept(state)
}

/** Key packages are never published: this one only carries our leaf into the group we make or join. */
export async function keyPackage(
  leaf: OwnLeaf,
  now: Date,
): Promise<{ publicPackage: KeyPackage; privatePackage: PrivateKeyPackage }> {
  const seconds = BigInt(Math.floor(now.getTime() / 1000))
  return generateKeyPackageWithKey(
    basicCredential(leaf.certificate),
    LEAF_CAPABILITIES,
    { notBefore: seconds - LIFETIME_BEFORE, notAfter: seconds + LIFETIME_AFTER },
    [],
    { signKey: leaf.signaturePrivateKey, publicKey: leaf.signaturePublicKey },
    await suite(),
  )
}
