/**
 * A circle's refusal: what the client does not take from the server or from another member. It stops all sending in
 * that circle, changes nothing else, and is kept with its evidence (e2ee.md, "The client refuses").
 */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { EnvelopeRefused, type EnvelopeRefusalCode } from "../envelope/refused.ts"
import { CordeeError } from "../errors.ts"
import { MlsRefused } from "../mls/group.ts"
import { PolicyRefused } from "../policy/refused.ts"
import type { Refusal, RefusalCode } from "../refusal.ts"

export class CircleRefused extends CordeeError {
  declare readonly code: RefusalCode
  readonly evidence: Uint8Array

  constructor(code: RefusalCode, detail: string, evidence: Uint8Array, cause?: unknown) {
    super(code, detail, cause)
    this.evidence = evidence
  }

  asRefusal(at: string, seq: number | null): Refusal {
    return { code: this.code, detail: this.detail, at, seq, evidence: toBase64(this.evidence) }
  }
}

const ENVELOPE: Readonly<Record<EnvelopeRefusalCode, RefusalCode>> = {
  bad_envelope: "unknown_form",
  wrong_place: "wrong_place",
  unknown_device: "foreign_device",
  bad_signature: "bad_signature",
  wrong_key: "wrong_key",
  not_as_signed: "unknown_form",
}

/**
 * A refusal of one of the rooms below as one of the circle's; anything else is a fault of ours and stays what it is.
 */
export function asCircleRefused(error: unknown, evidence: Uint8Array): unknown {
  if (error instanceof NotCanonical) return new CircleRefused("unknown_form", error.message, evidence, error)
  if (error instanceof EnvelopeRefused)
    return new CircleRefused(ENVELOPE[error.code], error.code, error.evidence, error)
  if (error instanceof PolicyRefused) {
    const ofChain = error.code === "broken_chain" || error.code === "not_named"
    const code = ofChain ? "broken_chain" : "policy_without_right"
    return new CircleRefused(code, error.code, evidence, error)
  }
  if (error instanceof MlsRefused) return new CircleRefused(ofMls(error), error.message, error.evidence, error)
  return error
}

function ofMls(error: MlsRefused): RefusalCode {
  switch (error.code) {
    case "leaf_refused":
    case "successor_refused":
      return "foreign_device"
    case "policy_refused":
    case "extensions_refused":
      return "policy_without_right"
    case "wrong_group":
    case "wrong_epoch":
      return "wrong_place"
    case "malformed":
    case "too_large":
    case "wrong_suite":
    case "not_a_commit":
      return "unknown_form"
    case "secrets_refused":
      return "unprocessable"
    case "proposal_refused":
    case "verification_failed":
    case "left":
      return "invalid_commit"
  }
}
