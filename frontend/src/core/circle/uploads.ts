/**
 * Brings the files of waiting messages to the server, one after the other, piece by piece, from wherever it stopped. A
 * message waits for its files; other messages do not wait for it. What has arrived is no longer kept here.
 */
import type { OutgoingFile } from "../cordee.ts"
import { MOST_FILES, type FileContent } from "../envelope/file.ts"
import { clientError, CordeeError } from "../errors.ts"
import { sealedSize } from "../files/chunks.ts"
import { PIECE, pieces, stage, unstaged, uploads } from "../files/staging.ts"
import { asId, type FileId, type MessageId } from "../ids.ts"
import { place } from "../store/table.ts"
import { backoff, randomFraction } from "../sync/backoff.ts"
import { filesOf } from "./outgoing.ts"
import type { OutboxRecord } from "./records.ts"
import type { Room } from "./room.ts"

/** What a later attempt may change. */
const PASSING = new Set(["offline", "storage_unavailable", "internal", "busy", "too_many", "unexpected_answer"])

/** In bytes of ciphertext. */
export interface UploadProgress {
  readonly done: number
  readonly total: number
}

interface Then {
  /** A file is with the server. */
  readonly arrived: () => void
  /** The server will not have a file of this message. */
  readonly refused: (message: MessageId, code: string) => Promise<void>
}

export class Uploads {
  readonly #room: Room
  readonly #then: Then
  readonly #waiting = new Map<FileId, UploadProgress>()
  #running = false
  #failures = 0

  constructor(room: Room, then: Then) {
    this.#room = room
    this.#then = then
  }

  /** Once, when the outbox has been read. What was staged for a message that never came to be is forgotten. */
  async load(): Promise<void> {
    const { circle, host, state } = this.#room
    const wanted = new Set(state.now().outbox.flatMap(({ outgoing }) => filesOf(outgoing).map(({ id }) => id)))
    for (const [id, { size }] of await uploads.list(host.storage, circle)) {
      const file = asId<FileId>(id)
      if (wanted.has(file)) this.#waiting.set(file, { done: 0, total: size })
      else await host.storage.write(unstaged(circle, file, size))
    }
  }

  /** Encrypts the files of a message into this device's storage: all of them or none. */
  async stage(
    files: readonly OutgoingFile[],
    preparing?: (done: number, total: number) => void,
  ): Promise<readonly FileContent[]> {
    const { circle, host } = this.#room
    if (files.length > MOST_FILES) throw clientError("too_many_files")
    const total = files.reduce((all, { blob }) => all + blob.size, 0)
    const staged: FileContent[] = []
    let before = 0
    try {
      for (const file of files) {
        const content = await stage(host, circle, file, (done) => preparing?.(before + done, total))
        this.#waiting.set(content.id, { done: 0, total: sealedSize(content.size) })
        staged.push(content)
        before += file.blob.size
      }
    } catch (error) {
      await this.forget(staged)
      throw error
    }
    return staged
  }

  /** Their message is given up. */
  async forget(files: readonly FileContent[]): Promise<void> {
    for (const { id } of files) await this.#remove(id)
  }

  /** How far the files of a message are; undefined when it waits for none. */
  of({ outgoing }: OutboxRecord): UploadProgress | undefined {
    const files = filesOf(outgoing)
    if (!files.some(({ id }) => this.#waiting.has(id))) return undefined
    let done = 0
    let total = 0
    for (const { id, size } of files) {
      const whole = sealedSize(size)
      done += this.#waiting.get(id)?.done ?? whole
      total += whole
    }
    return { done, total }
  }

  /** Goes on with the next file, when the server can be reached; by itself again after what passes. */
  run(): void {
    if (this.#running) return
    this.#running = true
    this.#bringAll()
      .catch((error: unknown) => {
        this.#room.host.failed("upload", error)
      })
      .finally(() => {
        this.#running = false
      })
  }

  async #bringAll(): Promise<void> {
    for (let next = this.#next(); next !== undefined && this.#room.isLive(); next = this.#next()) {
      try {
        await this.#bring(next.file)
        this.#failures = 0
      } catch (error) {
        if (!(error instanceof CordeeError) || error.code === "gone") throw error
        if (PASSING.has(error.code)) {
          this.#later()
          return
        }
        await this.#then.refused(next.message, error.code)
      }
    }
  }

  /** Of the messages in their order, the first file that has not arrived. */
  #next(): { readonly message: MessageId; readonly file: FileId } | undefined {
    for (const { failed, id, outgoing } of this.#room.state.now().outbox) {
      const file = failed === null ? filesOf(outgoing).find((each) => this.#waiting.has(each.id)) : undefined
      if (file !== undefined) return { message: id, file: file.id }
    }
    return undefined
  }

  async #bring(file: FileId): Promise<void> {
    const { changed, circle, host } = this.#room
    const { files } = host.api
    const total = this.#waiting.get(file)?.total ?? 0
    await files.announce(circle, file, total)
    let { received } = await files.status(circle, file)
    let piece = await this.#pieceAt(file, received)
    while (received < total) {
      if (piece === undefined || !this.#waiting.has(file)) return // given up meanwhile
      const after = (Math.floor(received / PIECE) + 1) * PIECE
      // The next piece is read while this one is on its way.
      const [reached, next] = await Promise.all([
        files.append(circle, file, received, piece.subarray(received % PIECE)),
        this.#pieceAt(file, after),
      ])
      piece = reached === after ? next : await this.#pieceAt(file, reached)
      received = reached
      if (this.#waiting.has(file)) this.#waiting.set(file, { done: received, total })
      changed()
    }
    await this.#remove(file)
    changed()
    this.#then.arrived()
  }

  /** The piece that holds a byte of the ciphertext. */
  #pieceAt(file: FileId, byte: number): Promise<Uint8Array | undefined> {
    return pieces.get(this.#room.host.storage, file, place(Math.floor(byte / PIECE)))
  }

  async #remove(file: FileId): Promise<void> {
    const { circle, host } = this.#room
    const upload = this.#waiting.get(file)
    if (upload === undefined) return
    this.#waiting.delete(file)
    await host.storage.write(unstaged(circle, file, upload.total))
  }

  #later(): void {
    const { clock, randomBytes } = this.#room.host
    clock.after(backoff(this.#failures, randomFraction(randomBytes)), () => {
      this.run()
    })
    this.#failures += 1
  }
}
