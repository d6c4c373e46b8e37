/** The platform of a page: everything that the core needs, from the browser. */
import type { Platform } from "../core/index.ts"
import { missing } from "./capabilities.ts"
import { deviceName } from "./deviceName.ts"
import { downloadOver } from "./download.ts"
import { openProfile } from "./indexeddb.ts"
import { webLocks } from "./locks.ts"
import { passkeys } from "./passkeys.ts"
import { socketOver } from "./socket.ts"
import { webPush } from "./waking.ts"

const CSRF_COOKIE = "__Host-cordee_csrf"
/** The largest answers are trees of big circles over a slow line. */
const REQUEST_TIMEOUT = 30_000
/** A piece of a file is 1 MiB: at 70 kbit/s. */
const PIECE_TIMEOUT = 120_000

export function browserPlatform(): Platform {
  const wakes = webPush()
  return {
    missing,
    deviceName: deviceName(navigator.userAgent),
    async request({ body, headers, method, path }) {
      const answer = await fetch(path, {
        method,
        headers,
        credentials: "same-origin",
        cache: "no-store",
        signal: AbortSignal.timeout(typeof body === "object" ? PIECE_TIMEOUT : REQUEST_TIMEOUT),
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Blob([new Uint8Array(body)]) }),
      })
      return { status: answer.status, date: answer.headers.get("Date"), text: await answer.text() }
    },
    download: downloadOver((path, init) => fetch(path, { ...init, credentials: "same-origin", cache: "no-store" })),
    csrfToken: () => cookie(document.cookie, CSRF_COOKIE),
    openSocket: socketOver((path, subprotocol) => {
      const url = new URL(path, location.href)
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:"
      return new WebSocket(url, subprotocol)
    }),
    openProfile(user) {
      // Without it the browser may throw the device's keys away when its disk is full. Not waited for: some ask the
      // person.
      void navigator.storage.persist()
      return openProfile(user)
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
    locks: webLocks,
    ...("credentials" in navigator ? { passkeys } : {}),
    ...(wakes === undefined ? {} : { wakes }),
    failed(what, error) {
      console.error(what, error)
    },
    onWake(awake) {
      const look = (): void => {
        if (document.visibilityState === "visible") awake()
      }
      window.addEventListener("online", awake)
      document.addEventListener("visibilitychange", look)
      return () => {
        window.removeEventListener("online", awake)
        document.removeEventListener("visibilitychange", look)
      }
    },
  }
}

function cookie(cookies: string, name: string): string | undefined {
  const found = cookies.split("; ").find((each) => each.startsWith(`${name}=`))
  return found?.slice(name.length + 1)
}
