/**
 * What the core needs from its surroundings, handed in once to `createCordee`.
 *
 * `src/platform/browser.ts` makes one from a page, `src/platform/node.ts` from Node (the demo's seed, the load
 * generator); tests hand in their own clock, sockets and storage.
 */
import type { UserId } from "./ids.ts"
import type { Storage } from "./store/storage.ts"

export interface Platform {
  /** What this runtime lacks and the client needs ("Ed25519", …); empty when nothing. */
  readonly missing: () => Promise<readonly string[]>
  /** Shown to the person in "my devices": "Chrome, Windows". */
  readonly deviceName: string
  readonly request: Request
  readonly download: Download
  /** The value of the CSRF cookie at this moment. */
  readonly csrfToken: () => string | undefined
  readonly openSocket: OpenSocket
  /** What this device keeps for one person; other people of the same browser profile have their own. */
  readonly openProfile: (user: UserId) => Promise<Profile>
  readonly clock: Clock
  readonly randomBytes: (length: number) => Uint8Array
  readonly locks: Locks
  /** Absent where there is no authenticator. */
  readonly passkeys?: Passkeys
  /** Absent where there is no Web Push. */
  readonly wakes?: Wakes
  /** A failure that no one waits for; for the developer's eyes, never with content. */
  readonly failed: (what: string, error: unknown) => void
  /** Tells when it is worth trying to connect at once: the network is back, the page is looked at again. */
  readonly onWake?: (awake: () => void) => () => void
}

/** One HTTP exchange with our own server, with the session's cookies. Rejects only when there was no answer. */
export type Request = (request: HttpRequest) => Promise<HttpAnswer>

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"
  /** From the root: `/api/me` */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or the bytes of a file. */
  readonly body?: string | Uint8Array
}

export interface HttpAnswer {
  readonly status: number
  /** The `Date` header: tells the server's clock. */
  readonly date: string | null
  readonly text: string
}

/**
 * Bytes from our own server, from a byte on (HTTP Range), with the session's cookies; `body` ends with an error when it
 * is cut. Rejects only when there was no answer.
 */
export type Download = (
  path: string,
  from: number,
) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> }>

export type OpenSocket = (path: string, subprotocol: string, handlers: SocketHandlers) => Socket

export interface SocketHandlers {
  readonly opened: () => void
  readonly received: (frame: Uint8Array) => void
  /** Called once, also when the connection could not be made; 1006 when no close frame came. */
  readonly closed: (code: number) => void
}

export interface Socket {
  readonly send: (frame: Uint8Array) => void
  readonly close: () => void
}

export interface Profile {
  readonly storage: Storage
  readonly deviceKey: DeviceKey
}

/** An X25519 key pair whose private half the platform holds and never shows: WebCrypto, not extractable. */
export interface DeviceKey {
  /** 32 bytes */
  readonly publicKey: Uint8Array
  /** HPKE in base mode, suite of 0x0001. Rejects when key, bytes or `info` do not fit together. */
  readonly open: (
    sealed: { readonly kemOutput: Uint8Array; readonly ciphertext: Uint8Array },
    info: Uint8Array,
  ) => Promise<Uint8Array>
}

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Runs once after `ms`; the answer cancels it. */
  readonly after: (ms: number, run: () => void) => () => void
}

/** Of several tabs one owns a person's device: two owners of one MLS state would fork it. */
export interface Locks {
  /**
   * The lock, or undefined when another tab holds it (`steal` takes it from there). `lost` is called when it is stolen.
   */
  readonly acquire: (name: string, options: { steal: boolean; lost: () => void }) => Promise<Lock | undefined>
}

export interface Lock {
  readonly release: () => void
}

/** WebAuthn, each time with the PRF extension. Rejects with an error of the name that WebAuthn gives it. */
export interface Passkeys {
  /** Takes request options as JSON (`{publicKey}`), as the server writes them. */
  readonly get: (options: unknown, prfInput: Uint8Array) => Promise<Presented>
  /** Takes creation options, likewise. */
  readonly create: (options: unknown, prfInput: Uint8Array) => Promise<Presented>
}

export interface Presented {
  /** The credential as JSON, for the server: without what the PRF gave. */
  readonly credential: unknown
  /** The credential's id, base64url. */
  readonly id: string
  /** Secret, 32 bytes: the PRF's output, which never leaves this device; null when the authenticator gives none. */
  readonly prf: Uint8Array | null
}

/** Web Push: the browser is woken while no page is open. */
export interface Wakes {
  readonly state: () => Promise<"denied" | "off" | "on">
  /** Asks the person when the browser wants it; undefined when they say no. `key`: the server's, base64url. */
  readonly subscribe: (key: string) => Promise<Subscription | undefined>
  readonly unsubscribe: () => Promise<void>
}

export interface Subscription {
  readonly endpoint: string
  /** 65 bytes: the browser's public key for this subscription. */
  readonly p256dh: Uint8Array
  /** 16 bytes. */
  readonly auth: Uint8Array
}
