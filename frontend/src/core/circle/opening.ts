/**
 * Opening a circle: change 0, the group at epoch 0 with this device as its only leaf, and its key sealed to its
 * creator.
 */
import type { Ground, Me, NewCircle } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { writeTime } from "../encoding/time.ts"
import { idBytes } from "../encoding/uuid.ts"
import { LOG_START } from "../envelope/log.ts"
import type { CircleId } from "../ids.ts"
import { createGroup, groupInfo } from "../mls/group.ts"
import { makeChange, NO_HASH, readChange, type UnverifiedChange } from "../policy/change.ts"
import { begin } from "../policy/fold.ts"
import { writePolicy } from "../policy/policy.ts"
import { sealToReaders } from "./epochKeys.ts"
import { opened } from "./events.ts"
import { liveGroup, type LiveGroup } from "./group.ts"
import type { Own } from "./own.ts"
import { FOUNDER } from "./standing.ts"
import type { CircleState } from "./state.ts"

/** The one cipher suite, as the policy numbers it (RFC 9420 §17.1). */
const SUITE = 1

export interface Opening {
  readonly group: LiveGroup
  readonly change0: UnverifiedChange
  /** What the server is told. */
  readonly sent: NewCircle["group"]
}

export interface NewGroup {
  readonly circle: CircleId
  readonly ground: Ground
  readonly own: Own
  readonly time: number
  /** The keys that change 0 pins for good. */
  readonly pinned: Pick<Me, "order_key" | "steward">
}

export async function openGroup({ circle, ground, own, pinned, time }: NewGroup): Promise<Opening> {
  const { history, historySignature, identity, user } = own
  const keys = { user, identity, history, historySignature, pending: null } as const
  const person = { ...keys, role: "coordinator", ground, notAfter: null } as const
  const steward = pinned.steward === null ? null : fromBase64(pinned.steward)
  const op = { type: "create", person, suite: SUITE, orders: fromBase64(pinned.order_key), steward } as const
  const change0 = readChange(await makeChange({ circle, n: 0, prev: NO_HASH, op, time }, own))
  const policy = await begin(change0, circle)
  const state = await createGroup({
    groupId: idBytes(circle),
    leaf: own,
    policy: writePolicy(policy),
    now: new Date(time),
  })
  const group = await liveGroup(state, circle)
  const shown = await groupInfo(state)
  return {
    group,
    change0,
    sent: {
      group_info: toBase64(shown.groupInfo),
      tree: toBase64(shown.ratchetTree),
      changes: [toBase64(change0.raw)],
      keys: await sealToReaders(group),
    },
  }
}

/** What this device keeps of a circle it opens. */
export async function beginCircle(state: CircleState, { change0, group }: Opening): Promise<void> {
  const draft = state.draft()
  draft.setRecord({
    change0: change0.hash,
    head: LOG_START,
    joined: LOG_START,
    counter: 0,
    counters: new Map(),
    keyChecked: group.epoch,
    renewed: change0.time,
    read: 0,
    refusal: null,
    left: null,
  })
  draft.setStanding(FOUNDER)
  draft.setGroup(group)
  draft.putItem({ seq: 0, at: writeTime(change0.time), hash: LOG_START.hash, entries: [opened(change0)] })
  await state.save(draft)
}

/** The server refused to open it. */
export async function dropCircle(state: CircleState): Promise<void> {
  const draft = state.draft()
  draft.dropCircle()
  await state.save(draft)
}
