/**
 * History that a coordinator gives a newcomer: a signed statement in the log, for everybody to see. The
 * keys that go with it are sealed to the newcomer (`epochKeys.ts`).
 */
import type { Certificate } from "../identity/certificate.ts"
import type { CircleId, UserId } from "../ids.ts"
import { HISTORY_GRANT, verifyGrant, type HistoryGrant } from "../statements/circle.ts"
import { readStatement } from "../statements/signed.ts"
import type { StoredEntry } from "./items.ts"
import { CircleRefused } from "./refused.ts"

/** What is known at the grant's place in the log. */
export interface GrantReading {
  readonly circle: CircleId
  /** The verified certificate of a device of that time. */
  readonly certificate: (raw: Uint8Array) => Promise<Certificate | undefined>
  readonly isCoordinator: (user: UserId) => boolean
}

/** Throws CircleRefused or NotCanonical. */
export async function readGrant(
  raw: Uint8Array,
  { certificate, circle, isCoordinator }: GrantReading,
): Promise<{ readonly grant: HistoryGrant; readonly entry: StoredEntry }> {
  const statement = readStatement(HISTORY_GRANT, raw)
  const signer = await certificate(statement.says.certificate.raw)
  if (signer === undefined) throw new CircleRefused("foreign_device", "bad_certificate", raw)
  const verified = await verifyGrant(statement, signer)
  if (verified === undefined) throw new CircleRefused("bad_signature", "a history grant", raw)
  const grant = verified.says
  if (grant.circle !== circle) throw new CircleRefused("wrong_place", "a grant of another circle", raw)
  if (!isCoordinator(signer.user)) throw new CircleRefused("policy_without_right", "gives history", raw)
  const { from, to, user } = grant
  return { grant, entry: { kind: "event", event: { type: "history_granted", by: signer.user, user, from, to } } }
}
