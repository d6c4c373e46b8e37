/** Signing in and this device's keys: each phase, and the page that dies between two of them. */
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { createHttp } from "../../src/core/api/http.ts"
import { createServerClock } from "../../src/core/api/serverClock.ts"
import { createSignIn } from "../../src/core/api/signIn.ts"
import { createCordee, createMemoryStorage } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import type { HttpAnswer, HttpRequest } from "../../src/core/platform.ts"
import { nodePlatform } from "../../src/platform/node.ts"
import { World } from "./service/world.ts"

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(async () => {
  await world.stop()
})

describe("a person's devices", () => {
  test("the first makes keys and shows the code until it is kept", async () => {
    const device = await world.device(world.camille)
    expect(device.cordee.phase.get().at).toBe("no_keys")
    const code = await device.cordee.makeKeys()
    expect(device.cordee.phase.get()).toMatchObject({ at: "recovery_code", code })
    const again = await device.reload()
    expect(again.cordee.phase.get()).toMatchObject({ at: "recovery_code", code })
    again.cordee.recoveryCodeKept()
    await when(again.cordee.phase, ({ at }) => at === "ready")
    const third = await again.reload()
    expect(third.cordee.phase.get().at).toBe("ready")
  })

  test("a further one is unlocked by the code only", async () => {
    const { code } = await world.first(world.camille)
    const phone = await world.device(world.camille)
    expect(phone.cordee.phase.get().at).toBe("locked")
    const slip = code.replace(/^./, (first) => (first === "A" ? "B" : "A"))
    await expect(phone.cordee.unlock(slip)).rejects.toMatchObject({ code: "wrong_recovery_code", group: 0 })
    await expect(phone.cordee.unlock("ABCD")).rejects.toMatchObject({ code: "wrong_recovery_code", group: 1 })
    await phone.cordee.unlock(code)
    expect(phone.cordee.phase.get().at).toBe("ready")
    expect((await phone.cordee.devices()).map(({ current }) => current)).toEqual([false, true])
  })

  test("one whose registration was cut off begins again, or goes on when the server had it", async () => {
    const device = await world.device(world.camille)
    let lost: "request" | "answer" | undefined = "request"
    const { request } = device.browser
    const bend = device.browser as unknown as { request: typeof request }
    bend.request = async (sent) => {
      if (sent.path !== "/api/devices" || sent.method !== "POST" || lost === undefined) return request(sent)
      if (lost === "answer") await request(sent)
      throw new TypeError("cut")
    }
    const cut = await device.reload()
    await expect(cut.cordee.makeKeys()).rejects.toMatchObject({ code: "offline" })
    const second = await cut.reload()
    expect(second.cordee.phase.get().at).toBe("no_keys")
    lost = "answer"
    await expect(second.cordee.makeKeys()).rejects.toMatchObject({ code: "offline" })
    lost = undefined
    const third = await second.reload()
    expect(third.cordee.phase.get().at).toBe("recovery_code")
  })

  test("one that was ended is told so", async () => {
    const device = await world.first(world.camille)
    for (const each of world.camille.devices.values()) each.ended = true
    device.browser.cut()
    await when(device.cordee.phase, ({ at }) => at === "device_ended")
  })

  test("signing out ends everything here, and the device is still the same afterwards", async () => {
    const device = await world.first(world.camille)
    await device.cordee.signOut()
    expect(device.cordee.phase.get()).toEqual({ at: "signed_out", ended: false })
    expect(device.cordee.circles.get()).toBeNull()
    await device.cordee.signInWithPassword(world.camille.email, "correct horse")
    expect(device.cordee.phase.get().at).toBe("ready")
    expect(world.camille.devices.size).toBe(1)
  })

  test("a session that ends elsewhere is told as such", async () => {
    const device = await world.first(world.camille)
    device.browser.account = undefined
    device.browser.cut(4401)
    await when(device.cordee.phase, (phase) => phase.at === "signed_out" && phase.ended)
  })
})

test("a server that does not answer is asked again", async () => {
  const device = await world.first(world.camille)
  await device.cordee.stop()
  device.browser.isConnected = false
  const again = await device.reload()
  expect(again.cordee.phase.get().at).toBe("unreachable")
  device.browser.isConnected = true
  await when(again.cordee.phase, ({ at }) => at === "ready")
})

test("of two tabs one owns the device; the other can take it", async () => {
  const platform = { ...nodePlatform({ origin: "http://localhost" }), missing: () => Promise.resolve([]) }
  const browser = world.door.browser(createMemoryStorage())
  browser.account = world.camille
  const owners: (() => void)[] = []
  const tab = (): ReturnType<typeof createCordee> =>
    createCordee({
      ...platform,
      request: browser.request,
      openSocket: browser.openSocket,
      locks: {
        acquire: (_name, { lost, steal }) => {
          if (owners.length > 0 && !steal) return Promise.resolve(undefined)
          owners.pop()?.()
          owners.push(lost)
          return Promise.resolve({ release: () => undefined })
        },
      },
    })
  const one = tab()
  await one.start()
  await one.makeKeys()
  one.recoveryCodeKept()
  await when(one.phase, ({ at }) => at === "ready")
  const two = tab()
  await two.start()
  expect(two.phase.get().at).toBe("elsewhere")
  await two.takeOver()
  expect(two.phase.get().at).toBe("ready")
  expect(one.phase.get().at).toBe("elsewhere")
  await one.stop()
  await two.stop()
})

describe("allauth's answers", () => {
  const answers: Record<string, { status: number; body: object }> = {}
  const sent: HttpRequest[] = []
  const request = (asked: HttpRequest): Promise<HttpAnswer> => {
    sent.push(asked)
    const { body, status } = answers[`${asked.method} ${asked.path.replace("/_allauth/browser/v1/", "")}`] ?? {
      status: 404,
      body: {},
    }
    return Promise.resolve({ status, date: null, text: JSON.stringify(body) })
  }
  const signIn = createSignIn(createHttp({ request, csrfToken: () => "token" }, createServerClock({ now: () => 0 })))
  const pending = {
    status: 401,
    body: { data: { flows: [{ id: "login" }, { id: "mfa_authenticate", is_pending: true }] } },
  }
  const wrong = { status: 400, body: { errors: [{ code: "email_password_mismatch" }] } }

  beforeEach(() => {
    sent.length = 0
    for (const key of Object.keys(answers)) Reflect.deleteProperty(answers, key)
  })

  test("a right password asks for the code, the code signs in", async () => {
    answers["POST auth/login"] = pending
    expect(await signIn.password("a@b.example", "x")).toBe("second_factor")
    expect(sent[0]?.headers).toMatchObject({ "X-CSRFToken": "token" })
    answers["POST auth/2fa/authenticate"] = { status: 200, body: {} }
    expect(await signIn.code("123 456")).toBe("signed_in")
    expect(JSON.parse(String(sent[1]?.body ?? ""))).toEqual({ code: "123456" })
  })

  test("what is wrong has its code", async () => {
    answers["POST auth/login"] = wrong
    answers["POST auth/2fa/authenticate"] = { status: 400, body: { errors: [{ code: "incorrect_code" }] } }
    await expect(signIn.password("a@b.example", "x")).rejects.toMatchObject({ code: "wrong_password" })
    await expect(signIn.code("000000")).rejects.toMatchObject({ code: "wrong_code" })
    answers["POST auth/login"] = { status: 400, body: { errors: [{ code: "too_many_login_attempts" }] } }
    await expect(signIn.password("a@b.example", "x")).rejects.toMatchObject({ code: "too_many" })
    answers["POST auth/login"] = { status: 429, body: {} }
    await expect(signIn.password("a@b.example", "x")).rejects.toMatchObject({ code: "too_many" })
    answers["POST auth/login"] = { status: 502, body: {} }
    await expect(signIn.password("a@b.example", "x")).rejects.toMatchObject({ code: "offline" })
  })

  test("a passkey is asked with the server's options and sent back as it came", async () => {
    answers["GET auth/webauthn/login"] = {
      status: 200,
      body: { data: { request_options: { publicKey: { challenge: "c" } } } },
    }
    answers["POST auth/webauthn/login"] = { status: 200, body: {} }
    const asked: unknown[] = []
    const given = { id: "cred", credential: { id: "cred", response: {} }, prf: new Uint8Array(32) }
    const passkeys = {
      get: (options: unknown) => {
        asked.push(options)
        return Promise.resolve(given)
      },
      create: () => Promise.reject(new Error("nobody asks")),
    }
    expect(await signIn.passkey(passkeys)).toEqual({ state: "signed_in", passkey: given })
    expect(asked).toEqual([{ publicKey: { challenge: "c" } }])
    expect(JSON.parse(String(sent[1]?.body ?? ""))).toEqual({ credential: { id: "cred", response: {} } })
    const cancelled = { ...passkeys, get: () => Promise.reject(new Error("NotAllowedError")) }
    await expect(signIn.passkey(cancelled)).rejects.toMatchObject({ code: "passkey_refused" })
  })

  test("an account without a second factor is told how to get one", async () => {
    answers["GET account/authenticators/totp"] = {
      status: 404,
      body: { meta: { secret: "S", totp_url: "otpauth://x" } },
    }
    expect(await signIn.enrolment()).toEqual({ secret: "S", url: "otpauth://x" })
  })

  test("signing out is answered with 401", async () => {
    answers["DELETE auth/session"] = { status: 401, body: {} }
    await signIn.signOut()
    expect(await signIn.state().catch((error: unknown) => error)).toMatchObject({ code: "unexpected_answer" })
  })
})
