/**
 * What the key log says of this person's own keys, against what this device knows: nothing of its own may be missing, and
 * whatever stands there must be the person's.
 */
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { CordeeError } from "../errors.ts"
import type { KeyLog } from "../keylog/keyLog.ts"
import { identityKey } from "../vault/content.ts"
import type { OwnDevice } from "./ownDevice.ts"

/** At each start, and whenever devices or keys have changed. Without an answer it is looked at the next time. */
export async function checkOwnHistory(mine: OwnDevice, keyLog: KeyLog): Promise<void> {
  const { id, ring, vault } = mine
  try {
    await keyLog.look([ring.me.id])
  } catch (error) {
    if (error instanceof CordeeError) return
    throw error
  }
  const history = keyLog.historyOf(ring.me.id)
  const known = toBase64(mine.leafKey)
  if (history?.devices.get(id)?.key !== known) {
    await keyLog.refuse("withheld", { device: id, key: known, shown: history?.seq ?? 0 })
    return
  }
  const { identity } = history
  if (identity === null || !(await mine.isFollowedBy(fromBase64(identity)))) {
    const mineIs = toBase64(identityKey(vault.content))
    await keyLog.refuse("another identity of mine", { identity: mineIs, shown: identity })
    return
  }
  mine.noticeLogged(history)
}
