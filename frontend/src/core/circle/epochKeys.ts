/**
 * An epoch's content key, sealed to each person who has a leaf in it: so that their later devices can read it too.
 *
 * HPKE to the history key that the policy pins; `info` binds circle, epoch and person (docs/protocol.md).
 */
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { concat } from "../encoding/bytes.ts"
import { encode } from "../encoding/canonical.ts"
import type { KeyRow, SealedKeys } from "../api/types.ts"
import type { GrantId, UserId } from "../ids.ts"
import { hpkeOpen, hpkeSeal } from "../mls/group.ts"
import { readers, type LiveGroup } from "./group.ts"
import type { Own } from "./own.ts"

const ENCAPSULATED = 32
const SEALED = 80

/** The key of the group's epoch for exactly the people who have a leaf. */
export async function sealToReaders(group: LiveGroup): Promise<SealedKeys> {
  const sealed = await Promise.all(
    [...readers(group)].map(async (user): Promise<[UserId, string]> => {
      const person = group.policy.persons.get(user)
      if (person?.pending !== null) throw new TypeError("a reader is in the policy")
      return [user, await sealTo(person.history, group, user)]
    }),
  )
  return Object.fromEntries(sealed)
}

export async function sealTo(
  history: Uint8Array,
  { circle, contentKey, epoch }: Pick<LiveGroup, "circle" | "contentKey" | "epoch">,
  user: UserId,
  grant: GrantId | null = null,
): Promise<string> {
  const { ciphertext, kemOutput } = await hpkeSeal(history, contentKey, info({ circle, epoch, grant }, user))
  return toBase64(concat(kemOutput, ciphertext))
}

/**
 * The content key of an epoch from one's own copy; undefined when the copy does not open. What it opens to is not yet
 * checked.
 */
export async function openOwnCopy(
  row: KeyRow,
  { historyPrivateKeys, user }: Pick<Own, "historyPrivateKeys" | "user">,
): Promise<Uint8Array | undefined> {
  try {
    const bytes = fromBase64(row.sealed)
    if (bytes.length !== SEALED) return undefined
    const parts = { kemOutput: bytes.slice(0, ENCAPSULATED), ciphertext: bytes.slice(ENCAPSULATED) }
    for (const key of historyPrivateKeys) {
      const opened = await hpkeOpen(key, parts, info(row, user)).catch(() => undefined)
      if (opened !== undefined) return opened
    }
    return undefined
  } catch {
    return undefined
  }
}

/** A copy that a history grant gave is bound to the grant. */
function info({ circle, epoch, grant }: Omit<KeyRow, "sealed">, user: UserId): Uint8Array {
  if (grant === null) return encode({ circle, epoch, label: "cordee epoch key", user })
  return encode({ circle, epoch, grant, label: "cordee granted key", user })
}
