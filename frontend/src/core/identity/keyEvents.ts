/**
 * The history of a person's own keys: each act links to the one before and is signed by the identity key that stands
 * after it (docs/protocol.md, "Statements"). And the rotations that lead from one identity key to the next.
 */
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { ApiError, clientError } from "../errors.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { extended, NO_CHAIN, type KeyChain } from "../keylog/chain.ts"
import {
  hashOfEvent,
  KEY_EVENT,
  ROTATION,
  verifyRotation,
  type KeyAct,
  type Rotation,
} from "../statements/identity.ts"
import { makeStatement, readStatement } from "../statements/signed.ts"
import type { Api } from "../api/client.ts"
import type { Base64 } from "../api/types.ts"
import { identityKey, type VaultContent } from "../vault/content.ts"

/** Another device's act comes in between; twice in a row is somebody's busy day. */
const MOST_TRIES = 4

/** An act as it is about to be told. */
export interface OwnAct {
  readonly act: KeyAct
  readonly device?: DeviceId
  /** Leaf key of a device that is added. */
  readonly key?: Uint8Array
}

export interface KeyHistoryOf {
  readonly api: Pick<Api, "keyEvents">
  readonly user: UserId
  readonly now: () => number
}

/**
 * Does `send` with the events that say `acts`, after all that happened before. Made again when another device's act
 * came first.
 */
export async function withEvents(
  { api, now, user }: KeyHistoryOf,
  { identity }: Pick<VaultContent, "identity">,
  acts: readonly OwnAct[],
  send: (events: readonly Base64[]) => Promise<void>,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const { events: before } = await api.keyEvents()
    let { hash: prev, seq } = await endOf(before, user)
    const events: Base64[] = []
    for (const { act, device = null, key = null } of acts) {
      seq += 1
      const says = { user, seq, prev, act, identity: identityKey({ identity }), device, key, time: now() }
      const raw = await makeStatement(KEY_EVENT, says, identity)
      prev = hashOfEvent(raw)
      events.push(toBase64(raw))
    }
    try {
      await send(events)
      return
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "bad_key_event") || tries === MOST_TRIES) throw error
    }
  }
}

/** Whether an identity key leads to another by rotations, each signed with the key before and the key after. */
export async function rotationsLead(
  rotations: readonly Base64[],
  user: UserId,
  from: Uint8Array,
  to: Uint8Array,
): Promise<boolean> {
  let at = from
  for (const each of rotations) {
    const says = await proven(each)
    if (says?.user === user && sameBytes(says.old, at)) at = says.new
    if (sameBytes(at, to)) return true
  }
  return false
}

async function proven(rotation: Base64): Promise<Rotation | undefined> {
  try {
    return (await verifyRotation(readStatement(ROTATION, fromBase64(rotation))))?.says
  } catch (cause) {
    if (cause instanceof NotCanonical) return undefined
    throw cause
  }
}

/** Where a history ends. Rejects `unexpected_answer` when it is not one history of this person. */
async function endOf(events: readonly Base64[], user: UserId): Promise<KeyChain> {
  let end = NO_CHAIN
  try {
    for (const each of events) end = await extended(end, fromBase64(each), user)
  } catch (cause) {
    if (cause instanceof NotCanonical) throw clientError("unexpected_answer", cause.message, cause)
    throw cause
  }
  return end
}
