/**
 * The history of one person's keys, link by link: what a monitor checks of everybody (docs/protocol.md, "Key log"), a
 * client checks of its own person and of those whose devices it meets.
 */
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import type { Base64 } from "../api/types.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { hashOfEvent, KEY_EVENT, NO_EVENT, type KeyEvent } from "../statements/identity.ts"
import { readStatement, verifyStatement } from "../statements/signed.ts"

export interface AddedDevice {
  /** Its leaf key. */
  readonly key: Base64
  /** When it says that it was added, in milliseconds. */
  readonly added: number
  readonly ended: boolean
}

export interface KeyChain {
  /** Of the last event; 0 before the first. */
  readonly seq: number
  readonly hash: Uint8Array
  /** In force after the last event; null before the first. */
  readonly identity: Base64 | null
  /** All that ever were in force. */
  readonly identities: ReadonlySet<Base64>
  /** All that were ever added. */
  readonly devices: ReadonlyMap<DeviceId, AddedDevice>
}

export const NO_CHAIN: KeyChain = {
  seq: 0,
  hash: NO_EVENT,
  identity: null,
  identities: new Set(),
  devices: new Map(),
}

/** The history with one more event. Throws NotCanonical when it is not this person's next one. */
export async function extended(chain: KeyChain, raw: Uint8Array, user: UserId): Promise<KeyChain> {
  const event = readStatement(KEY_EVENT, raw)
  const { says } = event
  if (says.user !== user || says.seq !== chain.seq + 1 || !sameBytes(says.prev, chain.hash)) {
    throw new NotCanonical("not one history of keys")
  }
  // What the server ended by itself nobody signed.
  if (says.act !== "end" && (await verifyStatement(event, says.identity)) === undefined) {
    throw new NotCanonical("not signed")
  }
  const identity = toBase64(says.identity)
  const isNew = says.act === "bind" || says.act === "rotate" || says.act === "reset"
  if ((says.act === "bind") !== (chain.seq === 0)) throw new NotCanonical("keys are bound once, first of all")
  if (isNew ? chain.identities.has(identity) : identity !== chain.identity) {
    throw new NotCanonical("signed under another identity than the one in force")
  }
  return {
    seq: says.seq,
    hash: hashOfEvent(raw),
    identity,
    identities: isNew ? new Set([...chain.identities, identity]) : chain.identities,
    devices: devicesAfter(chain.devices, says),
  }
}

function devicesAfter(before: KeyChain["devices"], { act, device, key, time }: KeyEvent): KeyChain["devices"] {
  switch (act) {
    case "bind":
    case "rotate":
      return before
    case "reset":
      // A new identity without a word of the old one: whatever stood before is nobody's any more.
      return new Map([...before].map(([id, each]) => [id, { ...each, ended: true }]))
    case "add": {
      if (device === null || key === null || before.has(device)) throw new NotCanonical("a device is added once")
      return new Map([...before, [device, { key: toBase64(key), added: time, ended: false }]])
    }
    case "revoke":
    case "end": {
      const standing = device === null ? undefined : before.get(device)
      if (device === null || standing?.ended !== false) throw new NotCanonical("no such device stands")
      return new Map([...before, [device, { ...standing, ended: true }]])
    }
  }
}

/** Somebody's keys as a circle shows them. */
export interface Claim {
  readonly user: UserId
  readonly identity: Uint8Array
  readonly devices: readonly { readonly device: DeviceId; readonly key: Uint8Array }[]
}

/** Whether the history names this identity and these devices, with these leaf keys; ended ones count too. */
export function names({ devices, identities }: KeyChain, claim: Claim): boolean {
  return (
    identities.has(toBase64(claim.identity)) &&
    claim.devices.every(({ device, key }) => devices.get(device)?.key === toBase64(key))
  )
}
