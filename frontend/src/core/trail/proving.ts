/**
 * Whether an act of the trail is what its log has sealed, computed on this device (../log/proof.ts). The server is asked for
 * the exact text of the act, its path and a checkpoint; what it shows beside is compared with that text.
 */
import type { TrailApi, TrailProof, TrailRow } from "../api/trail.ts"
import { decode, NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import { toBase64 } from "../encoding/base64.ts"
import { utf8 } from "../encoding/bytes.ts"
import { clientError } from "../errors.ts"
import type { OrganisationId } from "../ids.ts"
import { readVerifyingKey } from "../log/note.ts"
import { verifyProof, writeProof, type ProofVerdict } from "../log/proof.ts"
import { LogRefused } from "../log/refused.ts"
import type { Storage } from "../store/storage.ts"
import { seenLogs, type SeenLog } from "./seen.ts"

export interface Proved {
  readonly verdict: ProofVerdict
  readonly proof: TrailProof
  /** What this device had seen of the log before; null the first time. */
  readonly seen: SeenLog | null
  /** How many witnesses must have signed, and how many there are. */
  readonly quorum: number
  readonly witnesses: number
  /** The text of a `.tlog-proof` file: proves the same elsewhere, without us. */
  readonly file: string
  /** All that was compared, as JSON, for whoever looks into a proof that does not hold. */
  readonly evidence: string
}

export interface ProvingOf {
  readonly api: Pick<TrailApi, "proof">
  readonly storage: Storage
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Rejects `not_sealed` for an act that is not in the log yet, `pruned` for one past its time. What does not hold is in the verdict, never thrown. */
export async function prove({ api, now, storage }: ProvingOf, id: OrganisationId, row: TrailRow): Promise<Proved> {
  const seen = row.place === null ? undefined : await seenLogs.get(storage, row.place.origin)
  const proof = await api.proof(id, row.id, seen?.checkpoint.size ?? null)
  // Nothing is left to compare: whether it was in the log at all, an export from before its end can prove.
  if (proof.leaf === "") throw clientError("pruned")
  const verdict = judge(proof, row, seen)
  const { checkpoint, key } = verdict
  if (checkpoint !== null && key !== null) {
    await storage.write([seenLogs.put({ key, checkpoint, at: now() }, proof.origin)])
  }
  return {
    verdict,
    proof,
    seen: seen ?? null,
    quorum: proof.keys.quorum,
    witnesses: proof.keys.witnesses.length,
    file: writeProof(proof),
    evidence: evidenceOf(proof, row, seen),
  }
}

function judge(proof: TrailProof, row: TrailRow, seen: SeenLog | undefined): ProofVerdict {
  try {
    if (!saysTheSame(row, proof.leaf) || proof.origin !== (row.place?.origin ?? proof.origin)) {
      throw new LogRefused("not_as_shown")
    }
    return verifyProof(proof, {
      // The key under which this device knows the log: one that does not follow from it would be another log.
      named: proof.keys.log,
      known: seen?.key ?? null,
      witnesses: proof.keys.witnesses.map(readVerifyingKey),
      quorum: proof.keys.quorum,
      seen: seen?.checkpoint ?? null,
    })
  } catch (error) {
    if (!(error instanceof LogRefused)) throw error
    const steps = [{ name: "leaf", at: "failed", code: error.code }] as const
    return { steps, intact: false, hash: new Uint8Array(), checkpoint: null, key: null, cosignatures: [] }
  }
}

/** The keys that a row repeats from its leaf; the rest of a row is worked out from these. */
const REPEATED = [
  "id",
  "act",
  "err",
  "who",
  "on",
  "dev",
  "ses",
  "role",
  "org",
  "auth",
  "sys",
  "pat",
  "cir",
  "obj",
  "why",
]
const COUNTED = ["epo", "seq", "siz", "cnt"]
const LEAF_LIMIT = 4096

/** Whether the act that was shown is the one that the leaf says. */
export function saysTheSame(row: TrailRow, leaf: string): boolean {
  let says: JsonObject
  try {
    says = decode(utf8(leaf), LEAF_LIMIT)
  } catch (error) {
    if (error instanceof NotCanonical) return false
    throw error
  }
  const shown = new Map<string, unknown>(Object.entries(row))
  return (
    [...REPEATED, ...COUNTED].every((key) => (shown.get(key) ?? null) === (says[key] ?? null)) &&
    row.out === (says["out"] ?? 0) &&
    typeof says["t"] === "string" &&
    Date.parse(row.t) === Date.parse(says["t"]) &&
    row.has_reason === "rsn" in says &&
    row.has_detail === "det" in says
  )
}

function evidenceOf(proof: TrailProof, shown: TrailRow, seen: SeenLog | undefined): string {
  const before = seen && { ...seen.checkpoint, root: toBase64(seen.checkpoint.root), key: seen.key, at: seen.at }
  const served = { ...proof, path: proof.path.map(toBase64), consistency: proof.consistency.map(toBase64) }
  return JSON.stringify({ shown, served, seen: before ?? null }, null, 2)
}
