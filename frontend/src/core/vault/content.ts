/**
 * What lies in a vault, opened. Its one form on the wire is in docs/protocol.md, "Vault".
 *
 * Secret, all of it: keys, and how far each circle was confirmed. Changed by making a new one; written by `vault.ts`.
 */
import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { decode, encode, NotCanonical, type Json, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { readPin, type Pin } from "../keylog/pin.ts"
import { asId, isId, type AnyId, type CircleId, type OrganisationId, type UserId } from "../ids.ts"

/** The server's limit too: 50 circles and 500 compared people are about 90 KiB. */
export const CONTENT_LIMIT = 256 * 1024

/** Up to where a circle's state was confirmed: no device of this person goes back behind it. */
export interface Mark {
  readonly epoch: number
  /** Number of the policy chain's head. */
  readonly n: number
  /** Confirmed transcript hash of that epoch, 32 bytes. */
  readonly confirmed: Uint8Array
}

export interface VaultContent {
  /** Ed25519 seed. */
  readonly identity: Uint8Array
  /** X25519 private key to which epoch keys are sealed now. */
  readonly history: Uint8Array
  /** Those before it, newest first: they open what was sealed then. */
  readonly olderHistories: readonly Uint8Array[]
  readonly circles: ReadonlyMap<CircleId, Mark>
  /** Ed25519 seeds, of organisations for which this person attests. */
  readonly stewards: ReadonlyMap<OrganisationId, Uint8Array>
  /** X25519 public keys for which the vault key is wrapped, by unlocker name. */
  readonly unlockers: ReadonlyMap<string, Uint8Array>
  /** Identity keys that this person has compared by hand. */
  readonly verified: ReadonlyMap<UserId, Uint8Array>
  /** The key log as this person's devices have seen it. */
  readonly keyLog: Pin | null
}

export function identityKey({ identity }: Pick<VaultContent, "identity">): Uint8Array {
  return ed25519.getPublicKey(identity)
}

export function historyKey({ history }: Pick<VaultContent, "history">): Uint8Array {
  return x25519.getPublicKey(history)
}

export function writeContent(content: VaultContent): Uint8Array {
  const { circles, history, identity, keyLog, olderHistories, stewards, unlockers, verified } = content
  return encode({
    circles: object(circles, ({ confirmed, epoch, n }) => ({ confirmed: toBase64(confirmed), epoch, n })),
    histories: [history, ...olderHistories].map(toBase64),
    identity: toBase64(identity),
    ...(keyLog === null ? {} : { keylog: { ...keyLog } }),
    stewards: object(stewards, toBase64),
    unlockers: object(unlockers, toBase64),
    v: 1,
    verified: object(verified, toBase64),
  })
}

/** Throws NotCanonical. */
export function readContent(bytes: Uint8Array): VaultContent {
  const fields = new Fields(decode(bytes, CONTENT_LIMIT))
  fields.version()
  const [history, ...olderHistories] = fields.list("histories", CONTENT_LIMIT).map(key)
  if (history === undefined) throw new NotCanonical("no history key")
  const content: VaultContent = {
    circles: map<CircleId, Mark>(fields.object("circles"), readId, mark),
    history,
    olderHistories,
    identity: fields.bytes("identity", 32),
    // Not there before a device has seen the log.
    keyLog: fields.has("keylog") ? readPin(fields.object("keylog")) : null,
    stewards: map<OrganisationId, Uint8Array>(fields.object("stewards"), readId, keyOf),
    unlockers: map(fields.object("unlockers"), (name) => name, keyOf),
    verified: map<UserId, Uint8Array>(fields.object("verified"), readId, keyOf),
  }
  fields.end()
  return content
}

function object<Value>(map: ReadonlyMap<string, Value>, write: (value: Value) => Json): JsonObject {
  return Object.fromEntries([...map].map(([name, value]) => [name, write(value)]))
}

function map<Name extends string, Value>(
  fields: Fields,
  readName: (name: string) => Name,
  read: (fields: Fields, name: string) => Value,
): ReadonlyMap<Name, Value> {
  return new Map(fields.names().map((name) => [readName(name), read(fields, name)]))
}

function mark(fields: Fields, name: string): Mark {
  const inner = fields.object(name)
  const read = { epoch: inner.count("epoch"), n: inner.count("n"), confirmed: inner.bytes("confirmed", 32) }
  inner.end()
  return read
}

function keyOf(fields: Fields, name: string): Uint8Array {
  return fields.bytes(name, 32)
}

function key(value: Json): Uint8Array {
  if (typeof value !== "string") throw new NotCanonical("not a key")
  const bytes = fromBase64(value)
  if (bytes.length !== 32) throw new NotCanonical("not a key")
  return bytes
}

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller's type says which
function readId<T extends AnyId>(name: string): T {
  if (!isId(name)) throw new NotCanonical("not an id")
  return asId<T>(name)
}
