/**
 * A file on its way out: sealed once, piece by piece, into this device's storage; its message can then wait there for
 * the network, also through a reload. The plaintext is read from the browser's file as it goes and kept nowhere.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import type { OutgoingFile } from "../cordee.ts"
import { concat } from "../encoding/bytes.ts"
import { newId, type IdSource } from "../encoding/uuid.ts"
import { LARGEST_FILE, type FileContent } from "../envelope/file.ts"
import { clientError, CordeeError } from "../errors.ts"
import type { CircleId, FileId } from "../ids.ts"
import type { Change, Storage } from "../store/storage.ts"
import { BYTES, place, record, table, type Table } from "../store/table.ts"
import { CHUNK, chunksOf, sealChunk, SEALED_CHUNK, sealedSize } from "./chunks.ts"
import { fileName } from "./name.ts"

/** Of a piece: as many chunks as one request may bring (1 MiB). */
const CHUNKS_A_PIECE = 15
export const PIECE = CHUNKS_A_PIECE * SEALED_CHUNK

/** A staged file that the server does not have yet: the bytes of its ciphertext. Under circle and file. */
export const uploads: Table<{ readonly size: number }> = table(
  "uploads",
  record(
    ({ size }) => ({ size, v: 1 }),
    (fields) => {
      fields.version()
      return { size: fields.count("size") }
    },
  ),
)

/** Its ciphertext, under file and place. */
export const pieces: Table<Uint8Array> = table("pieces", BYTES)

/** Everything that is kept of a staged file. */
export function unstaged(circle: CircleId, file: FileId, size: number): readonly Change[] {
  const all = Array.from({ length: Math.ceil(size / PIECE) }, (_, index) => pieces.remove(file, place(index)))
  return [uploads.remove(circle, file), ...all]
}

interface Staging extends IdSource {
  readonly storage: Storage
}

/**
 * Seals a file and keeps it; `progress` is told the plaintext done so far. Rejects `file_too_large`, `file_unreadable`
 * (it was moved or changed meanwhile), `no_space`; nothing is kept then.
 */
export async function stage(
  host: Staging,
  circle: CircleId,
  { blob, name }: OutgoingFile,
  progress: (done: number) => void,
): Promise<FileContent> {
  if (blob.size > LARGEST_FILE) throw clientError("file_too_large")
  const file = { id: newId<FileId>(host), key: host.randomBytes(32) }
  const hash = sha256.create()
  const size = sealedSize(blob.size)
  try {
    let writing = host.storage.write([uploads.put({ size }, circle, file.id)])
    for (let index = 0; index * PIECE < size; index += 1) {
      // One piece is encrypted while the one before is being written.
      const piece = await sealPiece(file, blob, index).finally(() => writing)
      hash.update(piece)
      writing = host.storage.write([pieces.put(piece, file.id, place(index))])
      progress(Math.min(blob.size, (index + 1) * CHUNKS_A_PIECE * CHUNK))
    }
    await writing
  } catch (cause) {
    await host.storage.write(unstaged(circle, file.id, size))
    throw asStagingError(cause)
  }
  return { ...file, name: fileName(name), type: blob.type.slice(0, 127), size: blob.size, sha256: hash.digest() }
}

async function sealPiece(file: Pick<FileContent, "id" | "key">, blob: Blob, piece: number): Promise<Uint8Array> {
  const last = chunksOf(blob.size) - 1
  const from = piece * CHUNKS_A_PIECE
  const to = Math.min(last, from + CHUNKS_A_PIECE - 1)
  const plaintext = new Uint8Array(await blob.slice(from * CHUNK, (to + 1) * CHUNK).arrayBuffer())
  const sealed: Uint8Array[] = []
  for (let index = from; index <= to; index += 1) {
    const start = (index - from) * CHUNK
    sealed.push(sealChunk(file, index, index === last, plaintext.subarray(start, start + CHUNK)))
  }
  return concat(...sealed)
}

function asStagingError(cause: unknown): unknown {
  if (cause instanceof CordeeError || !(cause instanceof Error)) return cause
  if (cause.name === "QuotaExceededError") return clientError("no_space", "", cause)
  if (cause.name === "NotReadableError" || cause.name === "NotFoundError") return clientError("file_unreadable", "", cause)
  return cause
}
