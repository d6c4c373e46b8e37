/** What the service does with files: their bytes in memory, appended and fetched as docs/protocol.md says. */
import { asId, type CircleId, type FileId, type UserId } from "../../../src/core/ids.ts"
import { concat } from "../../../src/core/encoding/bytes.ts"
import type { Download, HttpRequest } from "../../../src/core/platform.ts"
import { Refused, type Service } from "./service.ts"

const ADDRESS = /^\/api\/circles\/([^/]+)\/files(?:\/([^/?]+))?(\/status)?(?:\?offset=(\d+))?$/

interface Kept {
  readonly circle: CircleId
  readonly author: UserId
  readonly size: number
  bytes: Uint8Array
}

export class Files {
  readonly #service: Service
  readonly kept = new Map<FileId, Kept>()
  /** How many more pieces the network carries before it is cut. */
  piecesLeft = Infinity
  /** Of a download: the stream is cut after so many bytes, once. */
  cutAfter = Infinity
  /** Put in place of what was brought. */
  swap: (file: FileId, bytes: Uint8Array) => Uint8Array = (_file, bytes) => bytes

  constructor(service: Service) {
    this.#service = service
  }

  /** Undefined when it is not about files. */
  answer(user: UserId, { body, method, path }: HttpRequest): object | undefined {
    const [, circleId, id, status, offset] = ADDRESS.exec(path) ?? []
    if (circleId === undefined) return undefined
    const circle = asId<CircleId>(circleId)
    this.#service.circleFor(user, circle)
    if (method === "POST" && typeof body === "string") {
      const { id: file, size } = JSON.parse(body) as { id: string; size: number }
      const known = this.kept.get(asId<FileId>(file))
      if (known === undefined) this.kept.set(asId(file), { circle, author: user, size, bytes: new Uint8Array() })
      return {}
    }
    const file = this.kept.get(asId<FileId>(id ?? ""))
    if (file?.circle !== circle || file.author !== user) throw new Refused("not_found")
    if (status !== undefined) return { received: file.bytes.length, size: file.size }
    if (!(body instanceof Uint8Array) || file.bytes.length + body.length > file.size) throw new Refused("file_too_large")
    if (Number(offset) !== file.bytes.length) throw new Refused("wrong_offset", String(file.bytes.length))
    if (this.piecesLeft <= 0) throw new TypeError("network")
    this.piecesLeft -= 1
    file.bytes = concat(file.bytes, body)
    return { received: file.bytes.length }
  }

  download(user: UserId | undefined): Download {
    return (path, from) => {
      const [, circle, id] = ADDRESS.exec(path) ?? []
      const file = this.kept.get(asId<FileId>(id ?? ""))
      const isThere = file !== undefined && file.circle === circle && file.bytes.length === file.size
      if (!isThere || user === undefined) return Promise.resolve({ status: 404, body: this.#stream(new Uint8Array()) })
      const bytes = this.swap(asId(id ?? ""), file.bytes)
      if (from > 0 && from >= bytes.length) return Promise.resolve({ status: 416, body: this.#stream(new Uint8Array()) })
      return Promise.resolve({ status: from === 0 ? 200 : 206, body: this.#stream(bytes.subarray(from)) })
    }
  }

  /** In parts that fit no chunk. */
  async *#stream(bytes: Uint8Array): AsyncIterable<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 50_001) {
      await Promise.resolve()
      if (at > this.cutAfter) {
        this.cutAfter = Infinity
        throw new TypeError("network")
      }
      yield bytes.slice(at, at + 50_001)
    }
  }
}
