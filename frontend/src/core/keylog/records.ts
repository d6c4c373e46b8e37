/** What a device keeps of the key log: the newest checkpoint that it has seen, and histories that were proved. */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import { asId, isId, type CircleId, type DeviceId, type UserId } from "../ids.ts"
import { REFUSAL_CODES, type Refusal } from "../refusal.ts"
import { record, table, type Table } from "../store/table.ts"
import type { AddedDevice, KeyChain } from "./chain.ts"
import { readPin, type Pin } from "./pin.ts"

export interface LogRecord {
  readonly pin: Pin | null
  /** Checkpoints that others have seen, and that were not compared yet. */
  readonly heard: readonly string[]
  /** When a circle first asked for a proof that is still not there. */
  readonly waiting: ReadonlyMap<UserId, number>
  /** When a checkpoint was last told in a circle. */
  readonly told: ReadonlyMap<CircleId, number>
  readonly refusal: Refusal | null
}

const MOST = 100_000

export const logs: Table<LogRecord> = table(
  "keylog",
  record(
    ({ heard, pin, refusal, told, waiting }) => ({
      heard: [...heard],
      pin: pin === null ? null : { ...pin },
      refusal: refusal === null ? null : { ...refusal },
      told: Object.fromEntries(told),
      v: 1,
      waiting: Object.fromEntries(waiting),
    }),
    (fields) => {
      fields.version()
      return {
        heard: fields.list("heard", MOST).map(text),
        pin: fields.maybe("pin", (from, name) => readPin(from.object(name))),
        refusal: fields.maybe("refusal", (from, name) => readRefusal(from.object(name))),
        told: times<CircleId>(fields.object("told")),
        waiting: times<UserId>(fields.object("waiting")),
      }
    },
  ),
)

export const histories: Table<KeyChain> = table(
  "keylog",
  record(
    ({ devices, hash, identities, identity, seq }) => ({
      devices: Object.fromEntries([...devices].map(([id, { added, ended, key }]) => [id, { added, ended, key }])),
      hash: toBase64(hash),
      identities: [...identities],
      identity,
      seq,
      v: 1,
    }),
    (fields) => {
      fields.version()
      const devices = fields.object("devices")
      return {
        devices: new Map(devices.names().map((name) => [id<DeviceId>(name), readDevice(devices.object(name))])),
        hash: fields.bytes("hash", 32),
        identities: new Set(fields.list("identities", MOST).map(text)),
        identity: fields.maybe("identity", (from, name) => from.text(name)),
        seq: fields.count("seq"),
      }
    },
  ),
)

/** Keys of the table. */
export const LOG = "log"
export const PEOPLE = "people"

function readDevice(fields: Fields): AddedDevice {
  const device = { key: fields.text("key"), added: fields.count("added"), ended: fields.flag("ended") }
  fields.end()
  return device
}

function readRefusal(fields: Fields): Refusal {
  return {
    code: fields.oneOf("code", REFUSAL_CODES),
    detail: fields.text("detail"),
    at: fields.text("at"),
    seq: fields.maybe("seq", (from, name) => from.count(name)),
    evidence: fields.text("evidence"),
  }
}

function times<T extends CircleId | UserId>(fields: Fields): ReadonlyMap<T, number> {
  return new Map(fields.names().map((name) => [id<T>(name), fields.count(name)]))
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's type says which
function id<T extends CircleId | UserId | DeviceId>(name: string): T {
  if (!isId(name)) throw new NotCanonical("not an id")
  return asId<T>(name)
}

function text(value: Json): string {
  if (typeof value !== "string") throw new NotCanonical("not a text")
  return value
}
