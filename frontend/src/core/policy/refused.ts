/**
 * Why a change, a chain or a policy is not accepted. The codes are those of chat/policy and of
 * tests/vectors/policy.json.
 */

export type PolicyRefusalCode =
  | "bad_first_change"
  | "bad_change" // not the canonical bytes of a change that this version knows
  | "broken_chain" // does not follow the head it claims to follow
  | "not_allowed" // signed for someone who may not do this, or no longer
  | "bad_change_signature"
  | "wrong_signer"
  | "device_revoked"
  | "certificate_expired"
  | "bad_history_key"
  | "already_in_policy"
  | "circle_full"
  | "wrong_ground" // about a patient in a circle without one, or the other way round
  | "guest_without_end"
  | "end_in_the_past"
  | "unknown_person"
  | "pending" // somebody who has no keys yet
  | "not_pending"
  | "same_identity" // a reset to the key that was there
  | "already_revoked"
  | "too_many_revoked"
  | "bad_order" // not by the key that change 0 pins, or not for exactly this
  | "old_order" // from before the person's present standing
  | "bad_rotation" // does not prove itself, or does not begin at the person's key
  | "last_coordinator"
  | "bad_policy" // not the canonical bytes of a policy
  | "bad_note" // what a commit says beside itself
  | "wrong_fold" // the new extension is not what the changes make of the old one
  | "bad_invitation"
  | "wrong_invitation" // well signed, but it does not name this person, circle or chain
  | "not_named" // at its end the chain does not name this person's identity

export class PolicyRefused extends Error {
  readonly code: PolicyRefusalCode

  constructor(code: PolicyRefusalCode, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = "PolicyRefused"
    this.code = code
  }
}
