/** What only the holder of the organisation's key can sign. */
import { codeOf, CordeeError } from "../../core/index.ts"

/** Rejects `steward_exists` for a registrar in whose vault the key does not lie. */
export async function withKey(sign: () => Promise<void>): Promise<void> {
  try {
    await sign()
  } catch (error) {
    throw codeOf(error) === "not_allowed" ? new CordeeError("steward_exists", "", error) : error
  }
}
