/**
 * A person's passkeys, through allauth's headless browser client: made discoverable and with their holder verified, so
 * that one signs in alone. For every change the server wants a proof, not older than a few minutes, of who asks.
 */
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import { clientError, type ClientCode } from "../errors.ts"
import type { Passkey } from "../model.ts"
import type { HttpAnswer, Passkeys, Presented } from "../platform.ts"
import { PRF_INPUT } from "../vault/unlockers.ts"
import { refusal, ROOT } from "./allauth.ts"
import { readFields, type Http } from "./http.ts"

const MANAGED = `${ROOT}/account/authenticators/webauthn`
const REAUTHENTICATE = `${ROOT}/auth/webauthn/reauthenticate`

export interface PasskeyApi {
  readonly list: () => Promise<readonly Passkey[]>
  /** Rejects `passkey_cancelled`, `passkey_exists`, `passkey_unfit` or `reauthentication_required`. */
  readonly add: (passkeys: Passkeys, name: string) => Promise<Presented>
  /** Rejects `last_factor` or `reauthentication_required`. */
  readonly remove: (id: number) => Promise<void>
  readonly proveByCode: (code: string) => Promise<void>
  readonly proveByPasskey: (passkeys: Passkeys) => Promise<void>
  /** One of this account's own, asked for its secret; the server hears nothing of it. Rejects `passkey_refused`. */
  readonly ask: (passkeys: Passkeys) => Promise<Presented>
}

export function createPasskeyApi(http: Http): PasskeyApi {
  return {
    async list() {
      const answer = await http.exchange("GET", `${ROOT}/account/authenticators`)
      if (answer.status !== 200) throw refusal(answer, "unexpected_answer")
      return passkeysIn(answer)
    },
    async add(passkeys, name) {
      const offered = await http.exchange("GET", `${MANAGED}?passwordless`)
      if (offered.status !== 200) throw refusal(offered, "unexpected_answer")
      const options = readFields(offered).object("data").any("creation_options")
      let presented: Presented
      try {
        presented = await passkeys.create(options, PRF_INPUT)
      } catch (cause) {
        throw clientError(whyNotCreated(cause), "no credential", cause)
      }
      const { credential } = presented
      const kept = await http.exchange("POST", MANAGED, { name, credential, passwordless: true })
      if (kept.status !== 200) throw refusal(kept, "passkey_unfit")
      return presented
    },
    async remove(id) {
      const answer = await http.exchange("DELETE", MANAGED, { authenticators: [id] })
      if (answer.status === 409) throw clientError("last_factor")
      if (answer.status !== 200) throw refusal(answer, "unexpected_answer")
    },
    async proveByCode(code) {
      const digits = code.replaceAll(/\s/g, "")
      const answer = await http.exchange("POST", `${ROOT}/auth/2fa/reauthenticate`, { code: digits })
      if (answer.status !== 200) throw refusal(answer, "wrong_code")
    },
    async proveByPasskey(passkeys) {
      const { credential } = await presented(http, passkeys, REAUTHENTICATE)
      const answer = await http.exchange("POST", REAUTHENTICATE, { credential })
      if (answer.status !== 200) throw refusal(answer, "passkey_refused")
    },
    ask: (passkeys) => presented(http, passkeys, REAUTHENTICATE),
  }
}

/** What the authenticator answers to the request options at `path`. Rejects `passkey_refused`. */
export async function presented(http: Http, passkeys: Passkeys, path: string): Promise<Presented> {
  const offered = await http.exchange("GET", path)
  if (offered.status !== 200) throw refusal(offered, "passkey_refused")
  const options = readFields(offered).object("data").any("request_options")
  try {
    return await passkeys.get(options, PRF_INPUT)
  } catch (cause) {
    throw clientError("passkey_refused", "no credential", cause)
  }
}

/** The names are WebAuthn's (§5.1.3). Cancelling and letting the time run out look alike there. */
function whyNotCreated(error: unknown): ClientCode {
  switch (error instanceof Error ? error.name : "") {
    case "NotAllowedError":
    case "AbortError":
      return "passkey_cancelled"
    case "InvalidStateError":
      return "passkey_exists"
    default:
      return "passkey_unfit"
  }
}

const MOST = 1_000

function passkeysIn(answer: HttpAnswer): readonly Passkey[] {
  try {
    const all = readFields(answer).list("data", MOST).map((each) => new Fields(each))
    return all.filter((each) => each.text("type") === "webauthn").map(passkey)
  } catch (cause) {
    if (cause instanceof NotCanonical) throw clientError("unexpected_answer", cause.message, cause)
    throw cause
  }
}

function passkey(fields: Fields): Passkey {
  return {
    id: fields.count("id"),
    name: fields.text("name"),
    added: instant(fields.any("created_at")),
    used: fields.maybe("last_used_at", (from, name) => instant(from.any(name))),
  }
}

/** allauth writes seconds since 1970, with a fraction. */
function instant(seconds: Json): string {
  if (typeof seconds !== "number") throw new NotCanonical("not a time")
  return writeTime(Math.round(seconds * 1000))
}
