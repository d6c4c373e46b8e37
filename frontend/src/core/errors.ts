/**
 * What the core's public methods reject with. `code` is stable and worded by the screen; `detail` is for logs.
 *
 * Codes of the server's answers pass through unchanged (docs/protocol.md); those of the client itself are in
 * `ClientCode`. Refusals of what others sent have their own class, with the evidence: `refused.ts`.
 */

export type ClientCode =
  | "offline" // no answer from the server
  | "wrong_password"
  | "wrong_code"
  | "too_many" // slow down: rate limit
  | "passkey_refused"
  | "no_passkeys"
  | "passkey_cancelled" // by the person, or no answer in time
  | "passkey_exists" // this authenticator already holds one of this account
  | "passkey_unfit" // this authenticator cannot make one
  | "no_prf" // this passkey gives no secret for the vault
  | "steward_exists" // another registrar holds the organisation's key
  | "last_factor" // without it nobody could sign in
  | "reauthentication_required" // prove who asks, then ask again
  | "wrong_recovery_code"
  | "wrong_phase" // this cannot be done now
  | "wake_denied" // the person, or their browser, lets nobody wake it
  | "too_long"
  | "empty"
  | "bad_notice" // a notice without a title, or an event that ends before it begins
  | "file_too_large"
  | "file_unreadable" // the file was moved or changed while it was read
  | "no_space" // this browser may keep no more
  | "too_many_files" // in one message, or under way
  | "file_altered" // not the file that its author signed
  | "address_missing" // somebody without account, and no address to write to
  | "closed" // the composer of this circle is not open
  | "gone" // the tab lost the device, or the client was stopped
  | "pruned" // the act is past its time: its text is gone, its hash stays in the log
  | "unexpected_answer" // the server's answer is not what docs/protocol.md says

export class CordeeError extends Error {
  readonly code: string
  readonly detail: string

  constructor(code: string, detail = "", cause?: unknown) {
    super(detail === "" ? code : `${code}: ${detail}`, cause === undefined ? undefined : { cause })
    this.name = new.target.name
    this.code = code
    this.detail = detail
  }
}

/** An error of this client's own. */
export function clientError(code: ClientCode, detail = "", cause?: unknown): CordeeError {
  return new CordeeError(code, detail, cause)
}

/** The server answered, and refused. */
export class ApiError extends CordeeError {
  readonly status: number

  constructor(status: number, code: string, detail: string) {
    super(code, detail)
    this.status = status
  }
}

/** The code of anything that was thrown, for a screen that must say something. */
export function codeOf(error: unknown): string {
  return error instanceof CordeeError ? error.code : "unknown"
}

/** A recovery code that opens nothing. */
export class RecoveryCodeRefused extends CordeeError {
  /** The group (from 0) that was mistyped, when it is one slip; null when it is more. */
  readonly group: number | null

  constructor(group: number | null) {
    super("wrong_recovery_code")
    this.group = group
  }
}
