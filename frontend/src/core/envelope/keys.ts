/** What is derived from an epoch's content key (docs/protocol.md, table of labels). */
import { expand } from "@noble/hashes/hkdf.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { concat, u64, utf8 } from "../encoding/bytes.ts"
import { idBytes } from "../encoding/uuid.ts"
import type { CircleId, DeviceId, MessageId } from "../ids.ts"

const COMMITMENT = utf8("cordee commitment")
const MESSAGE = utf8("message")

/** In every header: whoever opens with another key than the sender's sees it before decrypting. */
export function commitment(contentKey: Uint8Array, circle: CircleId, epoch: number): Uint8Array {
  return expand(sha256, contentKey, concat(COMMITMENT, idBytes(circle), u64(epoch)), 32)
}

/** The key of one envelope; used once, whatever becomes of its random nonce. */
export function messageKey(contentKey: Uint8Array, device: DeviceId, message: MessageId): Uint8Array {
  return expand(sha256, contentKey, concat(MESSAGE, idBytes(device), idBytes(message)), 32)
}
