/**
 * Whether an entry stands in a log, step by step, with nothing but the proof and what this device trusts: the key under
 * which it knows the log, those of its witnesses, and the newest checkpoint that it has seen. Also C2SP tlog-proof@v1, the file that proves the
 * same elsewhere.
 */
import { toBase64 } from "../encoding/base64.ts"
import { utf8 } from "../encoding/bytes.ts"
import { leafHash, verifyConsistency, verifyInclusion } from "./merkle.ts"
import { followKeys, openByKeys, type NamedKey } from "./keys.ts"
import { bodyOf, readCheckpoint, type Checkpoint, type Cosignature, type VerifyingKey } from "./note.ts"
import { LogRefused, type LogRefusalCode } from "./refused.ts"

export interface Proof {
  readonly index: number
  readonly size: number
  /** The exact text of the entry. */
  readonly leaf: string
  readonly path: readonly Uint8Array[]
  /** The signed note of the checkpoint of this size. */
  readonly checkpoint: string
  /** From the size that this device has seen to this one. */
  readonly consistency: readonly Uint8Array[]
}

export interface Trust {
  /** All that have signed the log, the oldest first, as the server names them. */
  readonly named: readonly NamedKey[]
  /** Text of the key under which this device knows the log; null at first. */
  readonly known: string | null
  readonly witnesses: readonly VerifyingKey[]
  /** How many of the witnesses must have signed. */
  readonly quorum: number
  /** The newest checkpoint that this device has seen of this log; null at first. */
  readonly seen: Checkpoint | null
}

/** In this order; a step is taken only when those before it have passed. */
export const STEPS = ["leaf", "path", "signature", "extension", "witnesses"] as const
export type StepName = (typeof STEPS)[number]

/** `lacking`: fewer witnesses than asked for. The entry is proved all the same, by the log's word and what was seen. */
export type Step =
  | { readonly name: StepName; readonly at: "passed" | "lacking" }
  | { readonly name: StepName; readonly at: "failed"; readonly code: LogRefusalCode }

export interface ProofVerdict {
  readonly steps: readonly Step[]
  /** No step failed. */
  readonly intact: boolean
  /** Of the leaf. */
  readonly hash: Uint8Array
  /** Null unless intact: then it is the newest that was seen. */
  readonly checkpoint: Checkpoint | null
  /** Text of the key that signs the log now; null unless intact. */
  readonly key: string | null
  readonly cosignatures: readonly Cosignature[]
}

/** Never throws: what is refused is a step that failed. Cost: a signature for each key of the log and each witness, and the two paths. */
export function verifyProof(proof: Proof, trust: Trust): ProofVerdict {
  const hash = leafHash(utf8(proof.leaf))
  const steps: Step[] = [{ name: "leaf", at: "passed" }]
  let name: StepName = "path"
  try {
    include(hash, proof)
    steps.push({ name, at: "passed" })
    name = "signature"
    const keys = followKeys(trust.known, trust.named)
    const { checkpoint, cosignatures } = openByKeys(proof.checkpoint, keys, trust.witnesses)
    steps.push({ name, at: "passed" })
    name = "extension"
    extend(trust.seen, checkpoint, proof.consistency)
    steps.push({ name, at: "passed" })
    steps.push({ name: "witnesses", at: cosignatures.length < trust.quorum ? "lacking" : "passed" })
    return { steps, intact: true, hash, checkpoint, key: keys.at(-1)?.key.text ?? null, cosignatures }
  } catch (error) {
    if (!(error instanceof LogRefused)) throw error
    steps.push({ name, at: "failed", code: error.code })
    return { steps, intact: false, hash, checkpoint: null, key: null, cosignatures: [] }
  }
}

/** To the root that the note says; that the log has signed it is the next step's. */
function include(leaf: Uint8Array, { checkpoint, index, path, size }: Proof): void {
  const said = readCheckpoint(bodyOf(checkpoint))
  if (said.size !== size) throw new LogRefused("wrong_size")
  verifyInclusion({ leaf, index, size, path, root: said.root })
}

function extend(seen: Checkpoint | null, { origin, root, size }: Checkpoint, path: readonly Uint8Array[]): void {
  if (seen === null) return
  if (seen.origin !== origin) throw new LogRefused("wrong_origin", origin)
  verifyConsistency({ oldSize: seen.size, oldRoot: seen.root, size, root, path })
}

/** The text of a `.tlog-proof` file. Its extra data is the entry itself, so that the file needs nothing beside it. */
export function writeProof({ checkpoint, index, leaf, path }: Proof): string {
  const lines = ["c2sp.org/tlog-proof@v1", `extra ${toBase64(utf8(leaf))}`, `index ${index}`, ...path.map(toBase64)]
  return `${lines.join("\n")}\n\n${checkpoint}`
}
