/**
 * The service's room for a person's own keys: devices, vault, identity, key events. It holds the server's side of
 * docs/protocol.md as far as the client's tests need it: next generations only, one history of events, wrappers of
 * unlockers that stand.
 */
import type * as api from "../../../src/core/api/types.ts"
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { readCertificate } from "../../../src/core/identity/certificate.ts"
import { asId, type DeviceId } from "../../../src/core/ids.ts"
import { KEY_EVENT, ROTATION } from "../../../src/core/statements/identity.ts"
import { readStatement } from "../../../src/core/statements/signed.ts"
import { ORDER_KEY, STEWARD_KEY } from "./asked.ts"
import type { Account } from "./people.ts"
import type { KeyLogRoom } from "./keyLogRoom.ts"
import { Refused } from "./service.ts"

export interface Asked {
  readonly method: string
  readonly path: string
  readonly sent: Readonly<Record<string, unknown>>
  readonly tellUser: (frame: Record<string, unknown>) => void
  readonly keyLog: KeyLogRoom
}

const DEVICES = { t: "changed", what: "devices", circle: null }
const MOST_DEVICES = 8

/** Undefined for what belongs to another room. */
export function keysRoom(account: Account, asked: Asked): object | undefined {
  const { keyLog, method, path, sent, tellUser } = asked
  const [, , room = "", id = "", part = ""] = path.split("/")
  switch (`${method} ${room}${room === "devices" ? "" : `/${id}`}${part === "" ? "" : `/${part}`}`) {
    case "GET me/":
      return {
        ...account.card,
        id: account.id,
        email: account.email,
        identity_key: account.identity?.identity_key ?? null,
        history_key: account.identity?.history_key ?? null,
        vault: account.vault !== null,
        abilities: ["open_circle"],
        order_key: ORDER_KEY,
        steward: STEWARD_KEY,
        organisations: [],
      }
    case "GET devices":
      return {
        devices: [...account.devices].map(([device, { certificate, ended, name }]) => ({
          id: device,
          name,
          created: new Date(0).toISOString(),
          last_seen: null,
          ended: ended ? new Date(0).toISOString() : null,
          certificate,
        })),
      }
    case "POST devices":
      register(account, keyLog, sent as unknown as api.DeviceRegistration)
      tellUser(DEVICES)
      return {}
    case "PATCH devices":
      deviceOf(account, asId<DeviceId>(id)).name = String(sent["name"])
      tellUser(DEVICES)
      return {}
    case "POST devices/object":
      return {}
    case "POST devices/revoke":
      takeEvents(account, keyLog, [String(sent["event"])])
      deviceOf(account, asId<DeviceId>(id)).ended = true
      tellUser(DEVICES)
      return {}
    case "GET vault/":
      return shownVault(account)
    case "PUT vault/":
      putVault(account, sent as unknown as api.VaultBlobs)
      return {}
    case "GET key-events/":
      return { events: account.events, rotations: account.rotations }
    case "POST identity/rotate":
      rotate(account, keyLog, sent as unknown as api.IdentityRotation)
      tellUser(DEVICES)
      return {}
    case "POST identity/reset":
      reset(account, keyLog, sent as unknown as api.IdentityReset)
      return {}
    default:
      return undefined
  }
}

function deviceOf(account: Account, id: DeviceId): { certificate: string; name: string; ended: boolean } {
  const device = account.devices.get(id)
  if (device === undefined || device.ended) throw new Refused("not_found")
  return device
}

function register(
  account: Account,
  keyLog: KeyLogRoom,
  { certificate, events, first, name }: api.DeviceRegistration,
): void {
  if (first !== undefined && account.identity !== null) throw new Refused("identity_bound")
  if ([...account.devices.values()].filter(({ ended }) => !ended).length >= MOST_DEVICES) {
    throw new Refused("too_many_devices")
  }
  takeEvents(account, keyLog, events)
  if (first !== undefined) {
    const { vault, ...identity } = first
    account.identity = identity
    account.vault = vault
  }
  account.devices.set(readCertificate(fromBase64(certificate)).device, { certificate, name, ended: false })
}

function takeEvents({ events }: Account, keyLog: KeyLogRoom, added: readonly string[]): void {
  for (const each of added) {
    const { seq } = readStatement(KEY_EVENT, fromBase64(each)).says
    if (seq !== events.length + 1) throw new Refused("bad_key_event")
    events.push(each)
  }
  keyLog.append(added)
}

function shownVault({ devices, factors, vault }: Account): api.VaultBlobs {
  if (vault === null) throw new Refused("not_found")
  const stands = ({ unlocker }: api.VaultWrapper): boolean => {
    if (unlocker === "recovery") return true
    const id = unlocker.slice(unlocker.indexOf(":") + 1)
    return unlocker.startsWith("passkey:") ? factors.holds(id) : devices.get(asId<DeviceId>(id))?.ended === false
  }
  return { ...vault, wrappers: vault.wrappers.filter(stands) }
}

function putVault(account: Account, next: api.VaultBlobs): void {
  const before = account.vault
  if (before === null) throw new Refused("not_found")
  if (next.generation !== before.generation + 1) throw new Refused("vault_moved")
  const kept = next.key === before.key ? before.wrappers : []
  const added = new Set(next.wrappers.map(({ unlocker }) => unlocker))
  account.vault = { ...next, wrappers: [...kept.filter(({ unlocker }) => !added.has(unlocker)), ...next.wrappers] }
}

function rotate(
  account: Account,
  keyLog: KeyLogRoom,
  { certificates, events, revoked, rotation, vault }: api.IdentityRotation,
): void {
  const { identity } = account
  const { says } = readStatement(ROTATION, fromBase64(rotation))
  if (identity === null) throw new Refused("bad_rotation")
  putVault(account, vault)
  takeEvents(account, keyLog, events)
  if (says.user !== account.id) throw new Refused("bad_rotation")
  account.identity = {
    identity_key: toBase64(says.new),
    history_key: toBase64(says.history),
    history_sig: toBase64(says.historySignature),
  }
  account.rotations.push(rotation)
  for (const id of revoked) deviceOf(account, id).ended = true
  for (const certificate of certificates) {
    deviceOf(account, readCertificate(fromBase64(certificate)).device).certificate = certificate
  }
}

function reset(
  account: Account,
  keyLog: KeyLogRoom,
  { certificate, events, name, vault, ...identity }: api.IdentityReset,
): void {
  if (!account.factors.isProved) throw new Refused("reauthentication_required")
  putVault(account, vault)
  takeEvents(account, keyLog, events)
  account.identity = identity
  for (const device of account.devices.values()) device.ended = true
  account.devices.set(readCertificate(fromBase64(certificate)).device, { certificate, name, ended: false })
}
