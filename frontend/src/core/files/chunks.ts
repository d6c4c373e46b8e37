/**
 * The form of a file's ciphertext (docs/protocol.md, "Labels"): chunks of 64 KiB, each sealed alone under the file's
 * own key, its place and whether it is the last bound into it. So a chunk that was moved, left out, or taken from
 * another file does not open, and the same plaintext always gives the same bytes: what was cut can go on.
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { concat, u64, utf8 } from "../encoding/bytes.ts"
import { idBytes } from "../encoding/uuid.ts"
import type { FileContent } from "../envelope/file.ts"

export const CHUNK = 65_536
export const TAG = 16
export const SEALED_CHUNK = CHUNK + TAG
const LABEL = utf8("cordee file")

/** What seals and opens: a key that never seals another file. */
export type FileKey = Pick<FileContent, "id" | "key">

/** An empty file is one empty chunk. */
export function chunksOf(size: number): number {
  return Math.max(1, Math.ceil(size / CHUNK))
}

/** Bytes of ciphertext of a file of this size. */
export function sealedSize(size: number): number {
  return size + TAG * chunksOf(size)
}

export function sealChunk(file: FileKey, index: number, isLast: boolean, plaintext: Uint8Array): Uint8Array {
  return cipher(file, index, isLast).encrypt(plaintext)
}

/** Throws when these are not the bytes that were sealed at this place of this file. */
export function openChunk(file: FileKey, index: number, isLast: boolean, sealed: Uint8Array): Uint8Array {
  return cipher(file, index, isLast).decrypt(sealed)
}

function cipher({ id, key }: FileKey, index: number, isLast: boolean): ReturnType<typeof xchacha20poly1305> {
  const place = concat(u64(index), Uint8Array.of(isLast ? 1 : 0))
  return xchacha20poly1305(key, concat(new Uint8Array(15), place), concat(LABEL, idBytes(id), place))
}
