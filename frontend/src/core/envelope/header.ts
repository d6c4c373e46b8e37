/**
 * The envelope's bytes: what everyone may read of a message, signed by the sender's device (docs/protocol.md,
 * "Envelope"). The server's twin is chat/envelope.py; both read tests/vectors/envelope.json.
 */
import { concat, readU64, sameBytes, u64 } from "../encoding/bytes.ts"
import { idBytes, idFromBytes, isVersion7 } from "../encoding/uuid.ts"
import type { CircleId, DeviceId, MessageId } from "../ids.ts"
import { EnvelopeRefused } from "./refused.ts"

const VERSION = 1
const ASSOCIATED_SIZE = 98
const NONCE_SIZE = 24
const TAG_SIZE = 16
const SIGNATURE_SIZE = 64
/** A frame is at most 64 KiB, and base64 takes a third more. */
export const ENVELOPE_LIMIT = 47 * 1024
/** An erasure names its target, the target's hash and at most 16 files. */
const ERASURE_SIZE = { id: 16, least: 16 + 32, most: 16 + 32 + 16 * 16 } as const
export const ZERO_COMMITMENT = new Uint8Array(32)
export const ZERO_NONCE = new Uint8Array(NONCE_SIZE)
/** 2^48 ms: the year 10889. */
const LATEST = 2 ** 48

export const KINDS = { message: 1, urgent: 2, notice: 3, receipt: 4, ack: 5, erase: 6 } as const
export type Kind = keyof typeof KINDS

export interface Header {
  readonly kind: Kind
  readonly circle: CircleId
  readonly epoch: number
  readonly id: MessageId
  readonly device: DeviceId
  /** The sender's clock. */
  readonly created: number
  /** Content-key commitment, 32 bytes. */
  readonly commitment: Uint8Array
}

/** Well formed; its signature is not checked. */
export interface UnverifiedEnvelope extends Header {
  /** Everything that is bound as associated data. */
  readonly associated: Uint8Array
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
  readonly signed: Uint8Array
  readonly signature: Uint8Array
  readonly raw: Uint8Array
}

export function writeHeader(header: Header): Uint8Array {
  return concat(
    Uint8Array.of(VERSION, KINDS[header.kind]),
    idBytes(header.circle),
    u64(header.epoch),
    idBytes(header.id),
    idBytes(header.device),
    u64(header.created),
    header.commitment,
  )
}

/** Throws EnvelopeRefused `bad_envelope`. */
export function readEnvelope(raw: Uint8Array): UnverifiedEnvelope {
  const smallest = ASSOCIATED_SIZE + NONCE_SIZE + TAG_SIZE + 1 + SIGNATURE_SIZE
  if (raw.length < smallest || raw.length > ENVELOPE_LIMIT) throw new EnvelopeRefused("bad_envelope", raw)
  const kind = kindOf(raw[1])
  const epoch = readU64(raw, 18)
  const created = readU64(raw, 58)
  const message = raw.slice(26, 42)
  if (raw[0] !== VERSION || kind === undefined || epoch === undefined || !isVersion7(message)) {
    throw new EnvelopeRefused("bad_envelope", raw)
  }
  if (created === undefined || created > LATEST) throw new EnvelopeRefused("bad_envelope", raw)
  const signed = raw.slice(0, -SIGNATURE_SIZE)
  const envelope = {
    kind,
    circle: idFromBytes<CircleId>(raw.slice(2, 18)),
    epoch,
    id: idFromBytes<MessageId>(message),
    device: idFromBytes<DeviceId>(raw.slice(42, 58)),
    created,
    commitment: raw.slice(66, ASSOCIATED_SIZE),
    associated: raw.slice(0, ASSOCIATED_SIZE),
    nonce: raw.slice(ASSOCIATED_SIZE, ASSOCIATED_SIZE + NONCE_SIZE),
    ciphertext: signed.slice(ASSOCIATED_SIZE + NONCE_SIZE),
    signed,
    signature: raw.slice(-SIGNATURE_SIZE),
    raw,
  }
  if (kind === "erase" && !hasFormOfErasure(envelope)) throw new EnvelopeRefused("bad_envelope", raw)
  return envelope
}

function hasFormOfErasure({ ciphertext, commitment, nonce }: UnverifiedEnvelope): boolean {
  const { id, least, most } = ERASURE_SIZE
  const { length } = ciphertext
  if (length < least || length > most || (length - least) % id !== 0) return false
  return sameBytes(commitment, ZERO_COMMITMENT) && sameBytes(nonce, ZERO_NONCE)
}

function kindOf(byte: number | undefined): Kind | undefined {
  switch (byte) {
    case KINDS.message:
      return "message"
    case KINDS.urgent:
      return "urgent"
    case KINDS.notice:
      return "notice"
    case KINDS.receipt:
      return "receipt"
    case KINDS.ack:
      return "ack"
    case KINDS.erase:
      return "erase"
    default:
      return undefined
  }
}
