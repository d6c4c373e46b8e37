/** Why an envelope is not accepted. tests/vectors/envelope.json has an example of each. */

export type EnvelopeRefusalCode =
  | "bad_envelope" // not the bytes of an envelope of this version
  | "wrong_place" // of another circle or epoch than where it stands
  | "unknown_device" // its sender has no leaf there
  | "bad_signature"
  | "wrong_key" // the sender committed to another content key
  | "not_as_signed" // signed, but does not decrypt to a content in its one form

export class EnvelopeRefused extends Error {
  readonly code: EnvelopeRefusalCode
  readonly evidence: Uint8Array

  constructor(code: EnvelopeRefusalCode, evidence: Uint8Array, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause })
    this.name = "EnvelopeRefused"
    this.code = code
    this.evidence = evidence
  }
}
