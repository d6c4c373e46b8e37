/** Why something that a log says of itself is not accepted. */

export type LogRefusalCode =
  | "not_as_shown" // the entry says something else than what was shown of it
  | "bad_proof" // a path that is too long, too short, or of something else than hashes
  | "wrong_root" // the path leads to another root than the checkpoint's
  | "bad_note" // not the text of a signed checkpoint
  | "bad_key" // not the text of a verifying key
  | "new_key" // a key that the one which this device knows, or the one before, does not name
  | "wrong_origin" // a checkpoint of another log
  | "unsigned" // no signature by the key of this log
  | "bad_signature" // a signature under the name of a known key that is not by it
  | "wrong_size" // the proof is for another size than the checkpoint's
  | "older" // from before what this device has seen
  | "not_extension" // another history than the one that this device has seen

export class LogRefused extends Error {
  readonly code: LogRefusalCode

  constructor(code: LogRefusalCode, detail = "", cause?: unknown) {
    super(detail === "" ? code : `${code}: ${detail}`, cause === undefined ? undefined : { cause })
    this.name = "LogRefused"
    this.code = code
  }
}
