/**
 * The platform of a Node process, for the demo's seed and the load generator: one person per platform, kept in memory,
 * the session as cookies of its own.
 */
import { hostname } from "node:os"
import { createMemoryStorage, type Platform, type Profile } from "../core/index.ts"
import { deviceKey, newDevicePair } from "./devicekey.ts"
import { downloadOver } from "./download.ts"
import { socketOver } from "./socket.ts"

const CSRF_COOKIE = "__Host-cordee_csrf"

export interface NodeOptions {
  /** `http://localhost:8000`; also sent as Origin, as a page would. */
  readonly origin: string
  /** Cookies of a session that is open already: `name=value; name=value`. */
  readonly cookie?: string
  readonly deviceName?: string
}

export function nodePlatform({ cookie = "", deviceName = `Node, ${hostname()}`, origin }: NodeOptions): Platform {
  const jar = new Map(
    cookie
      .split("; ")
      .filter((each) => each !== "")
      .map(pair),
  )
  const cookies = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
  const profiles = new Map<string, Promise<Profile>>()
  return {
    missing: () => Promise.resolve([]),
    deviceName,
    async request({ body, headers, method, path }) {
      const answer = await fetch(new URL(path, origin), {
        method,
        headers: { ...headers, Cookie: cookies(), Origin: origin, Referer: `${origin}/` },
        redirect: "manual",
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
      })
      for (const set of answer.headers.getSetCookie()) {
        const [name, value] = pair(set.split(";", 1)[0] ?? "")
        if (value === "" || value === '""') jar.delete(name)
        else jar.set(name, value)
      }
      return { status: answer.status, date: answer.headers.get("Date"), text: await answer.text() }
    },
    download: downloadOver((path, init) => {
      const headers = new Headers(init.headers)
      headers.set("Cookie", cookies())
      return fetch(new URL(path, origin), { ...init, headers, redirect: "manual" })
    }),
    csrfToken: () => jar.get(CSRF_COOKIE),
    openSocket: socketOver((path, subprotocol) => {
      const url = new URL(path, origin)
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
      return new NodeWebSocket(url, { protocols: [subprotocol], headers: { Cookie: cookies(), Origin: origin } })
    }),
    openProfile(user) {
      const known = profiles.get(user) ?? newProfile()
      profiles.set(user, known)
      return known
    },
    clock: {
      now: () => Date.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return () => {
          clearTimeout(timer)
        }
      },
    },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    // One process, one owner.
    locks: { acquire: () => Promise.resolve({ release: () => undefined }) },
    failed(what, error) {
      console.error(what, error)
    },
  }
}

/** Node's WebSocket takes headers where a browser's does not; the types in scope are the browser's. */
const NodeWebSocket = WebSocket as unknown as new (
  url: URL,
  options: { readonly protocols: readonly string[]; readonly headers: Readonly<Record<string, string>> },
) => WebSocket

async function newProfile(): Promise<Profile> {
  return { storage: createMemoryStorage(), deviceKey: await deviceKey(await newDevicePair()) }
}

function pair(text: string): [name: string, value: string] {
  const at = text.indexOf("=")
  return [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}
