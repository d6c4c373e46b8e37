/**
 * A man in the middle: everything between one client and the real server passes here, over real HTTP and WebSocket
 * connections, and may be read, changed, dropped, kept back or invented.
 *
 * It has what a malicious server has: every byte in the clear of TLS. `Hands` are what an attack does with it. The
 * client is the product's own, and knows nothing of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { WebSocket, WebSocketServer, type RawData } from "ws"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { itemDigest, nextPlace } from "../../src/core/envelope/log.ts"
import { SUBPROTOCOL } from "../../src/core/sync/frames.ts"

export type Json = Readonly<Record<string, unknown>>

export interface Hands {
  /** What the client gets instead of the server's answer. */
  answer: (path: string, answer: Json) => Json | Promise<Json>
  /** An answer of our own, without asking the server. */
  instead: (method: string, path: string) => Json | undefined
  /** What the client gets instead of bytes that are no JSON: files. */
  bytes: (path: string, bytes: Buffer) => Buffer
  /** What the server gets instead of the client's request; undefined: the client gets `{}` and the server nothing. */
  request: (method: string, path: string, body: Json) => Json | undefined
  /** What the client gets instead of a frame of the server. */
  down: (frame: Json) => readonly Json[]
  /** What the server gets instead of a frame of the client. */
  up: (frame: Json) => readonly Json[] | Promise<readonly Json[]>
}

const HONEST: Hands = {
  answer: (_path, answer) => answer,
  instead: () => undefined,
  bytes: (_path, bytes) => bytes,
  request: (_method, _path, body) => body,
  down: (frame) => [frame],
  up: (frame) => [frame],
}

/** A commit as an item of the log has it. */
export interface ForgedCommit {
  readonly commit: string
  readonly epoch: number
  readonly device: string
}

/** Where the log of a circle stands for this client, as far as it passed. */
interface Place {
  readonly seq: number
  readonly hash: Uint8Array
}

export class Middle {
  readonly origin: string
  readonly hands: Hands = { ...HONEST }
  /** Every frame and body that passed, both ways: what the attacker holds. */
  readonly heard: string[] = []
  readonly #server: Server
  readonly #sockets: WebSocketServer
  readonly #upstream: string
  readonly #clients = new Set<WebSocket>()
  readonly #places = new Map<string, Place>()

  static async before(upstream: string): Promise<Middle> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve))
    return new Middle(server, upstream)
  }

  private constructor(server: Server, upstream: string) {
    this.#server = server
    this.#upstream = upstream
    this.origin = `http://localhost:${String((server.address() as AddressInfo).port)}`
    server.on("request", (request, response) => {
      this.#exchange(request, response).catch((error: unknown) => {
        response.writeHead(502).end(String(error))
      })
    })
    this.#sockets = new WebSocketServer({ server, handleProtocols: () => SUBPROTOCOL, perMessageDeflate: false })
    this.#sockets.on("connection", (client, request) => {
      this.#join(client, request)
    })
  }

  /** Honest again. */
  behave(): void {
    Object.assign(this.hands, HONEST)
  }

  /** Says this to the client, whatever the server says. */
  say(frame: Json): void {
    this.#note(frame)
    for (const client of this.#clients) client.send(Buffer.from(JSON.stringify(frame)))
  }

  /**
   * Puts an item of our own making into the log that this client sees, at the next place and with the chained hash that
   * fits; whatever the server puts there later does not reach it any more.
   */
  forge(circle: string, item: { env: string } | ForgedCommit): void {
    const place = this.#places.get(circle)
    if (place === undefined) throw new Error("nothing of this circle has passed yet")
    const bytes = fromBase64("env" in item ? item.env : item.commit)
    const next = nextPlace(place, itemDigest(bytes))
    this.hands.down = (frame) => (frame["t"] === "item" && frame["circle"] === circle ? [] : [frame])
    this.say({
      t: "item",
      circle,
      seq: next.seq,
      at: new Date().toISOString(),
      hash: toBase64(next.hash),
      ...("env" in item ? { kind: "message", digest: null } : { kind: "commit" }),
      ...item,
    })
  }

  /** The connection breaks; the client comes back by itself. */
  cut(): void {
    for (const client of this.#clients) client.terminate()
  }

  async close(): Promise<void> {
    this.cut()
    this.#sockets.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/"
    const method = request.method ?? "GET"
    let body = await bytesOf(request)
    const invented = this.hands.instead(method, path)
    if (invented !== undefined) {
      response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(invented))
      return
    }
    const headers = new Headers()
    for (const [name, value] of Object.entries(request.headers)) {
      if (typeof value === "string" && !HOP_BY_HOP.has(name)) headers.set(name, value)
    }
    headers.set("Origin", this.#upstream)
    headers.set("Referer", `${this.#upstream}/`)
    if (request.headers["content-type"] === "application/json" && body.length > 0) {
      this.heard.push(body.toString())
      const changed = this.hands.request(method, path, JSON.parse(body.toString()) as Json)
      if (changed === undefined) {
        response.writeHead(200, { "Content-Type": "application/json" }).end("{}")
        return
      }
      body = Buffer.from(JSON.stringify(changed))
    }
    const answer = await fetch(new URL(path, this.#upstream), {
      method,
      headers,
      redirect: "manual",
      ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(body) }),
    })
    let text: Buffer = Buffer.from(await answer.arrayBuffer())
    if (answer.headers.get("Content-Type")?.startsWith("application/json") === true) {
      this.heard.push(text.toString())
      text = Buffer.from(JSON.stringify(await this.hands.answer(path, JSON.parse(text.toString()) as Json)))
      this.#noteLog(path, JSON.parse(text.toString()) as Json)
    } else text = this.hands.bytes(path, text)
    const passed = [...answer.headers].filter(([name]) => !HOP_BY_HOP.has(name) && name !== "set-cookie")
    const cookies = answer.headers.getSetCookie()
    response
      .writeHead(answer.status, {
        ...Object.fromEntries(passed),
        ...(cookies.length > 0 ? { "Set-Cookie": cookies } : {}),
      })
      .end(text)
  }

  #join(client: WebSocket, request: IncomingMessage): void {
    const url = new URL(request.url ?? "/", this.#upstream)
    url.protocol = "ws:"
    const server = new WebSocket(url, SUBPROTOCOL, {
      headers: { Cookie: request.headers.cookie ?? "", Origin: this.#upstream },
      perMessageDeflate: false,
    })
    const early: Json[] = []
    this.#clients.add(client)
    client.on("message", (data) => {
      const frame = this.#read(data)
      if (server.readyState === WebSocket.OPEN) void this.#pass(server, frame)
      else early.push(frame)
    })
    server.on("open", () => {
      for (const frame of early) void this.#pass(server, frame)
    })
    server.on("message", (data) => {
      for (const frame of this.hands.down(this.#read(data))) {
        this.#note(frame)
        client.send(Buffer.from(JSON.stringify(frame)))
      }
    })
    const closed = (other: WebSocket) => (code: number) => {
      this.#clients.delete(client)
      if (code >= 3000 && other.readyState === WebSocket.OPEN) other.close(code)
      else other.terminate()
    }
    client.on("close", closed(server))
    server.on("close", closed(client))
    for (const each of [client, server]) each.on("error", () => undefined)
  }

  async #pass(server: WebSocket, frame: Json): Promise<void> {
    for (const each of await this.hands.up(frame)) server.send(Buffer.from(JSON.stringify(each)))
  }

  #read(data: RawData): Json {
    const text = (data as Buffer).toString()
    this.heard.push(text)
    return JSON.parse(text) as Json
  }

  #note(frame: Json): void {
    if (frame["t"] !== "item" && frame["t"] !== "ack" && frame["t"] !== "committed" && frame["t"] !== "granted") return
    this.#notePlace(String(frame["circle"]), frame)
  }

  #noteLog(path: string, answer: Json): void {
    const circle = /\/circles\/([^/]+)\/items/.exec(path)?.[1]
    const items = answer["items"]
    if (circle === undefined || !Array.isArray(items)) return
    for (const item of items as Json[]) this.#notePlace(circle, item)
  }

  #notePlace(circle: string, { hash, seq }: Json): void {
    if (typeof seq !== "number" || typeof hash !== "string") return
    if (seq >= (this.#places.get(circle)?.seq ?? 0)) this.#places.set(circle, { seq, hash: fromBase64(hash) })
  }
}

const HOP_BY_HOP = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "host",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
])

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
