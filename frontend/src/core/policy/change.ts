/**
 * One change of a circle's policy: hash-linked to the one before, signed by the leaf key of an authorised device.
 *
 * Making and reading only; whether its signer may make it is decided in `fold.ts`. docs/protocol.md, "Circle policy".
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { toBase64 } from "../encoding/base64.ts"
import { concat, utf8 } from "../encoding/bytes.ts"
import { decode, encode, NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import { readCertificate, type UnverifiedCertificate } from "../identity/certificate.ts"
import type { CircleId } from "../ids.ts"
import { signWithLabel } from "../mls/group.ts"
import { readOperation, writeOperation, type Operation } from "./operation.ts"
import { PolicyRefused } from "./refused.ts"

export const CHANGE_LABEL = "CordeePolicyChange"
/** A certificate, and an order or a rotation. */
export const CHANGE_LIMIT = 4096
export const NO_HASH = new Uint8Array(32)
const HASH_PREFIX = utf8("cordee policy change")

/** Well formed; who signed it is not yet checked against any policy. */
export interface UnverifiedChange {
  readonly circle: CircleId
  readonly n: number
  readonly prev: Uint8Array
  readonly op: Operation
  readonly time: number
  readonly certificate: UnverifiedCertificate
  readonly signature: Uint8Array
  /** What the signature is over. */
  readonly signed: Uint8Array
  readonly raw: Uint8Array
  /** SHA-256("cordee policy change" ‖ raw) */
  readonly hash: Uint8Array
}

/** Who signs: the device's certificate and its leaf key's seed. */
export interface Signer {
  readonly certificate: Uint8Array
  readonly signaturePrivateKey: Uint8Array
}

export interface NewChange {
  readonly circle: CircleId
  readonly n: number
  readonly prev: Uint8Array
  readonly op: Operation
  readonly time: number
}

export async function makeChange({ circle, n, prev, op, time }: NewChange, signer: Signer): Promise<Uint8Array> {
  const content = {
    cert: toBase64(signer.certificate),
    circle,
    n,
    op: writeOperation(op),
    prev: toBase64(prev),
    time: writeTime(time),
    v: 1,
  }
  const signature = await signWithLabel(signer.signaturePrivateKey, CHANGE_LABEL, encode(content))
  return encode({ ...content, sig: toBase64(signature) })
}

/** Throws PolicyRefused `bad_change`. */
export function readChange(raw: Uint8Array): UnverifiedChange {
  try {
    const content = decode(raw, CHANGE_LIMIT)
    const fields = new Fields(content)
    fields.version()
    const change = {
      circle: fields.id<CircleId>("circle"),
      n: fields.count("n"),
      prev: fields.bytes("prev", 32),
      op: readOperation(fields.object("op")),
      time: fields.time("time"),
      certificate: readCertificate(fields.bytes("cert")),
      signature: fields.bytes("sig", 64),
      signed: withoutSignature(content),
      raw,
      hash: sha256(concat(HASH_PREFIX, raw)),
    }
    fields.end()
    return change
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new PolicyRefused("bad_change", cause)
    throw cause
  }
}

/** The canonical bytes of a signed object without its field `sig`. */
export function withoutSignature(content: JsonObject): Uint8Array {
  return encode(Object.fromEntries(Object.entries(content).filter(([name]) => name !== "sig")))
}
