/**
 * Kind `erase`: what it asks for is for the server too, so its body is not encrypted; commitment and nonce are zeros.
 * Whether its author may ask is decided where it stands in the log (`circle/erasing.ts`). docs/protocol.md, "Envelope".
 */
import { concat } from "../encoding/bytes.ts"
import { idBytes, idFromBytes } from "../encoding/uuid.ts"
import type { FileId, MessageId } from "../ids.ts"
import { signWithLabel } from "../mls/group.ts"
import { LABEL, type NewEnvelope, type VerifiedEnvelope } from "./envelope.ts"
import { writeHeader, ZERO_COMMITMENT, ZERO_NONCE } from "./header.ts"

const ID_SIZE = 16
const DIGEST_SIZE = 32

export interface Erasure {
  /** The message whose ciphertext goes. */
  readonly target: MessageId
  /** SHA-256 of its envelope. */
  readonly digest: Uint8Array
  /** Of its files, which go with it. */
  readonly files: readonly FileId[]
}

export async function makeErasure(
  header: Pick<NewEnvelope, "circle" | "epoch" | "id" | "device" | "created" | "signaturePrivateKey">,
  { digest, files, target }: Erasure,
): Promise<Uint8Array> {
  const associated = writeHeader({ ...header, kind: "erase", commitment: ZERO_COMMITMENT })
  const signed = concat(associated, ZERO_NONCE, idBytes(target), digest, ...files.map(idBytes))
  return concat(signed, await signWithLabel(header.signaturePrivateKey, LABEL, signed))
}

/** Of an envelope of kind `erase`, whose form `readEnvelope` has checked. */
export function readErasure({ ciphertext: body }: VerifiedEnvelope): Erasure {
  const files: FileId[] = []
  for (let at = ID_SIZE + DIGEST_SIZE; at < body.length; at += ID_SIZE) {
    files.push(idFromBytes<FileId>(body.slice(at, at + ID_SIZE)))
  }
  return {
    target: idFromBytes<MessageId>(body.slice(0, ID_SIZE)),
    digest: body.slice(ID_SIZE, ID_SIZE + DIGEST_SIZE),
    files,
  }
}
