/**
 * The person whom an invitation brings into the policy, from the directory's answer; every key is checked when it is
 * signed in.
 */
import type { ProfessionalCard, Timestamp } from "../api/types.ts"
import type { Invite } from "../cordee.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { CordeeError } from "../errors.ts"
import { PolicyRefused } from "../policy/refused.ts"
import type { NewPerson } from "../policy/person.ts"
import { pendingCommitment } from "../statements/identity.ts"

/** Rejects `not_registered` for someone for whom there is no account, not even a reserved one. */
export function invitee({ candidate, ground, notAfter, role }: Invite): NewPerson {
  const { history_key, history_sig, identity_key, user } = candidate
  if (user === null) throw new CordeeError("not_registered")
  const place = { user, role, ground, notAfter: termOf(notAfter) }
  try {
    if (identity_key === null || history_key === null || history_sig === null) {
      // Has no keys yet: pinned by what the inviter has seen, the name and the national identifier.
      const pending = pendingCommitment({ ...candidate, name: directoryName(candidate), user })
      return { ...place, identity: null, history: null, historySignature: null, pending }
    }
    return {
      ...place,
      identity: fromBase64(identity_key),
      history: fromBase64(history_key),
      historySignature: fromBase64(history_sig),
      pending: null,
    }
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new CordeeError("unexpected_answer", "candidate", cause)
    throw cause
  }
}

/** "FAMILY Given", as attestations name people. */
export function directoryName({
  family_name,
  given_name,
}: Pick<ProfessionalCard, "family_name" | "given_name">): string {
  return `${family_name.toUpperCase()} ${given_name}`
}

export function termOf(notAfter: Timestamp | null): number | null {
  const term = notAfter === null ? null : Date.parse(notAfter)
  if (Number.isNaN(term)) throw new CordeeError("bad_input", "notAfter")
  return term
}

/** What this device's own rules refused, by the code that the policy gives it. */
export function asActRefused(error: unknown): unknown {
  return error instanceof PolicyRefused ? new CordeeError(error.code, "", error) : error
}
