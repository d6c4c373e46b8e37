/**
 * The form that all statements share: canonical JSON of version 1, signed with a label over all but its signatures
 * (docs/protocol.md, "Statements"). Twin of chat/statements/; both read tests/vectors/statements.json.
 */
import { toBase64 } from "../encoding/base64.ts"
import { decode, encode, NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"

/** The longest carries a certificate. */
const LIMIT = 4096

/** One kind of statement: its label, its fields, the names of its signatures. */
export interface Kind<T> {
  readonly label: string
  readonly signatures: readonly string[]
  /** Whether a statement that says this is nobody's signed word. */
  readonly isUnsigned: (says: T) => boolean
  /** Throws NotCanonical. */
  readonly fields: (fields: Fields) => T
  /** All fields but `v` and the signatures. */
  readonly write: (says: T) => JsonObject
}

/** Well formed; whether the right key signed it is not yet known. */
export interface Unverified<T> {
  readonly says: T
  readonly label: string
  readonly signatures: readonly Uint8Array[]
  readonly signed: Uint8Array
  readonly raw: Uint8Array
}

declare const verified: unique symbol

/** Signed by the keys it was checked against. */
export interface Verified<T> {
  readonly says: T
  readonly raw: Uint8Array
  readonly [verified]: true
}

/** A kind with the one signature `sig`. */
export function signedOnce<T>(kind: Pick<Kind<T>, "fields" | "label" | "write">): Kind<T> {
  return { ...kind, signatures: ["sig"], isUnsigned: () => false }
}

/** Throws NotCanonical. */
export function readStatement<T>(kind: Kind<T>, raw: Uint8Array): Unverified<T> {
  const content = decode(raw, LIMIT)
  const fields = new Fields(content)
  fields.version()
  const says = kind.fields(fields)
  const signatures = kind.signatures
    .map((name) => fields.maybe(name, (from) => from.bytes(name, 64)))
    .filter((signature) => signature !== null)
  fields.end()
  if (signatures.length !== (kind.isUnsigned(says) ? 0 : kind.signatures.length)) {
    throw new NotCanonical("a signature too few, or one too many")
  }
  const signed = encode(Object.fromEntries(Object.entries(content).filter(([name]) => !kind.signatures.includes(name))))
  return { says, label: kind.label, signatures, signed, raw }
}

/** `seeds` are the Ed25519 seeds of the signing keys, in the order of the kind's signatures. */
export async function makeStatement<T>(kind: Kind<T>, says: T, ...seeds: readonly Uint8Array[]): Promise<Uint8Array> {
  const content = { ...kind.write(says), v: 1 }
  const signed = encode(content)
  const signatures = await Promise.all(
    kind.signatures.map(async (name, index) => {
      const seed = seeds[index]
      return [name, seed === undefined ? null : toBase64(await signWithLabel(seed, kind.label, signed))] as const
    }),
  )
  const raw = encode({ ...content, ...Object.fromEntries(signatures) })
  readStatement(kind, raw)
  return raw
}

/** Undefined unless each of `keys` made the signature at its place; also when nobody signed at all. */
export async function verifyStatement<T>(
  statement: Unverified<T>,
  ...keys: readonly Uint8Array[]
): Promise<Verified<T> | undefined> {
  const { label, raw, says, signatures, signed } = statement
  if (keys.length === 0 || keys.length !== signatures.length) return undefined
  for (const [index, signature] of signatures.entries()) {
    const key = keys[index]
    if (key === undefined || !(await verifyWithLabel(key, label, signed, signature))) return undefined
  }
  return { says, raw } as Verified<T>
}
