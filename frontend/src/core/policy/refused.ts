/**
 * Why a change, a chain or a policy is not accepted. The codes are those of chat/policy.py and of
 * tests/vectors/policy.json.
 */

export type PolicyRefusalCode =
  | "bad_first_change"
  | "bad_change" // not the canonical bytes of a change that this version knows
  | "broken_chain" // does not follow the head it claims to follow
  | "not_allowed" // signed for someone who is no coordinator, or no longer
  | "bad_change_signature"
  | "wrong_signer"
  | "certificate_expired"
  | "bad_history_key"
  | "already_in_policy"
  | "circle_full"
  | "guest_without_end"
  | "end_in_the_past"
  | "unknown_person"
  | "last_coordinator"
  | "bad_policy" // not the canonical bytes of a policy
  | "bad_note" // what a commit says beside itself
  | "wrong_fold" // the new extension is not what the changes make of the old one
  | "bad_invitation"
  | "wrong_invitation" // well signed, but it does not name this person, circle or chain

export class PolicyRefused extends Error {
  readonly code: PolicyRefusalCode

  constructor(code: PolicyRefusalCode, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = "PolicyRefused"
    this.code = code
  }
}
