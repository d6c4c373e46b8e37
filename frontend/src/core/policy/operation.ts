/**
 * What one change of a policy does, as it is written. Who may do it is decided in `rules.ts`; docs/protocol.md, "Circle
 * policy", has the table.
 */
import { toBase64 } from "../encoding/base64.ts"
import type { JsonObject } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import type { PinnedKeys } from "../identity/historyKey.ts"
import type { DeviceId, UserId } from "../ids.ts"
import { ROTATION, type Rotation } from "../statements/identity.ts"
import { END_CODES, END_ORDER, RESTORE_ORDER } from "../statements/orders.ts"
import type { EndCode, EndOrder, RestoreOrder } from "../statements/orders.ts"
import { readStatement, type Unverified } from "../statements/signed.ts"
import { readKeys, readNewPerson, ROLES, writeNewPerson, type NewPerson, type PolicyRole } from "./person.ts"

export type Operation =
  | {
      readonly type: "create"
      readonly person: NewPerson
      readonly suite: number
      /** The server's order key. */
      readonly orders: Uint8Array | null
      /** The organisation's steward key. */
      readonly steward: Uint8Array | null
    }
  | { readonly type: "invite"; readonly person: NewPerson }
  /** A pending person has keys now. */
  | ({ readonly type: "admit" } & PinnedKeys)
  | { readonly type: "role"; readonly user: UserId; readonly role: PolicyRole; readonly notAfter: number | null }
  | {
      readonly type: "end"
      readonly user: UserId
      readonly code: EndCode
      readonly order: Unverified<EndOrder> | null
    }
  | {
      readonly type: "revoke"
      readonly user: UserId
      readonly device: DeviceId
      readonly order: Unverified<EndOrder> | null
    }
  | { readonly type: "rotate"; readonly rotation: Unverified<Rotation> }
  /** New keys without the old ones' word: a coordinator has made sure of the person by hand. */
  | ({ readonly type: "reset" } & PinnedKeys)
  | { readonly type: "restore"; readonly order: Unverified<RestoreOrder> }

const TYPES = ["create", "invite", "admit", "role", "end", "revoke", "rotate", "reset", "restore"] as const

/** Throws NotCanonical. */
export function readOperation(fields: Fields): Operation {
  const op = read(fields)
  fields.end()
  return op
}

function read(fields: Fields): Operation {
  const type = fields.oneOf("type", TYPES)
  switch (type) {
    case "create":
      return {
        type,
        person: readNewPerson(fields.any("person")),
        suite: fields.count("suite"),
        orders: readSettings(fields),
        steward: fields.maybe("steward", (from, name) => from.bytes(name, 32)),
      }
    case "invite":
      return { type, person: readNewPerson(fields.any("person")) }
    case "admit":
    case "reset":
      return { type, user: fields.id<UserId>("user"), ...readKeys(fields) }
    case "role":
      return {
        type,
        user: fields.id<UserId>("user"),
        role: fields.oneOf("role", ROLES),
        notAfter: fields.maybe("not_after", (from, name) => from.time(name)),
      }
    case "end":
      return {
        type,
        user: fields.id<UserId>("user"),
        code: fields.oneOf("code", END_CODES),
        order: readOrder(fields),
      }
    case "revoke":
      return {
        type,
        user: fields.id<UserId>("user"),
        device: fields.id<DeviceId>("device"),
        order: readOrder(fields),
      }
    case "rotate":
      return { type, rotation: readStatement(ROTATION, fields.bytes("rotation")) }
    case "restore":
      return { type, order: readStatement(RESTORE_ORDER, fields.bytes("order")) }
  }
}

function readOrder(fields: Fields): Unverified<EndOrder> | null {
  return fields.maybe("order", (from, name) => readStatement(END_ORDER, from.bytes(name)))
}

/** The order key. */
export function readSettings(fields: Fields): Uint8Array | null {
  const settings = fields.object("settings")
  const orders = settings.maybe("orders", (from, name) => from.bytes(name, 32))
  settings.end()
  return orders
}

export function writeOperation(op: Operation): JsonObject {
  switch (op.type) {
    case "create":
      return {
        person: writeNewPerson(op.person),
        settings: { orders: maybeBase64(op.orders) },
        steward: maybeBase64(op.steward),
        suite: op.suite,
        type: op.type,
      }
    case "invite":
      return { person: writeNewPerson(op.person), type: op.type }
    case "admit":
    case "reset":
      return {
        history: toBase64(op.history),
        history_sig: toBase64(op.historySignature),
        identity: toBase64(op.identity),
        type: op.type,
        user: op.user,
      }
    case "role":
      return {
        not_after: op.notAfter === null ? null : writeTime(op.notAfter),
        role: op.role,
        type: op.type,
        user: op.user,
      }
    case "end":
      return { code: op.code, order: maybeBase64(op.order?.raw ?? null), type: op.type, user: op.user }
    case "revoke":
      return { device: op.device, order: maybeBase64(op.order?.raw ?? null), type: op.type, user: op.user }
    case "rotate":
      return { rotation: toBase64(op.rotation.raw), type: op.type }
    case "restore":
      return { order: toBase64(op.order.raw), type: op.type }
  }
}

function maybeBase64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : toBase64(bytes)
}
