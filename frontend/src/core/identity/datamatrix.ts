/**
 * The text inside an INS datamatrix: how a qualified identity stands on paper, and is read back from it.
 *
 * Source: ANS, "INS, format datamatrix" v2.2. A header of 26 characters (`IS`, version `01`, 22 reserved zeros), then
 * blocks of a two-character identifier and a value; a value that is shorter than it may be, and not the last, ends with
 * GS (ASCII 29). Nothing in it is signed: it saves typing and proves nothing, so what is read makes an identity no more
 * than provisional until somebody has looked at a document or asked the national service. Pure.
 */
import type { CalendarDate, PatientTraits, Sex } from "../api/types.ts"

export type DatamatrixTraits = Pick<
  PatientTraits,
  "birth_name" | "given_names" | "birth_date" | "sex" | "birthplace"
> & {
  readonly matricule: string
  readonly oid: string
}

/** Whose number it is: NIR and NIA belong to persons, the other two to nobody. */
export const INS_NUMBERS = {
  nir: "1.2.250.1.213.1.4.8",
  nia: "1.2.250.1.213.1.4.9",
  test: "1.2.250.1.213.1.4.10",
  demo: "1.2.250.1.213.1.4.11",
} as const

const HEADER = "IS010000000000000000000000"
const GS = "\u001d"
/** The place of birth is not always there. */
const UNKNOWN_BIRTHPLACE = "99999"

interface Block {
  readonly id: "S1" | "S2" | "S3" | "S4" | "S5" | "S6" | "S7"
  readonly least: number
  readonly most: number
}

const BLOCKS: readonly Block[] = [
  { id: "S1", least: 15, most: 15 },
  { id: "S2", least: 19, most: 20 },
  { id: "S3", least: 1, most: 100 },
  { id: "S4", least: 1, most: 100 },
  { id: "S5", least: 1, most: 1 },
  { id: "S6", least: 10, most: 10 },
  { id: "S7", least: 5, most: 5 },
]

/** Null when an identity does not fit: a sex that the national service does not know, a name of other letters. */
export function datamatrixOf(traits: DatamatrixTraits): string | null {
  if (traits.sex === "I") return null
  const [year, month, day] = traits.birth_date.split("-")
  const values: Record<Block["id"], string> = {
    S1: traits.matricule,
    S2: traits.oid,
    S3: spelled(traits.given_names),
    S4: spelled(traits.birth_name),
    S5: traits.sex,
    S6: `${day}-${month}-${year}`,
    S7: traits.birthplace,
  }
  if (BLOCKS.some(({ id, least, most }) => values[id].length < least || values[id].length > most)) return null
  const written = BLOCKS.map(({ id, most }, place) => {
    const ends = place < BLOCKS.length - 1 && values[id].length < most
    return id + values[id] + (ends ? GS : "")
  })
  return HEADER + written.join("")
}

/** Whether this could be the text of an INS datamatrix, whatever is in it. */
export function isDatamatrix(text: string): boolean {
  return text.trimStart().startsWith("IS01")
}

/**
 * What a scanner, a paste or a photograph gave; null when it is not whole. Scanners that type like a keyboard lose GS
 * or write something in its place: a block then ends where the next one begins.
 */
export function readDatamatrix(text: string): DatamatrixTraits | null {
  const code = text.trim().replace(/\u241d|\^\]|<GS>|\{GS\}|\[GS\]/gu, GS)
  if (!/^IS01\d{22}/.test(code)) return null
  const values = new Map<Block["id"], string>()
  let rest = code.slice(HEADER.length)
  while (rest !== "") {
    const block = BLOCKS.find(({ id }) => rest.startsWith(id))
    if (block === undefined || values.has(block.id)) return null
    const value = valueOf(block, rest.slice(2))
    values.set(block.id, value)
    rest = rest.slice(2 + value.length)
    if (rest.startsWith(GS)) rest = rest.slice(1)
  }
  return traitsOf(values)
}

function valueOf({ least, most }: Block, rest: string): string {
  const whole = rest.slice(0, most)
  if (least === most) return whole
  const end = whole.indexOf(GS)
  if (end >= 0) return whole.slice(0, end)
  // Names hold no digit, and an OID no letter: where an identifier stands, the next block begins.
  const next = whole.search(/S[1-7]/)
  return next >= 0 ? whole.slice(0, next) : whole
}

function traitsOf(values: ReadonlyMap<Block["id"], string>): DatamatrixTraits | null {
  const get = (id: Block["id"]): string => values.get(id)?.trim() ?? ""
  const birthDate = calendarDate(get("S6"))
  const sex = sexOf(get("S5"))
  const whole =
    /^[1-8]\d{4}(\d\d|2[AB])\d{8}$/.test(get("S1")) &&
    Object.values<string>(INS_NUMBERS).includes(get("S2")) &&
    NAME.test(get("S3")) &&
    NAME.test(get("S4")) &&
    /^((\d\d|2[AB])\d{3})?$/.test(get("S7"))
  if (!whole || birthDate === null || sex === null) return null
  return {
    matricule: get("S1"),
    oid: get("S2"),
    given_names: get("S3"),
    birth_name: get("S4"),
    sex,
    birth_date: birthDate,
    birthplace: get("S7") === "" ? UNKNOWN_BIRTHPLACE : get("S7"),
  }
}

const NAME = /^['A-Z][A-Z' -]*$/

function sexOf(text: string): Sex | null {
  return text === "F" || text === "M" ? text : null
}

/** `12-03-1941` → `1941-03-12`, when there is such a day. */
function calendarDate(text: string): CalendarDate | null {
  const parts = /^(\d{2})-(\d{2})-(\d{4})$/.exec(text)
  if (parts === null) return null
  const date = parts.slice(1).reverse().join("-")
  const time = Date.parse(`${date}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date) ? date : null
}

/** In the alphabet of the code: A to Z, space, apostrophe, hyphen; empty when a letter has no place in it. */
function spelled(name: string): string {
  const plain = name
    .toLocaleUpperCase("fr")
    .replaceAll("Œ", "OE")
    .replaceAll("Æ", "AE")
    .replaceAll("’", "'")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
  return NAME.test(plain) ? plain : ""
}
