/**
 * Safety numbers: 60 digits made of two people's identity keys, the same on both screens exactly when nobody stands
 * between them (docs/protocol.md, table of labels). Both read tests/vectors/safety.json.
 */
import { sha512 } from "@noble/hashes/sha2.js"
import { concat, utf8 } from "../encoding/bytes.ts"
import { idBytes } from "../encoding/uuid.ts"
import type { UserId } from "../ids.ts"
import type { SafetyNumber } from "../model.ts"

/** Makes it dear to look for a key whose digits resemble another's: one try costs as many hashes. */
const ROUNDS = 5_200
const GROUPS_OF_HALF = 6
const GROUP_BYTES = 5

export interface Identified {
  readonly user: UserId
  /** Identity key: Ed25519, 32 bytes. */
  readonly identity: Uint8Array
}

/** The same for both, whoever asks. About 20 ms. */
export function safetyNumber(one: Identified, other: Identified): Omit<SafetyNumber, "compared"> {
  const halves = [one, other].map((each) => ({ user: each.user, groups: fingerprint(each) }))
  halves.sort((a, b) => (a.groups.join("") < b.groups.join("") ? -1 : 1))
  return {
    digits: halves.flatMap(({ groups }) => groups),
    qr: ["cordee:safety:1", ...halves.flatMap(({ groups, user }) => [user, groups.join("")])].join(":"),
  }
}

/** One person's half: 6 groups of 5 digits. */
export function fingerprint({ identity, user }: Identified): readonly string[] {
  let hash = concat(utf8("cordee safety number"), idBytes(user), identity)
  for (let round = 0; round < ROUNDS; round += 1) hash = sha512(concat(hash, identity))
  return Array.from({ length: GROUPS_OF_HALF }, (_, group) => {
    const bytes = hash.slice(GROUP_BYTES * group, GROUP_BYTES * (group + 1))
    const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0)
    return String(value % 100_000).padStart(5, "0")
  })
}
