/** The socket: hello, ping, coming back, giving up. Clock and socket are handed in. */
import { beforeEach, expect, test } from "vitest"
import { createServerClock } from "../../src/core/api/serverClock.ts"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { fromUtf8, utf8 } from "../../src/core/encoding/bytes.ts"
import { encode } from "../../src/core/encoding/canonical.ts"
import { verifyWithLabel } from "../../src/core/mls/group.ts"
import type { SocketHandlers } from "../../src/core/platform.ts"
import { backoff } from "../../src/core/sync/backoff.ts"
import { connect, type Connection } from "../../src/core/sync/connection.ts"
import type { ServerFrame } from "../../src/core/sync/frames.ts"
import { camille } from "../vectors/cast.ts"

/** One server end per attempt. */
interface Attempt {
  readonly handlers: SocketHandlers
  readonly sent: Record<string, unknown>[]
  closed: boolean
}

class Clock {
  time = 0
  #timers: { at: number; run: () => void }[] = []

  readonly now = (): number => this.time

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.time + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer)
    }
  }

  pass(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((each) => each !== next)
      this.time = next.at
      next.run()
    }
    this.time = until
  }
}

let attempts: Attempt[]
let clock: Clock
let frames: ServerFrame[]
let ended: number[]
let awake: () => void
let connection: Connection

beforeEach(() => {
  attempts = []
  clock = new Clock()
  frames = []
  ended = []
  connection = connect(
    {
      clock,
      randomBytes: (length) => new Uint8Array(length),
      onWake: (wake) => {
        awake = wake
        return () => undefined
      },
      openSocket: (_path, _protocol, handlers) => {
        const attempt: Attempt = { handlers, sent: [], closed: false }
        attempts.push(attempt)
        return {
          send: (frame) => attempt.sent.push(JSON.parse(fromUtf8(frame)) as Record<string, unknown>),
          close: () => {
            attempt.closed = true
          },
        }
      },
    },
    createServerClock(clock),
    camille,
    { online: () => undefined, frame: (frame) => frames.push(frame), ended: (code) => ended.push(code) },
  )
})

function last(): Attempt {
  const attempt = attempts.at(-1)
  if (attempt === undefined) throw new Error("no attempt")
  return attempt
}

function say(frame: object): void {
  last().handlers.received(utf8(JSON.stringify(frame)))
}

const ready = (): void => {
  say({ t: "ready", now: new Date(clock.time).toISOString(), device: camille.device })
}

test("answers the challenge with the device's signature", async () => {
  const nonce = toBase64(new Uint8Array(32).fill(7))
  say({ t: "challenge", nonce })
  await expect.poll(() => last().sent.length).toBe(1)
  const { device, sig, t, v } = last().sent[0] ?? {}
  expect([t, v, device]).toEqual(["hello", 1, camille.device])
  const signed = encode({ device: camille.device, nonce, v: 1 })
  expect(await verifyWithLabel(camille.leafKey, "CordeeSocket", signed, fromBase64(String(sig)))).toBe(true)
  expect(connection.state.get()).toBe("connecting")
  ready()
  expect(connection.state.get()).toBe("online")
})

test("hands frames over once it is online, and leaves alone what it does not know", () => {
  say({ t: "pong" })
  ready()
  say({ t: "later", x: 1 })
  say({ t: "pong" })
  say({ t: "changed", what: "circles", circle: null, new: "field" })
  expect(frames.map(({ t }) => t)).toEqual(["ready", "pong", "changed"])
})

test("comes back after a loss, later each time, and at once when the page wakes", () => {
  last().handlers.closed(1006)
  expect(connection.state.get()).toBe("offline")
  clock.pass(backoff(0, 0))
  expect(attempts).toHaveLength(2)
  last().handlers.closed(1006)
  clock.pass(backoff(1, 0) - 1)
  expect(attempts).toHaveLength(2)
  awake()
  expect(attempts).toHaveLength(3)
  ready()
  last().handlers.closed(4409)
  clock.pass(backoff(0, 0))
  expect(attempts).toHaveLength(4)
})

test("gives up a connection that does not answer a ping", () => {
  ready()
  clock.pass(25_000)
  expect(last().sent).toEqual([{ t: "ping" }])
  say({ t: "pong" })
  clock.pass(25_000)
  expect(last().sent).toHaveLength(2)
  const dead = last()
  clock.pass(10_000)
  expect(dead.closed).toBe(true)
  expect(connection.state.get()).toBe("offline")
  // What the dead one still says is not heard.
  dead.handlers.received(utf8(JSON.stringify({ t: "pong" })))
  expect(frames.filter(({ t }) => t === "pong")).toHaveLength(1)
})

test.each([
  ["signed out", 4401],
  ["ended", 4410],
  ["too old", 4426],
])("does not come back when it is %s", (_why, code) => {
  ready()
  last().handlers.closed(code)
  clock.pass(100_000)
  expect(attempts).toHaveLength(1)
  expect(ended).toEqual([code])
})

test("a device that the server does not know is told so", () => {
  say({ t: "error", code: "not_found", ref: null, circle: null })
  expect(ended).toEqual([4410])
})

test("sends nothing while it is not online, and nothing after it was closed", () => {
  expect(connection.send({ t: "ping" })).toBe(false)
  ready()
  expect(connection.send({ t: "ping" })).toBe(true)
  connection.close()
  expect(connection.send({ t: "ping" })).toBe(false)
  clock.pass(100_000)
  expect(attempts).toHaveLength(1)
})

test("waits longer each time, within bounds, and never the same for all", () => {
  expect([0, 1, 2, 20].map((failures) => backoff(failures, 0))).toEqual([250, 500, 1000, 15_000])
  expect(backoff(20, 1)).toBe(30_000)
})
