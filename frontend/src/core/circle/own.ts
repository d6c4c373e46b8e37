/** This device and its person, as the circles need them. Secret: made by `session/`, handed to each circle. */
import type { DeviceId, UserId } from "../ids.ts"
import type { OwnLeaf } from "../mls/group.ts"
import type { PinnedKeys } from "../identity/historyKey.ts"

/** The certificate and leaf key stand in every circle's tree. */
export interface Own extends OwnLeaf, PinnedKeys {
  readonly user: UserId
  readonly device: DeviceId
  /** X25519, 32 bytes each: the present one first, then those to which older copies of epoch keys were sealed. */
  readonly historyPrivateKeys: readonly Uint8Array[]
}
