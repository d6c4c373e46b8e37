/**
 * The proofs of transparency-dev/merkle: they lie outside the repository, in $CORDEE_SHARED/merkle-vectors or beside the
 * checkout; without them the tests that read them are skipped and say so.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"

const shared = process.env["CORDEE_SHARED"] ?? join(import.meta.dirname, "../../../../shared")
export const folder = join(shared, "merkle-vectors")
export const present = existsSync(folder)

interface Named {
  readonly name: string
  readonly wantErr: boolean
  /** base64; null where the vector leaves it out. */
  readonly proof: readonly string[] | null
}

export interface InclusionVector extends Named {
  readonly leafIdx: number
  readonly treeSize: number
  readonly root: string
  readonly leafHash: string
}

export interface ConsistencyVector extends Named {
  readonly size1: number
  readonly size2: number
  readonly root1: string
  readonly root2: string
}

function read(name: string): unknown {
  return present ? JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")) : []
}

export const inclusions = read("inclusion") as readonly InclusionVector[]
export const consistencies = read("consistency") as readonly ConsistencyVector[]
