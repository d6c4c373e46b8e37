/**
 * Pseudonyms and device ids as people read and type them: `P-71KD4` a person, `T-` a patient, `C-` a circle, `A-09X` a
 * device. A subject's code is the first 25 bits of its pseudonym (random) as five characters of Crockford's base32; a
 * device's the last 15 bits of its id, whose first ones are a time. Two may share a code: whoever looks for one finds both.
 * Pure. compliance/codes.py does the same; both read tests/vectors/codes.json.
 */
export const LETTERS = { Person: "P", Patient: "T", Circle: "C" } as const
export type SubjectKind = keyof typeof LETTERS
export type Letter = (typeof LETTERS)[SubjectKind] | "A"

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

export function subjectCode(kind: SubjectKind, pseudonym: string): string {
  // 28 bits, of which the last three are not said.
  const bits = Number.parseInt(pseudonym.slice(0, 7), 16)
  return `${LETTERS[kind]}-${characters(Math.floor(bits / 8), 5)}`
}

export function deviceCode(device: string): string {
  return `A-${characters(Number.parseInt(device.slice(-4), 16) % 32_768, 3)}`
}

function characters(value: number, count: number): string {
  let written = ""
  for (let rest = value; written.length < count; rest = Math.floor(rest / 32)) {
    written = ALPHABET.charAt(rest % 32) + written
  }
  return written
}

const CODE = new RegExp(`^(?:([PTC])-?([${ALPHABET}]{5})|(A)-?([${ALPHABET}]{3}))$`)
/** What Crockford lets people mistake. */
const READ_AS: Readonly<Record<string, string>> = { O: "0", I: "1", L: "1" }

/** The code as it is shown, or null for what is none. Case, the hyphen and 0/O, 1/I/L do not matter. */
export function readCode(text: string): { readonly letter: Letter; readonly code: string } | null {
  const typed = text.trim().toUpperCase()
  const rest = typed.slice(1).replace(/[OIL]/g, (character) => READ_AS[character] ?? character)
  const [, subject, of, device, ofDevice] = CODE.exec(typed.charAt(0) + rest) ?? []
  const letter = (subject ?? device) as Letter | undefined
  return letter === undefined ? null : { letter, code: `${letter}-${of ?? ofDevice ?? ""}` }
}
