/**
 * The Merkle tree of RFC 9162 §2.1 over SHA-256, as a verifier needs it: hashes of leaves and nodes, and the checks of
 * inclusion (§2.1.3.2) and consistency (§2.1.4.2). The server's twin is audit/merkle.py; both read the vectors of
 * transparency-dev/merkle. Hashes are 32 bytes; sizes and indices are integers below 2^53. Cost: one hash per node of the
 * path, two for consistency.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { concat, sameBytes } from "../encoding/bytes.ts"
import { LogRefused } from "./refused.ts"

export const HASH_BYTES = 32

/** Of the tree without leaves. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array())

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, leaf))
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right))
}

export interface Inclusion {
  /** Of the leaf: `leafHash`. */
  readonly leaf: Uint8Array
  readonly index: number
  readonly size: number
  readonly path: readonly Uint8Array[]
  readonly root: Uint8Array
}

/** Throws LogRefused (`bad_proof`, `wrong_root`) unless the leaf is at this index of the tree with this root. */
export function verifyInclusion({ leaf, index, size, path, root }: Inclusion): void {
  if (!isCount(index) || !isCount(size) || index >= size) throw new LogRefused("bad_proof", "index outside the tree")
  checkHashes([leaf, root, ...path])
  let at = index
  let last = size - 1
  let hash = leaf
  for (const sibling of path) {
    if (last === 0) throw new LogRefused("bad_proof", "the path is too long")
    if (isOdd(at) || at === last) {
      hash = nodeHash(sibling, hash)
      // The last node of a level has no sibling until a level where it is a right child.
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  if (last !== 0) throw new LogRefused("bad_proof", "the path is too short")
  if (!sameBytes(hash, root)) throw new LogRefused("wrong_root")
}

export interface Consistency {
  readonly oldSize: number
  readonly oldRoot: Uint8Array
  readonly size: number
  readonly root: Uint8Array
  readonly path: readonly Uint8Array[]
}

/**
 * Throws LogRefused (`bad_proof`, `older`, `not_extension`) unless the tree of `oldSize` is the beginning of the tree of
 * `size`. Every tree extends the empty one.
 */
export function verifyConsistency({ oldSize, oldRoot, size, root, path }: Consistency): void {
  if (!isCount(oldSize) || !isCount(size)) throw new LogRefused("bad_proof", "not a size")
  if (size < oldSize) throw new LogRefused("older")
  if (oldSize === 0 || oldSize === size) {
    if (path.length > 0) throw new LogRefused("bad_proof", "the path is too long")
    if (oldSize < size) checkHashes([root])
    same(oldRoot, oldSize === size ? root : EMPTY_ROOT, oldSize)
    return
  }
  checkHashes([oldRoot, root, ...path])
  let at = oldSize - 1
  let last = size - 1
  while (isOdd(at)) [at, last] = [half(at), half(last)]
  // A whole subtree is its own first node; otherwise the path begins with it.
  const [first, ...rest] = at === 0 ? [oldRoot, ...path] : path
  if (first === undefined) throw new LogRefused("bad_proof", "the path is too short")
  let before = first
  let after = first
  for (const sibling of rest) {
    if (last === 0) throw new LogRefused("bad_proof", "the path is too long")
    if (isOdd(at) || at === last) {
      before = nodeHash(sibling, before)
      after = nodeHash(sibling, after)
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)]
    } else {
      after = nodeHash(after, sibling)
    }
    ;[at, last] = [half(at), half(last)]
  }
  if (last !== 0) throw new LogRefused("bad_proof", "the path is too short")
  same(before, oldRoot, oldSize)
  same(after, root, size)
}

/** Nothing but the empty tree has no leaves. */
function same(root: Uint8Array, other: Uint8Array, size: number): void {
  if (!sameBytes(root, other) || (size === 0 && !sameBytes(root, EMPTY_ROOT))) throw new LogRefused("not_extension")
}

// Not by bits: a number's are only 32.
const isOdd = (value: number): boolean => value % 2 === 1
const half = (value: number): number => Math.floor(value / 2)
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

function checkHashes(hashes: readonly Uint8Array[]): void {
  if (hashes.some((hash) => hash.length !== HASH_BYTES)) throw new LogRefused("bad_proof", "not a hash")
}
