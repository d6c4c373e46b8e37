/** A file's ciphertext: honest files of the sizes that matter, and what no reader may take for one of them. */
import { sha256 } from "@noble/hashes/sha2.js"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { concat } from "../../src/core/encoding/bytes.ts"
import { CHUNK, chunksOf, sealChunk } from "../../src/core/files/chunks.ts"
import { asId, type FileId } from "../../src/core/ids.ts"
import { seeded } from "./cast.ts"

const SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000]

export interface SealedFile {
  readonly id: FileId
  readonly key: Uint8Array
  readonly size: number
  readonly chunks: readonly Uint8Array[]
}

/** Byte i is (7 i + i div 256) mod 256. */
export function plaintextOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (7 * at + Math.floor(at / 256)) % 256)
}

export const sealedFiles: readonly SealedFile[] = SIZES.map((size, number) => {
  const file = { id: asId<FileId>(`019386c5-6d00-7a01-8004-00000000000${number}`), key: seeded(`file ${number}`) }
  const plaintext = plaintextOf(size)
  const chunks = Array.from({ length: chunksOf(size) }, (_, index) =>
    sealChunk(file, index, index === chunksOf(size) - 1, plaintext.subarray(index * CHUNK, (index + 1) * CHUNK)),
  )
  return { ...file, size, chunks }
})

/** Read as file number `of`: these chunks in place of its own, each [file, chunk], one bit of the whole flipped. */
export interface Hostile {
  readonly name: string
  readonly of: number
  readonly chunks: readonly (readonly [file: number, chunk: number])[]
  readonly flip: number | null
}

const hostile: readonly Hostile[] = [
  { name: "two chunks swapped", of: 5, chunks: [[5, 1], [5, 0], [5, 2]], flip: null },
  { name: "a chunk twice", of: 5, chunks: [[5, 0], [5, 0], [5, 2]], flip: null },
  { name: "the last chunk left out", of: 5, chunks: [[5, 0], [5, 1]], flip: null },
  { name: "a chunk in the middle left out", of: 5, chunks: [[5, 0], [5, 2]], flip: null },
  { name: "nothing", of: 5, chunks: [], flip: null },
  { name: "a chunk after the last", of: 3, chunks: [[3, 0], [3, 0]], flip: null },
  { name: "a chunk of another file at the same place", of: 5, chunks: [[5, 0], [6, 1], [5, 2]], flip: null },
  { name: "another file of as many chunks", of: 4, chunks: [[6, 0], [4, 1]], flip: null },
  { name: "another file", of: 3, chunks: [[5, 0]], flip: null },
  { name: "a chunk that is not the last as the last", of: 3, chunks: [[4, 0]], flip: null },
  { name: "a bit of the first chunk", of: 5, chunks: [[5, 0], [5, 1], [5, 2]], flip: 17 },
  { name: "a bit of the last tag", of: 5, chunks: [[5, 0], [5, 1], [5, 2]], flip: 3 * (CHUNK + 16) * 8 - 1 },
]

export function assembled({ chunks, flip }: Pick<Hostile, "chunks" | "flip">): Uint8Array {
  const whole = concat(...chunks.map(([file, chunk]) => sealedFiles[file]?.chunks[chunk] ?? new Uint8Array()))
  const at = flip === null ? -1 : flip >> 3
  return whole.map((byte, index) => (index === at && flip !== null ? byte ^ (1 << (flip & 7)) : byte))
}

export function fileVectors(): object {
  return {
    origin: "frontend/test/vectors/generate.ts",
    plaintext: "byte i is (7 i + i div 256) mod 256",
    files: sealedFiles.map(({ chunks, id, key, size }) => {
      const whole = concat(...chunks)
      return {
        id,
        key: toBase64(key),
        size,
        sealed: whole.length,
        sha256: toBase64(sha256(whole)),
        ciphertext: size <= 1 ? toBase64(whole) : null,
      }
    }),
    hostile,
  }
}
