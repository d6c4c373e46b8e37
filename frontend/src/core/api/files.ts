/** The operations on files (docs/protocol.md, "HTTP"): their bodies are bytes. */
import type { Fields } from "../encoding/fields.ts"
import { ApiError, clientError } from "../errors.ts"
import type { CircleId, FileId } from "../ids.ts"
import type { Platform } from "../platform.ts"
import { readFields, refusal, type Http } from "./http.ts"

export interface FilesApi {
  /** `size` in bytes of ciphertext. A repeat changes nothing. */
  readonly announce: (circle: CircleId, file: FileId, size: number) => Promise<void>
  readonly status: (circle: CircleId, file: FileId) => Promise<{ readonly received: number }>
  /** Answers how much there is now: where to go on, also when these bytes were not the next ones. */
  readonly append: (circle: CircleId, file: FileId, offset: number, bytes: Uint8Array) => Promise<number>
  /** The ciphertext from a byte on, as it comes. */
  readonly fetch: (circle: CircleId, file: FileId, from: number) => Promise<AsyncIterable<Uint8Array>>
}

export function createFilesApi({ download }: Pick<Platform, "download">, http: Http): FilesApi {
  const address = (circle: CircleId, file: FileId): string => `/api/circles/${circle}/files/${file}`
  return {
    async announce(circle, id, size) {
      await http.send("POST", `/api/circles/${circle}/files`, { id, size })
    },
    async status(circle, file) {
      return { received: count(await http.get(`${address(circle, file)}/status`), "received") }
    },
    async append(circle, file, offset, bytes) {
      const answer = await http.exchange("PUT", `${address(circle, file)}?offset=${offset}`, bytes)
      if (answer.status < 400) return count(readFields(answer), "received")
      const refused = refusal(answer)
      if (refused.code !== "wrong_offset" || !/^\d+$/.test(refused.detail)) throw refused
      return Number(refused.detail)
    },
    async fetch(circle, file, from) {
      const answer = await download(address(circle, file), from).catch((cause: unknown) => {
        throw clientError("offline", "download", cause)
      })
      if (answer.status === (from === 0 ? 200 : 206)) return cutAsOffline(answer.body)
      if (answer.status === 416) throw clientError("file_altered", `nothing after ${from}`)
      throw new ApiError(answer.status, codeOf(answer.status), `status ${answer.status}`)
    },
  }
}

function count(fields: Fields, name: string): number {
  return fields.count(name)
}

function codeOf(status: number): string {
  if (status === 404) return "not_found"
  return status >= 500 ? "offline" : "unexpected_answer"
}

async function* cutAsOffline(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* body
  } catch (cause) {
    throw clientError("offline", "download", cause)
  }
}
