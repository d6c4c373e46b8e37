/**
 * The service's log of everybody's keys: each key event a leaf of one Merkle tree, a signed checkpoint whenever it is
 * sealed. It builds by RFC 9162 §2.1 what the client verifies with `core/log`.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { concat, utf8 } from "../../../src/core/encoding/bytes.ts"
import { EMPTY_ROOT, leafHash, nodeHash } from "../../../src/core/log/merkle.ts"
import { hex } from "../../../src/core/log/note.ts"

type Json = Record<string, unknown>

export class KeyLogRoom {
  /** False: what is appended waits. */
  isSealing = true
  readonly #origin: string
  #signer: Signer
  /** All keys so far, the oldest first. */
  readonly #keys: { readonly vkey: string; readonly note: string | null }[]
  readonly #leaves: string[] = []
  readonly #hashes: Uint8Array[] = []
  #size = 0
  #note: string | null = null

  constructor(origin = "cordee.example/keys", seed: Uint8Array = new Uint8Array(32).fill(11)) {
    this.#origin = origin
    this.#signer = signerOf(origin, seed)
    this.#keys = [{ vkey: this.#signer.vkey, note: null }]
  }

  get vkey(): string {
    return this.#signer.vkey
  }

  get note(): string | null {
    return this.#note
  }

  append(events: readonly string[]): void {
    for (const each of events) {
      this.#leaves.push(each)
      this.#hashes.push(leafHash(fromBase64(each)))
    }
    if (this.isSealing) this.seal()
  }

  /** Signs all that was appended. */
  seal(): void {
    if (this.#size === this.#hashes.length) return
    this.#size = this.#hashes.length
    this.#note = this.#signed("")
  }

  /** From now on another key signs, which the one before names; `isNamed` false: or does not. */
  rotate(seed: Uint8Array, isNamed = true): void {
    const next = signerOf(this.#origin, seed)
    const note = this.#signed(isNamed ? `next-key ${next.vkey}\n` : "")
    this.#keys.push({ vkey: next.vkey, note })
    this.#signer = next
  }

  #signed(extension: string): string {
    const tree = toBase64(root(this.#hashes.slice(0, this.#size)))
    const body = `${this.#origin}\n${String(this.#size)}\n${tree}\n${extension}`
    const signature = toBase64(concat(this.#signer.id, ed25519.sign(utf8(body), this.#signer.seed)))
    return `${body}\n\u2014 ${this.#origin} ${signature}\n`
  }

  /** `people`: whose histories are given, and what they are. */
  answer(people: ReadonlyMap<string, readonly string[]>, seen: readonly number[]): Json {
    const sealed = this.#hashes.slice(0, this.#size)
    return {
      keys: this.#note === null ? [] : this.#keys,
      checkpoint: this.#note,
      consistency: seen
        .filter((size) => size <= this.#size)
        .map((size) => ({ size, path: extension(sealed, size).map(toBase64) })),
      people: [...people].map(([user, events]) => ({ user, events: events.map((raw) => this.#proved(raw, sealed)) })),
    }
  }

  #proved(raw: string, sealed: readonly Uint8Array[]): Json {
    const index = this.#leaves.indexOf(raw)
    if (index < 0 || index >= this.#size) return { raw, index: null, path: [] }
    return { raw, index, path: inclusion(sealed, index).map(toBase64) }
  }
}

interface Signer {
  readonly seed: Uint8Array
  readonly id: Uint8Array
  readonly vkey: string
}

function signerOf(origin: string, seed: Uint8Array): Signer {
  const key = concat(Uint8Array.of(1), ed25519.getPublicKey(seed))
  const id = sha256(concat(utf8(`${origin}\n`), key)).subarray(0, 4)
  return { seed, id, vkey: `${origin}+${hex(id)}+${toBase64(key)}` }
}

/** The largest power of two below. */
function split(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}

function root(hashes: readonly Uint8Array[]): Uint8Array {
  const [first = EMPTY_ROOT] = hashes
  if (hashes.length <= 1) return first
  const half = split(hashes.length)
  return nodeHash(root(hashes.slice(0, half)), root(hashes.slice(half)))
}

function inclusion(hashes: readonly Uint8Array[], index: number): Uint8Array[] {
  if (hashes.length <= 1) return []
  const half = split(hashes.length)
  const [left, right] = [hashes.slice(0, half), hashes.slice(half)]
  return index < half ? [...inclusion(left, index), root(right)] : [...inclusion(right, index - half), root(left)]
}

function extension(hashes: readonly Uint8Array[], size: number, isWhole = true): Uint8Array[] {
  if (size === 0) return []
  if (size === hashes.length) return isWhole ? [] : [root(hashes)]
  const half = split(hashes.length)
  const [left, right] = [hashes.slice(0, half), hashes.slice(half)]
  return size <= half
    ? [...extension(left, size, isWhole), root(right)]
    : [...extension(right, size - half, false), root(left)]
}
