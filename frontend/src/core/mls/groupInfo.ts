/**
 * GroupInfo: what a joiner is shown (RFC 9420 §12.4.3). Its extensions are exactly [external_pub]; the
 * ratchet tree travels beside it, so that the server can keep and serve the tree it verified itself.
 */
import { createGroupInfoWithExternalPub, type ClientState } from "ts-mls"
import { encodeGroupInfo } from "ts-mls/groupInfo.js"
import { encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { NO_LEAVES, withConfig } from "./context.ts"
import type { GroupState } from "./state.ts"
import { suite } from "./suite.ts"

export interface GroupInfoParts {
  /** GroupInfo, not wrapped in an MLSMessage */
  readonly groupInfo: Uint8Array
  /** `optional<Node> ratchet_tree<V>`, trailing blanks left out */
  readonly ratchetTree: Uint8Array
  /** The epoch's external public key: 32 bytes, the value inside the external_pub extension */
  readonly externalPub: Uint8Array
  /** This device's signature over GroupInfoTBS, 64 bytes */
  readonly signature: Uint8Array
}

export async function groupInfo(state: GroupState): Promise<GroupInfoParts> {
  const full: ClientState = withConfig(state, NO_LEAVES.config)
  const info = await createGroupInfoWithExternalPub(full, [], await suite())
  return {
    groupInfo: encodeGroupInfo(info),
    ratchetTree: encodeRatchetTree(state.ratchetTree),
    externalPub: await externalPub(state),
    signature: info.signature,
  }
}

/** The epoch's external public key, 32 bytes: what the server was told it is, a member compares with this. */
export async function externalPub(state: GroupState): Promise<Uint8Array> {
  const { hpke } = await suite()
  const pair = await hpke.deriveKeyPair(state.keySchedule.externalSecret)
  return hpke.exportPublicKey(pair.publicKey)
}
