/**
 * A circle's group as this device holds it: the MLS state with what it means for Cordée, made once per epoch.
 */
import { idBytes } from "../encoding/uuid.ts"
import type { CircleId, UserId } from "../ids.ts"
import { contentKey, epoch, policy as policyBytes, roster, type GroupState } from "../mls/group.ts"
import { readPolicy, type Policy } from "../policy/policy.ts"
import { devicesOf, type Devices } from "./devices.ts"
import { CircleRefused } from "./refused.ts"

export interface LiveGroup {
  readonly state: GroupState
  readonly circle: CircleId
  readonly epoch: number
  readonly policy: Policy
  readonly devices: Devices
  /** Opens and closes every envelope of this epoch. */
  readonly contentKey: Uint8Array
}

/** Throws CircleRefused for a tree with a foreign device: also of a state that was stored. */
export async function liveGroup(state: GroupState, circle: CircleId, known?: Devices): Promise<LiveGroup> {
  const extension = policyBytes(state)
  const policy = readPolicy(extension)
  const devices = await devicesOf(roster(state), policy, known)
  if (typeof devices === "string") throw new CircleRefused("foreign_device", devices, extension)
  return {
    state,
    circle,
    epoch: Number(epoch(state)),
    policy,
    devices,
    contentKey: await contentKey(state, idBytes(circle)),
  }
}

/** The people who have a leaf: exactly those who can read this epoch. */
export function readers(group: Pick<LiveGroup, "devices">): ReadonlySet<UserId> {
  return new Set([...group.devices.values()].map((device) => device.certificate.user))
}
