/** What stops a circle: the codes that a screen words, and what is kept as evidence. */

export const REFUSAL_CODES = [
  "foreign_device", // a device that no person of the circle has signed for
  "policy_without_right", // a change that its signer may not make, or that says other than it does
  "broken_chain", // the chain of changes has a hole, or does not pass through the invitation
  "fork", // two different items at one place of the log
  "older_epoch", // the server shows an older state than this device has seen
  "bad_signature",
  "wrong_key", // the key that a sender committed to is not the circle's
  "altered_log", // the chained hash of the log does not come out
  "replayed", // a message that was in the log before
  "wrong_place", // an item of another circle or another epoch
  "unknown_form", // not the bytes of anything that this version knows
  "invalid_commit", // a rule of MLS does not hold
  "unprocessable", // a commit whose secrets or tags do not fit what this device holds
  "vault_rolled_back", // this person's vault is older than what this device has seen, or another in its place
  "identity_changed", // this person's own identity is not the one this device knows
  "key_log_altered", // the log of keys is not the one that this device, or somebody else, has seen
  "not_in_key_log", // a device or a key that its person's history in the log does not name
  "unreadable_state", // what this device kept is damaged
] as const

export type RefusalCode = (typeof REFUSAL_CODES)[number]

export interface Refusal {
  readonly code: RefusalCode
  /** The finer reason, for the officer and the log; never for a carer. */
  readonly detail: string
  readonly at: string
  /** Place in the log, when it was an item of it. */
  readonly seq: number | null
  /** The bytes that were refused, base64; to be saved to a file. */
  readonly evidence: string
}
