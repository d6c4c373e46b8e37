/**
 * What this folder throws: a refusal with its code and the bytes that were refused.
 *
 * Callers keep the evidence, stop sending in that circle, and show words for the code.
 */

/** Why a commit, a group or a stored state was not accepted. */
export type RefusalCode =
  | "malformed" // not the bytes of the thing it claims to be, or not in their one canonical form
  | "too_large"
  | "wrong_suite"
  | "wrong_group"
  | "wrong_epoch"
  | "not_a_commit" // anything but a PublicMessage holding a commit of a member or a joiner
  | "proposal_refused" // a proposal outside the allow-list, by reference, or in a forbidden mix
  | "extensions_refused" // the group context holds, or would come to hold, other extensions than ours
  | "leaf_refused" // the caller's check of a leaf said no
  | "successor_refused" // the caller's check of a leaf that follows another said no
  | "policy_refused" // the caller's check of the whole commit, or of the whole group, said no
  | "verification_failed" // a signature, tag, hash, key or tree rule of RFC 9420 does not hold
  | "secrets_refused" // a tag or path secret does not fit: what members can check and no server can
  | "left" // this device is no longer in the group

export class MlsRefused extends Error {
  readonly code: RefusalCode
  /** What the caller's own check answered, or the library's words; for logs and support, not for the screen. */
  readonly detail: string | undefined
  /** The bytes that were refused, unchanged. */
  readonly evidence: Uint8Array

  constructor(code: RefusalCode, evidence: Uint8Array, detail?: string, cause?: unknown) {
    super(detail === undefined ? code : `${code}: ${detail}`, { cause })
    this.name = new.target.name
    this.code = code
    this.detail = detail
    this.evidence = evidence
  }
}

/** A received commit was refused; the state it was tried on is unchanged and stays usable. */
export class CommitRefused extends MlsRefused {}

/** A group shown for joining was refused; no commit was made. */
export class JoinRefused extends MlsRefused {}

/** Stored bytes are not a group state of this version. */
export class StateUnreadable extends MlsRefused {}
