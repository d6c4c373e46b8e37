/**
 * What a message says of a file that goes with it: where it is, the one key that opens it, and the hash of its whole
 * ciphertext, so that nothing else can be given in its place. The ciphertext itself is `files/`.
 */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type Json, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { FileId } from "../ids.ts"

export const MOST_FILES = 16
/** Of the plaintext: 100 MB. */
export const LARGEST_FILE = 100 * 1024 * 1024
const LONGEST_NAME = 255
const LONGEST_TYPE = 127

export interface FileContent {
  readonly id: FileId
  /** XChaCha20-Poly1305 key of this file alone, 32 bytes. */
  readonly key: Uint8Array
  readonly name: string
  /** Media type, as the author's device told it. */
  readonly type: string
  /** Bytes of plaintext. */
  readonly size: number
  /** Over the whole ciphertext. */
  readonly sha256: Uint8Array
}

export function writeFile({ id, key, name, sha256, size, type }: FileContent): JsonObject {
  return { id, key: toBase64(key), name, sha256: toBase64(sha256), size, type }
}

/** Throws NotCanonical. */
export function readFile(value: Json): FileContent {
  const fields = new Fields(value)
  const file = {
    id: fields.id<FileId>("id"),
    key: fields.bytes("key", 32),
    name: fields.text("name"),
    type: fields.text("type"),
    size: fields.count("size"),
    sha256: fields.bytes("sha256", 32),
  }
  fields.end()
  if (file.name === "" || file.name.length > LONGEST_NAME) throw new NotCanonical("name is not a file's")
  if (file.type.length > LONGEST_TYPE) throw new NotCanonical("type is not a media type")
  if (file.size > LARGEST_FILE) throw new NotCanonical("larger than a file may be")
  return file
}

/** The files of a message, each once. Throws NotCanonical. */
export function readFiles(fields: Fields, name: string): readonly FileContent[] {
  const files = fields.list(name, MOST_FILES).map(readFile)
  if (new Set(files.map(({ id }) => id)).size !== files.length) throw new NotCanonical("a file twice")
  return files
}
