/**
 * The person whom an invitation brings into the policy, from the directory's answer; every key is checked when it is
 * signed in.
 */
import type { Invite } from "../cordee.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { CordeeError } from "../errors.ts"
import { PolicyRefused } from "../policy/refused.ts"
import type { NewPerson } from "../policy/person.ts"

/** Rejects what the server would: `not_registered` for someone without keys. */
export function invitee({ candidate, ground, notAfter, role }: Invite): NewPerson {
  const { history_key, history_sig, identity_key, user } = candidate
  if (user === null || identity_key === null || history_key === null || history_sig === null) {
    throw new CordeeError("not_registered")
  }
  const end = notAfter === null ? null : Date.parse(notAfter)
  if (Number.isNaN(end)) throw new CordeeError("bad_input", "notAfter")
  try {
    return {
      user,
      identity: fromBase64(identity_key),
      history: fromBase64(history_key),
      historySignature: fromBase64(history_sig),
      pending: null,
      role,
      ground,
      notAfter: end,
    }
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new CordeeError("unexpected_answer", "candidate", cause)
    throw cause
  }
}

/** What this device's own rules refused, by the code that the policy gives it. */
export function asActRefused(error: unknown): unknown {
  return error instanceof PolicyRefused ? new CordeeError(error.code, "", error) : error
}
