/**
 * Making and opening envelopes: content → padded → XChaCha20-Poly1305 under a key of its own → signed.
 *
 * Used by `circle/`. Content is not sent as MLS application messages; why is said in e2ee.md, "Content".
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { concat, sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import type { CircleId, DeviceId, MessageId } from "../ids.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"
import { readContent, writeContent, type Content } from "./content.ts"
import { readEnvelope, writeHeader, type Kind, type UnverifiedEnvelope } from "./header.ts"
import { commitment, messageKey } from "./keys.ts"
import { EnvelopeRefused } from "./refused.ts"

export const LABEL = "CordeeEnvelope"

export interface NewEnvelope {
  readonly kind: Kind
  readonly circle: CircleId
  readonly epoch: number
  readonly id: MessageId
  readonly device: DeviceId
  readonly created: number
  readonly content: Content
  readonly contentKey: Uint8Array
  /** 24 random bytes. */
  readonly nonce: Uint8Array
  /** Seed of the device's leaf key. */
  readonly signaturePrivateKey: Uint8Array
}

export async function makeEnvelope(envelope: NewEnvelope): Promise<Uint8Array> {
  const { circle, epoch, contentKey, nonce } = envelope
  const associated = writeHeader({ ...envelope, commitment: commitment(contentKey, circle, epoch) })
  const cipher = xchacha20poly1305(messageKey(contentKey, envelope.device, envelope.id), nonce, associated)
  const signed = concat(associated, nonce, cipher.encrypt(writeContent(envelope.content)))
  return concat(signed, await signWithLabel(envelope.signaturePrivateKey, LABEL, signed))
}

/** Where an envelope stands, and what is known there. */
export interface Place {
  readonly circle: CircleId
  readonly epoch: number
  /** The leaf key of a device in that epoch; undefined for a device without a leaf. */
  readonly leafKey: (device: DeviceId) => Uint8Array | undefined
}

declare const verified: unique symbol

/** Signed by the device in its header, for this place. */
export type VerifiedEnvelope = UnverifiedEnvelope & { readonly [verified]: true }

/** Throws EnvelopeRefused. */
export async function verifyEnvelope(raw: Uint8Array, place: Place): Promise<VerifiedEnvelope> {
  const envelope = readEnvelope(raw)
  if (envelope.circle !== place.circle || envelope.epoch !== place.epoch) throw new EnvelopeRefused("wrong_place", raw)
  const key = place.leafKey(envelope.device)
  if (key === undefined) throw new EnvelopeRefused("unknown_device", raw)
  if (!(await verifyWithLabel(key, LABEL, envelope.signed, envelope.signature))) {
    throw new EnvelopeRefused("bad_signature", raw)
  }
  return envelope as UnverifiedEnvelope & VerifiedEnvelope
}

/**
 * The content of an envelope whose signature was checked; an erasure has none (`erasure.ts`). Throws EnvelopeRefused
 * `wrong_key` or `not_as_signed`.
 */
export function openEnvelope(envelope: VerifiedEnvelope, contentKey: Uint8Array): Content {
  const { associated, ciphertext, circle, device, epoch, id, kind, nonce, raw } = envelope
  if (!sameBytes(commitment(contentKey, circle, epoch), envelope.commitment))
    throw new EnvelopeRefused("wrong_key", raw)
  let plaintext: Uint8Array
  try {
    plaintext = xchacha20poly1305(messageKey(contentKey, device, id), nonce, associated).decrypt(ciphertext)
  } catch (cause) {
    throw new EnvelopeRefused("not_as_signed", raw, cause)
  }
  try {
    return readContent(kind, plaintext)
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new EnvelopeRefused("not_as_signed", raw, cause)
    throw cause
  }
}
