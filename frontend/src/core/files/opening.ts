/**
 * A file of a message: fetched as a stream, every chunk opened as it comes, the whole compared with the hash that its
 * author signed. Nothing of it is given out before all of it was right. A cut stream goes on where it stopped.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { sameBytes } from "../encoding/bytes.ts"
import type { FileContent } from "../envelope/file.ts"
import { clientError, CordeeError } from "../errors.ts"
import { CHUNK, chunksOf, openChunk, SEALED_CHUNK, sealedSize } from "./chunks.ts"
import { OTHER_TYPE, typeOf } from "./kind.ts"

/** The ciphertext from a byte on. Rejects `offline` when it does not come, as the stream does when it is cut. */
export type Ciphertext = (from: number) => Promise<AsyncIterable<Uint8Array>>

/** Without a byte in between; then the person may ask again. */
const ATTEMPTS = 5
/** Plaintext in one Blob: the browser may lay it on its disk. */
const GATHERED = 4 * 1024 * 1024

interface Waiting {
  readonly pause: (failures: number) => Promise<void>
  readonly progress: (done: number) => void
}

/** The plaintext. Rejects `file_altered`, or what `ciphertext` rejects with. */
export async function openFile(file: FileContent, ciphertext: Ciphertext, waiting: Waiting): Promise<Blob> {
  const opening = new Opening(file)
  let failures = 0
  while (!opening.isComplete) {
    const before = opening.received
    try {
      for await (const part of await ciphertext(before)) {
        opening.take(part)
        waiting.progress(opening.opened)
      }
      // The server says that this is all there is.
      if (opening.received === before) throw clientError("file_altered", "too short")
    } catch (error) {
      if (!(error instanceof CordeeError && error.code === "offline")) throw error
      failures = opening.received > before ? 1 : failures + 1
      if (failures >= ATTEMPTS) throw error
      await waiting.pause(failures)
    }
  }
  return opening.finish()
}

class Opening {
  readonly #file: FileContent
  readonly #hash = sha256.create()
  readonly #size: number
  readonly #last: number
  readonly #blobs: Blob[] = []
  #gathered: Uint8Array<ArrayBuffer>[] = []
  #type: string = OTHER_TYPE
  /** Ciphertext of the chunk that is coming. */
  readonly #chunk = new Uint8Array(SEALED_CHUNK)
  #filled = 0
  #index = 0
  received = 0
  opened = 0

  constructor(file: FileContent) {
    this.#file = file
    this.#size = sealedSize(file.size)
    this.#last = chunksOf(file.size) - 1
  }

  get isComplete(): boolean {
    return this.#index > this.#last
  }

  take(part: Uint8Array): void {
    if (this.received + part.length > this.#size) throw clientError("file_altered", "too long")
    this.#hash.update(part)
    this.received += part.length
    for (let at = 0; at < part.length; ) {
      const length = this.#index === this.#last ? this.#size - this.#last * SEALED_CHUNK : SEALED_CHUNK
      const taken = part.subarray(at, at + length - this.#filled)
      this.#chunk.set(taken, this.#filled)
      this.#filled += taken.length
      at += taken.length
      if (this.#filled === length) this.#open(this.#chunk.subarray(0, length))
    }
  }

  #open(sealed: Uint8Array): void {
    let plaintext: Uint8Array
    try {
      plaintext = openChunk(this.#file, this.#index, this.#index === this.#last, sealed)
    } catch (cause) {
      throw clientError("file_altered", `chunk ${this.#index}`, cause)
    }
    if (this.#index === 0) this.#type = typeOf(plaintext)
    this.#gathered.push(new Uint8Array(plaintext))
    this.#filled = 0
    this.#index += 1
    this.opened += plaintext.length
    if (this.#gathered.length * CHUNK >= GATHERED) this.#gather()
  }

  #gather(): void {
    this.#blobs.push(new Blob(this.#gathered))
    this.#gathered = []
  }

  finish(): Blob {
    if (!sameBytes(this.#hash.digest(), this.#file.sha256)) throw clientError("file_altered", "another hash")
    this.#gather()
    return new Blob(this.#blobs, { type: this.#type })
  }
}
