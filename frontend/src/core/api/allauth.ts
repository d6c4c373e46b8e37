/** What the operations of allauth's headless browser client have in common: where they are, and how they refuse. */
import { NotCanonical } from "../encoding/canonical.ts"
import { ApiError, type ClientCode } from "../errors.ts"
import type { HttpAnswer } from "../platform.ts"
import { readFields } from "./http.ts"

export const ROOT = "/_allauth/browser/v1"

/** `wrong` is what a refused input means to who asked. */
export function refusal(answer: HttpAnswer, wrong: ClientCode): ApiError {
  const { status } = answer
  if (status === 429 || saysTooMany(answer)) return new ApiError(status, "too_many", "")
  if (status >= 500) return new ApiError(status, "offline", "")
  if (status === 401) return new ApiError(status, saysSignedIn(answer) ? "reauthentication_required" : "signed_out", "")
  return new ApiError(status, status === 400 ? wrong : "unexpected_answer", `status ${status}`)
}

/** allauth's limit on failed attempts comes as bad input. */
function saysTooMany(answer: HttpAnswer): boolean {
  return answer.status === 400 && answer.text.includes('"too_many_login_attempts"')
}

/** 401 to somebody who is signed in asks for a fresh proof. */
function saysSignedIn(answer: HttpAnswer): boolean {
  try {
    return readFields(answer).object("meta").flag("is_authenticated")
  } catch (cause) {
    if (cause instanceof NotCanonical) return false
    throw cause
  }
}
