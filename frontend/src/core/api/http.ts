/**
 * One HTTP exchange with our server: JSON both ways, the CSRF header, errors by their stable code. Keeps an eye on the
 * server's clock, by which signed times are written.
 */
import { Fields } from "../encoding/fields.ts"
import { ApiError, clientError } from "../errors.ts"
import type { HttpAnswer, HttpRequest, Platform } from "../platform.ts"
import type { ServerClock } from "./serverClock.ts"

export interface Http {
  readonly get: (path: string) => Promise<Fields>
  readonly send: (method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body: object) => Promise<Fields>
  /** The answer whatever its status: signing in speaks in statuses. Rejects `offline` only. */
  readonly exchange: (method: HttpRequest["method"], path: string, body?: object | Uint8Array) => Promise<HttpAnswer>
}

export function createHttp(platform: Pick<Platform, "request" | "csrfToken">, clock: ServerClock): Http {
  const exchange: Http["exchange"] = async (method, path, body) => {
    const headers: Record<string, string> = { Accept: "application/json" }
    const token = platform.csrfToken()
    if (method !== "GET" && token !== undefined) headers["X-CSRFToken"] = token
    const bytes = body instanceof Uint8Array
    if (body !== undefined) headers["Content-Type"] = bytes ? "application/octet-stream" : "application/json"
    let answer: HttpAnswer
    try {
      const sent = body === undefined ? {} : { body: bytes ? body : JSON.stringify(body) }
      answer = await platform.request({ method, path, headers, ...sent })
    } catch (cause) {
      throw clientError("offline", path, cause)
    }
    if (answer.date !== null) clock.heard(answer.date)
    return answer
  }
  const successful = async (method: HttpRequest["method"], path: string, body?: object): Promise<Fields> => {
    const answer = await exchange(method, path, body)
    if (answer.status >= 400) throw refusal(answer)
    return readFields(answer)
  }
  return {
    exchange,
    get: (path) => successful("GET", path),
    send: (method, path, body) => successful(method, path, body),
  }
}

export function readFields(answer: HttpAnswer): Fields {
  try {
    return new Fields(JSON.parse(answer.text))
  } catch (cause) {
    throw clientError("unexpected_answer", `status ${answer.status}`, cause)
  }
}

export function refusal(answer: HttpAnswer): ApiError {
  // A proxy in between answers with a page of its own: then the status alone speaks.
  try {
    const fields = new Fields(JSON.parse(answer.text))
    return new ApiError(answer.status, fields.text("code"), fields.has("detail") ? fields.text("detail") : "")
  } catch {
    return new ApiError(
      answer.status,
      answer.status >= 500 ? "offline" : "unexpected_answer",
      `status ${answer.status}`,
    )
  }
}
