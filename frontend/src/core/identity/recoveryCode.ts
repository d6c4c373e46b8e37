/**
 * The recovery code: what a person keeps on paper to unlock the vault on a new device.
 *
 * 160 random bits, as 8 groups of 4 characters of Crockford's alphabet (no I, L, O, U). 32 characters of 5 bits are
 * exactly 160 bits, so nothing is left for a written check: a mistyped group is found by trying its neighbours on the
 * vault (`neighbours` here, `vault/recovery.ts`), which costs no bit of strength.
 */

export const RECOVERY_BYTES = 20
export const GROUPS = 8
export const GROUP_SIZE = 4
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/** 8 groups of 4 characters. */
export function writeRecoveryCode(bytes: Uint8Array): readonly string[] {
  const text = symbols(bytes)
    .map((symbol) => ALPHABET.charAt(symbol))
    .join("")
  return Array.from({ length: GROUPS }, (_, group) => text.slice(GROUP_SIZE * group, GROUP_SIZE * (group + 1)))
}

export type ReadRecoveryCode =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** The first group (from 0) with a character that no code has, or that is too short or long. */
  | { readonly ok: false; readonly group: number }

/**
 * What was typed: capitals or not, with any spaces and dashes; O counts as 0, I and L as 1. Groups typed with
 * separators are told apart by them, so that a missing character is found in its own group.
 */
export function readRecoveryCode(typed: string): ReadRecoveryCode {
  const text = typed.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/g, "1")
  const parts = text.split(/[\s–-]+/).filter((part) => part !== "")
  const groups = parts.length === 1 ? (parts[0]?.match(/.{1,4}/gs) ?? []) : parts
  const values: number[] = []
  for (let group = 0; group < Math.max(GROUPS, groups.length); group += 1) {
    const written = groups[group] ?? ""
    const read = Array.from(written, (character) => ALPHABET.indexOf(character))
    if (group >= GROUPS || read.length !== GROUP_SIZE || read.includes(-1)) {
      return { ok: false, group: Math.min(group, GROUPS - 1) }
    }
    values.push(...read)
  }
  return { ok: true, bytes: fromSymbols(values) }
}

export interface Neighbour {
  readonly bytes: Uint8Array
  /** The group in which it differs. */
  readonly group: number
}

/** All codes that differ in one character, or by two neighbouring characters swapped: what a slip of the hand makes. */
export function* neighbours(bytes: Uint8Array): Generator<Neighbour> {
  const typed = symbols(bytes)
  for (let at = 0; at < typed.length; at += 1) {
    const group = Math.floor(at / GROUP_SIZE)
    for (let symbol = 0; symbol < ALPHABET.length; symbol += 1) {
      if (symbol !== typed[at]) yield { group, bytes: fromSymbols(typed.with(at, symbol)) }
    }
    const [one, two] = [typed[at], typed[at + 1]]
    if (one !== undefined && two !== undefined && one !== two) {
      yield { group, bytes: fromSymbols(typed.with(at, two).with(at + 1, one)) }
    }
  }
}

/** 5 bits each, most significant first. */
function symbols(bytes: Uint8Array): readonly number[] {
  if (bytes.length !== RECOVERY_BYTES) throw new TypeError("a recovery code is 20 bytes")
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("")
  return Array.from({ length: GROUPS * GROUP_SIZE }, (_, at) => Number.parseInt(bits.slice(5 * at, 5 * at + 5), 2))
}

function fromSymbols(values: readonly number[]): Uint8Array {
  const bits = values.map((value) => value.toString(2).padStart(5, "0")).join("")
  return Uint8Array.from({ length: RECOVERY_BYTES }, (_, at) => Number.parseInt(bits.slice(8 * at, 8 * at + 8), 2))
}
