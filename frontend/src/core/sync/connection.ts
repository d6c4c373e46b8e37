/**
 * The one socket of this device: challenge and hello, ping, and coming back after a loss with backoff and jitter.
 *
 * Frames go out only while `state` is online; nothing is queued here, because whoever sends keeps its own outbox and is
 * told by `online()` when to begin again. Used by `session/cordee.ts`.
 */
import type { ServerClock } from "../api/serverClock.ts"
import { toBase64 } from "../encoding/base64.ts"
import { encode, NotCanonical } from "../encoding/canonical.ts"
import type { DeviceId } from "../ids.ts"
import { signWithLabel } from "../mls/group.ts"
import type { Connection as ConnectionState } from "../model.ts"
import { source, type Observable } from "../observable.ts"
import type { Platform, Socket } from "../platform.ts"
import { backoff, randomFraction } from "./backoff.ts"
import { CLOSE, readFrame, SOCKET_PATH, SUBPROTOCOL, writeFrame, type ClientFrame, type ServerFrame } from "./frames.ts"

/** Well below the minute after which proxies forget an idle connection. */
const PING_EVERY = 25_000
/** A pong, or any frame, must come within this time after a ping. */
const PATIENCE = 10_000
/** From opening to `ready`. */
const HANDSHAKE = 15_000

export interface Proof {
  readonly device: DeviceId
  /** Seed of the leaf key. */
  readonly signaturePrivateKey: Uint8Array
}

export interface ConnectionEvents {
  readonly online: () => void
  readonly frame: (frame: ServerFrame) => void
  /** The server will not have this connection again: signed out, device ended, client too old. */
  readonly ended: (code: number) => void
}

export interface Connection {
  readonly state: Observable<ConnectionState>
  /** False when the connection is not there; the frame is then lost. Bytes are a frame that was written before. */
  readonly send: (frame: ClientFrame | Uint8Array) => boolean
  readonly close: () => void
}

type Surroundings = Pick<Platform, "openSocket" | "clock" | "randomBytes" | "onWake">

export function connect(
  { clock, onWake, openSocket, randomBytes }: Surroundings,
  serverClock: ServerClock,
  proof: Proof,
  events: ConnectionEvents,
): Connection {
  const state = source<ConnectionState>("connecting")
  let socket: Socket | undefined
  let closed = false
  let failures = 0
  /** The one timer: of the handshake, the next ping, a missing pong, or the next attempt. */
  let cancelTimer = (): void => undefined
  const stopListening = onWake?.(() => {
    if (state.get() === "offline") open()
    else if (state.get() === "online") ping()
  })

  const schedule = (ms: number, run: () => void): void => {
    cancelTimer()
    cancelTimer = clock.after(ms, run)
  }

  const open = (): void => {
    state.set("connecting")
    // A socket that was given up may still speak; only the present one is listened to.
    const mine: Socket = openSocket(SOCKET_PATH, SUBPROTOCOL, {
      opened: () => undefined,
      received: (bytes) => {
        if (socket === mine) receive(bytes)
      },
      closed: (code) => {
        if (socket === mine) lost(code)
      },
    })
    socket = mine
    schedule(HANDSHAKE, giveUp)
  }

  const giveUp = (): void => {
    const dead = socket
    lost(1006)
    dead?.close()
  }

  const lost = (code: number): void => {
    socket = undefined
    cancelTimer()
    if (closed) return
    if (code === CLOSE.signedOut || code === CLOSE.deviceEnded || code === CLOSE.version) {
      state.set("offline")
      events.ended(code)
      return
    }
    state.set("offline")
    schedule(backoff(failures, randomFraction(randomBytes)), open)
    failures += 1
  }

  const receive = (bytes: Uint8Array): void => {
    let frame: ServerFrame
    try {
      frame = readFrame(bytes)
    } catch (cause) {
      // A frame of a newer server: what it tells us about the log is found again by `since`.
      if (cause instanceof NotCanonical) return
      throw cause
    }
    if (frame.t === "challenge") void hello(frame.nonce)
    else if (frame.t === "ready") ready(frame.now)
    else if (frame.t === "error" && state.get() === "connecting") refused(frame.code)
    if (state.get() !== "online") return
    schedule(PING_EVERY, ping)
    events.frame(frame)
  }

  const hello = async (nonce: string): Promise<void> => {
    const answeredTo = socket
    const signed = encode({ device: proof.device, nonce, v: 1 })
    const signature = await signWithLabel(proof.signaturePrivateKey, "CordeeSocket", signed)
    if (socket !== answeredTo) return
    answeredTo?.send(writeFrame({ t: "hello", v: 1, device: proof.device, sig: toBase64(signature) }))
  }

  /**
   * Before `ready` an error answers the hello; a device that the server does not know (any more) will not be let in
   * later.
   */
  const refused = (code: string): void => {
    if (code !== "not_found") return
    const dead = socket
    lost(CLOSE.deviceEnded)
    dead?.close()
  }

  const ready = (now: string): void => {
    serverClock.heard(now)
    failures = 0
    state.set("online")
    events.online()
  }

  const ping = (): void => {
    socket?.send(writeFrame({ t: "ping" }))
    schedule(PATIENCE, giveUp)
  }

  open()
  return {
    state,
    send(frame) {
      if (socket === undefined || state.get() !== "online") return false
      socket.send(frame instanceof Uint8Array ? frame : writeFrame(frame))
      return true
    },
    close() {
      closed = true
      cancelTimer()
      stopListening?.()
      const last = socket
      socket = undefined
      last?.close()
      state.set("offline")
    },
  }
}
