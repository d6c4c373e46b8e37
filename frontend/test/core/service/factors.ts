/**
 * allauth's side of an account's passkeys: a fresh proof before each change, and never without a last factor. And what
 * a browser makes them with.
 */
import { hmac } from "@noble/hashes/hmac.js"
import { sha256 } from "@noble/hashes/sha2.js"
import type { Passkeys, Presented } from "../../../src/core/platform.ts"

type Json = Record<string, unknown>

export const RIGHT_CODE = "123456"

/** One credential, made once. */
export class Authenticator implements Passkeys {
  /** What it was asked, oldest first. */
  readonly asked: unknown[] = []
  /** The name of the error with which it answers. */
  refusal: string | undefined
  /** Whether it knows the PRF, and whether it gives it with its first gesture already. */
  prf: "always" | "when_used" | "never" = "never"
  readonly #credential = { id: crypto.randomUUID() }
  readonly #secret = crypto.getRandomValues(new Uint8Array(32))

  readonly create = (options: unknown, prfInput: Uint8Array): Promise<Presented> =>
    this.#answer(options, this.prf === "always" ? prfInput : null)
  readonly get = (options: unknown, prfInput: Uint8Array): Promise<Presented> =>
    this.#answer(options, this.prf === "never" ? null : prfInput)

  #answer(options: unknown, prfInput: Uint8Array | null): Promise<Presented> {
    this.asked.push(options)
    if (this.refusal !== undefined) return Promise.reject(new DOMException("no", this.refusal))
    const prf = prfInput === null ? null : hmac(sha256, this.#secret, prfInput)
    return Promise.resolve({ id: this.#credential.id, credential: this.#credential, prf })
  }
}

export const REQUEST = { data: { request_options: { publicKey: { challenge: "request" } } } }

interface Registered {
  readonly id: number
  readonly name: string
  readonly credential: unknown
}

export class Factors {
  hasTotp = true
  readonly passkeys: Registered[] = []
  #proved = false
  #next = 7

  get isProved(): boolean {
    return this.#proved
  }

  /** The session is gone, and with it the proof. */
  forget(): void {
    this.#proved = false
  }

  knows(credential: unknown): boolean {
    return this.passkeys.some((each) => JSON.stringify(each.credential) === JSON.stringify(credential))
  }

  /** Whether a credential of this id is registered. */
  holds(id: string): boolean {
    return this.passkeys.some(({ credential }) => JSON.stringify(credential).includes(id))
  }

  answer(operation: string, sent: Json): Json {
    switch (operation) {
      case "GET account/authenticators": {
        const totp = { type: "totp", created_at: 1_700_000_000.25, last_used_at: 1_700_000_100.5 }
        const keys = this.passkeys.map(({ id, name }) => ({
          type: "webauthn",
          id,
          name,
          created_at: 1_763_000_000.1234,
          last_used_at: null,
        }))
        return { data: [...(this.hasTotp ? [totp] : []), ...keys] }
      }
      case "POST auth/2fa/reauthenticate":
        return this.#prove(sent["code"] === RIGHT_CODE)
      case "GET auth/webauthn/reauthenticate":
        return REQUEST
      case "POST auth/webauthn/reauthenticate":
        return this.#prove(this.knows(sent["credential"]))
      case "GET account/authenticators/webauthn?passwordless":
        return this.#ifProved(() => ({ data: { creation_options: { publicKey: { challenge: "creation" } } } }))
      case "POST account/authenticators/webauthn":
        return this.#ifProved(() => this.#register(sent))
      case "DELETE account/authenticators/webauthn":
        return this.#ifProved(() => this.#remove(sent["authenticators"]))
      default:
        throw new Error(`no such operation: ${operation}`)
    }
  }

  #prove(isRight: boolean): Json {
    this.#proved ||= isRight
    return isRight ? {} : { status: 400, errors: [{ code: "incorrect_code" }] }
  }

  #ifProved(act: () => Json): Json {
    const unproved = { status: 401, data: { flows: [{ id: "mfa_reauthenticate" }] }, meta: { is_authenticated: true } }
    return this.#proved ? act() : unproved
  }

  #register({ credential, name, passwordless }: Json): Json {
    if (passwordless !== true) return { status: 400, errors: [{ code: "incorrect_code" }] }
    this.passkeys.push({ id: this.#next++, name: String(name), credential })
    return {}
  }

  #remove(ids: unknown): Json {
    const going = new Set(ids as number[])
    const staying = this.passkeys.filter(({ id }) => !going.has(id))
    if (!this.hasTotp && staying.length === 0) return { status: 409 }
    this.passkeys.splice(0, this.passkeys.length, ...staying)
    return {}
  }
}
