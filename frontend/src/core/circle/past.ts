/**
 * What a device needs to read the log before it came in: the sealed epoch keys of its person, and the certificates of
 * devices that are gone. The MLS state of those epochs does not exist here; what holds the past together is the chained
 * hash of the log, to which every signed message commits, and the key commitment in every envelope.
 */
import type { ChainAnswer, KeyRow } from "../api/types.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { readCertificate, verifyCertificate, type Certificate } from "../identity/certificate.ts"
import type { PinnedKeys } from "../identity/historyKey.ts"
import type { UserId } from "../ids.ts"
import { NO_HASH, readChange, type UnverifiedChange } from "../policy/change.ts"
import { NO_PATIENT } from "../policy/person.ts"
import type { Policy } from "../policy/policy.ts"
import { openOwnCopy } from "./epochKeys.ts"
import type { Own } from "./own.ts"
import { CircleRefused } from "./refused.ts"

/**
 * The chain that leads to the policy this device has verified: linked by hash, so each change is as good as the head.
 */
export interface PastChain {
  readonly changes: readonly UnverifiedChange[]
  /** Every identity key that the policy ever pinned. */
  readonly identities: ReadonlyMap<UserId, readonly Uint8Array[]>
  /** Everyone who ever was one. */
  readonly coordinators: ReadonlySet<UserId>
  /** As change 0 says, for good. */
  readonly withoutPatient: boolean
}

/** Throws CircleRefused `broken_chain` unless the shown chain leads to `policy`. */
export function pastChain({ changes: shown }: Pick<ChainAnswer, "changes">, { head }: Pick<Policy, "head">): PastChain {
  const changes = shown.slice(0, head.n + 1).map((raw) => readChange(fromBase64(raw)))
  let prev: Uint8Array = NO_HASH
  for (const change of changes) {
    if (!sameBytes(change.prev, prev)) throw new CircleRefused("broken_chain", "a link does not hold", change.raw)
    prev = change.hash
  }
  if (changes.length !== head.n + 1 || !sameBytes(prev, head.hash)) {
    throw new CircleRefused("broken_chain", "does not lead to the policy", prev)
  }
  const identities = new Map<UserId, readonly Uint8Array[]>()
  for (const { user, identity } of changes.flatMap(pinnedBy)) {
    identities.set(user, [...(identities.get(user) ?? []), identity])
  }
  const first = changes[0]?.op
  return {
    changes,
    identities,
    coordinators: new Set(changes.flatMap(coordinatorBy)),
    withoutPatient: first?.type === "create" && first.person.ground === NO_PATIENT,
  }
}

function pinnedBy({ op }: UnverifiedChange): readonly Pick<PinnedKeys, "identity" | "user">[] {
  switch (op.type) {
    case "create":
    case "invite":
      return op.person.pending === null ? [op.person] : []
    case "admit":
    case "reset":
      return [op]
    case "rotate":
      return [{ user: op.rotation.says.user, identity: op.rotation.says.new }]
    default:
      return []
  }
}

function coordinatorBy({ op }: UnverifiedChange): readonly UserId[] {
  if (op.type === "create" || op.type === "invite") return op.person.role === "coordinator" ? [op.person.user] : []
  if (op.type === "role") return op.role === "coordinator" ? [op.user] : []
  return op.type === "restore" ? [op.order.says.user] : []
}

/** The certificate, when an identity key that the policy pinned for its person signed it. */
export async function certificateInPast(raw: Uint8Array, { identities }: PastChain): Promise<Certificate | undefined> {
  let unverified
  try {
    unverified = readCertificate(raw)
  } catch (error) {
    if (error instanceof NotCanonical) return undefined
    throw error
  }
  for (const identity of identities.get(unverified.user) ?? []) {
    const certificate = await verifyCertificate(unverified, identity)
    if (certificate !== undefined) return certificate
  }
  return undefined
}

/**
 * The content keys that open with this person's history key, of each epoch those last that one would take first: of
 * several grants the newest, before all the copy made with the epoch. An envelope's commitment proves them.
 */
export async function openCopies(
  rows: readonly KeyRow[],
  own: Own,
): Promise<readonly (readonly [number, Uint8Array])[]> {
  const opened = await Promise.all(
    [...rows].sort(byTrust).map(async (row) => [row.epoch, await openOwnCopy(row, own)] as const),
  )
  return opened.flatMap(([epoch, key]) => (key === undefined ? [] : [[epoch, key] as const]))
}

/** Ids tell the time. */
function byTrust({ grant: a }: KeyRow, { grant: b }: KeyRow): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a < b ? -1 : Number(a > b)
}
