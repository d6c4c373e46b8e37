/**
 * The history key: an X25519 key to which the content keys of epochs are sealed for a person, on all their devices.
 *
 * Its public half is signed by the identity key (label `CordeeHistoryKey`) and pinned by every circle's policy.
 */
import { toBase64 } from "../encoding/base64.ts"
import { encode } from "../encoding/canonical.ts"
import type { UserId } from "../ids.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"

const LABEL = "CordeeHistoryKey"

export interface PinnedKeys {
  readonly user: UserId
  /** Ed25519, 32 bytes */
  readonly identity: Uint8Array
  /** X25519, 32 bytes */
  readonly history: Uint8Array
  readonly historySignature: Uint8Array
}

export async function signHistoryKey(
  identityPrivateKey: Uint8Array,
  user: UserId,
  history: Uint8Array,
): Promise<Uint8Array> {
  return signWithLabel(identityPrivateKey, LABEL, signed(user, history))
}

export async function verifyHistoryKey({ user, identity, history, historySignature }: PinnedKeys): Promise<boolean> {
  return verifyWithLabel(identity, LABEL, signed(user, history), historySignature)
}

function signed(user: UserId, history: Uint8Array): Uint8Array {
  return encode({ history: toBase64(history), user, v: 1 })
}
