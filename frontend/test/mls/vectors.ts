/**
 * The official MLS vectors (mlswg/mls-implementations) and what they need: a reader.
 *
 * The files lie outside the repository, in $CORDEE_SHARED/mls-vectors or beside the checkout; without them the
 * tests that read them are skipped and say so.
 */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { hexToBytes } from "@noble/hashes/utils.js"
import { describe, it } from "vitest"

const shared = process.env["CORDEE_SHARED"] ?? join(import.meta.dirname, "../../../../shared")
const folder = join(shared, "mls-vectors")

/** `describe` for tests that read vectors: skipped, with the folder in the title, when they are not there. */
export function describeVectors(title: string, body: () => void): void {
  if (existsSync(folder)) describe(title, body)
  else it.skip(`${title}: no vectors in ${folder}`)
}

/** The entries of one file; empty when the folder is absent, so that a skipped test still loads. */
export function vectors<T>(name: string): T[] {
  const file = join(folder, `${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as T[]) : []
}

export const bytes: (hex: string) => Uint8Array = hexToBytes
