/**
 * Signing in through allauth's headless browser client (below /_allauth/browser/v1/; its OpenAPI document describes the
 * paths).
 *
 * allauth speaks in statuses: 200 signed in, 401 with the flows that are left, 400 with what was wrong, 409 when the
 * flow is not the one at hand, 429 too many.
 */
import { Fields } from "../encoding/fields.ts"
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import { clientError, type ClientCode } from "../errors.ts"
import type { HttpAnswer, Passkeys, Presented } from "../platform.ts"
import { refusal, ROOT } from "./allauth.ts"
import { readFields, type Http } from "./http.ts"
import { presented } from "./passkeys.ts"

export type SignInState = "signed_in" | "second_factor" | "signed_out"

export interface Enrolment {
  readonly secret: string
  /** otpauth:// */
  readonly url: string
}

export interface SignIn {
  /** Also makes the server set the CSRF cookie. */
  readonly state: () => Promise<SignInState>
  readonly password: (email: string, password: string) => Promise<SignInState>
  readonly code: (code: string) => Promise<SignInState>
  /** With what the passkey gave, which opens the vault too when it is one of its unlockers. */
  readonly passkey: (passkeys: Passkeys) => Promise<{ readonly state: SignInState; readonly passkey: Presented }>
  /** For an account without a second factor. */
  readonly enrolment: () => Promise<Enrolment>
  readonly enrol: (code: string) => Promise<void>
  readonly signOut: () => Promise<void>
}

export function createSignIn(http: Http): SignIn {
  const post = async (path: string, body: object, wrong: ClientCode): Promise<SignInState> =>
    stateOf(await http.exchange("POST", `${ROOT}${path}`, body), wrong)
  return {
    async state() {
      await http.exchange("GET", `${ROOT}/config`)
      return stateOf(await http.exchange("GET", `${ROOT}/auth/session`), "unexpected_answer")
    },
    password: (email, password) => post("/auth/login", { email, password }, "wrong_password"),
    code: (code) => post("/auth/2fa/authenticate", { code: code.replaceAll(/\s/g, "") }, "wrong_code"),
    async passkey(passkeys) {
      const path = "/auth/webauthn/login"
      const passkey = await presented(http, passkeys, ROOT + path)
      return { passkey, state: await post(path, { credential: passkey.credential }, "passkey_refused") }
    },
    async enrolment() {
      // allauth answers 404 with what is needed to enrol, as long as there is no TOTP.
      const answer = await http.exchange("GET", `${ROOT}/account/authenticators/totp`)
      if (answer.status !== 404) throw refusal(answer, "unexpected_answer")
      const meta = readFields(answer).object("meta")
      return { secret: meta.text("secret"), url: meta.text("totp_url") }
    },
    async enrol(code) {
      const answer = await http.exchange("POST", `${ROOT}/account/authenticators/totp`, {
        code: code.replaceAll(/\s/g, ""),
      })
      if (answer.status !== 200) throw refusal(answer, "wrong_code")
    },
    async signOut() {
      const answer = await http.exchange("DELETE", `${ROOT}/auth/session`)
      // 401 is how allauth says that nobody is signed in any more.
      if (answer.status !== 401 && answer.status !== 200) throw refusal(answer, "unexpected_answer")
    },
  }
}

function stateOf(answer: HttpAnswer, wrong: ClientCode): SignInState {
  if (answer.status === 200) return "signed_in"
  if (answer.status !== 401) throw refusal(answer, wrong)
  return pendingFlows(answer).includes("mfa_authenticate") ? "second_factor" : "signed_out"
}

function pendingFlows(answer: HttpAnswer): readonly string[] {
  try {
    const flows = readFields(answer).object("data").list("flows", 100)
    return flows.flatMap(pendingFlow)
  } catch (cause) {
    if (cause instanceof NotCanonical) throw clientError("unexpected_answer", cause.message, cause)
    throw cause
  }
}

function pendingFlow(value: Json): string[] {
  const flow = new Fields(value)
  return flow.has("is_pending") && flow.flag("is_pending") ? [flow.text("id")] : []
}
