/** The secret that a passkey gives for the vault (WebAuthn's PRF extension), asked of the browser alone. */
import { toBase64 } from "../encoding/base64.ts"
import { clientError } from "../errors.ts"
import type { Passkeys } from "../platform.ts"
import { PRF_INPUT } from "../vault/unlockers.ts"

export interface PasskeySecret {
  readonly id: string
  readonly prf: Uint8Array
}

/**
 * Of one of these credentials. The assertion itself goes nowhere, so its challenge is nobody's. Rejects `no_prf`, or
 * `passkey_refused` also when the person cancels.
 */
export async function askForSecret(
  passkeys: Passkeys,
  credentials: readonly string[],
  randomBytes: (length: number) => Uint8Array,
): Promise<PasskeySecret> {
  const challenge = toBase64(randomBytes(32)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
  const allowCredentials = credentials.map((id) => ({ id, type: "public-key" }))
  const options = { publicKey: { challenge, allowCredentials, userVerification: "required" } }
  let presented
  try {
    presented = await passkeys.get(options, PRF_INPUT)
  } catch (cause) {
    throw clientError("passkey_refused", "no credential", cause)
  }
  const { id, prf } = presented
  if (prf === null) throw clientError("no_prf")
  return { id, prf }
}
