/**
 * What is typed to open a circle, and what is still wrong with it. Pure; the server checks the same again and has the
 * last word (circles/ins.py), this file only says it field by field while one types.
 */
import type { Ground, IdentityAttribute, IdentityStatus, OpenCircle, PatientTraits, Sex } from "../../core/index.ts"

export interface OpenCircleForm {
  readonly birthName: string
  readonly usedName: string
  readonly givenNames: string
  readonly birthDate: string | null
  readonly sex: Sex | null
  readonly birthplace: string
  readonly status: IdentityStatus
  readonly attributes: readonly IdentityAttribute[]
  readonly matricule: string
  readonly oid: string
  readonly informedOn: string | null
  readonly ground: Ground | null
}

export const emptyForm: OpenCircleForm = {
  birthName: "",
  usedName: "",
  givenNames: "",
  birthDate: null,
  sex: null,
  birthplace: "",
  status: "provisional",
  attributes: [],
  matricule: "",
  oid: "",
  informedOn: null,
  ground: null,
}

/** Who hands out the number: NIR, NIA, and the two that belong to nobody. */
export const oids = {
  nir: "1.2.250.1.213.1.4.8",
  nia: "1.2.250.1.213.1.4.9",
  test: "1.2.250.1.213.1.4.10",
  demo: "1.2.250.1.213.1.4.11",
} as const

export type FieldName =
  "birthName" | "givenNames" | "birthDate" | "sex" | "birthplace" | "matricule" | "oid" | "informedOn" | "ground"

export type Mistake = "missing" | "name" | "future" | "birthplace" | "matricule" | "key"

export type Mistakes = Partial<Record<FieldName, Mistake>>

const NAME = /^[\p{L}\p{M} '’.-]*\p{L}[\p{L}\p{M} '’.-]*$/u
const BIRTHPLACE = /^(\d\d|2[AB])\d{3}$/
const MATRICULE = /^[1-8]\d{4}(\d\d|2[AB])\d{8}$/

/** The national service answered only for these; its answer carries the number. */
export function hasMatricule(status: IdentityStatus): boolean {
  return status !== "provisional"
}

export function mistakesIn(form: OpenCircleForm, today: string): Mistakes {
  const mistakes: Mistakes = {}
  const name = (text: string) => (text.trim() === "" ? "missing" : NAME.test(text.trim()) ? undefined : "name")
  const date = (day: string | null) => (day === null ? "missing" : day > today ? "future" : undefined)
  const found: Record<FieldName, Mistake | undefined> = {
    birthName: name(form.birthName),
    givenNames: name(form.givenNames),
    birthDate: date(form.birthDate),
    sex: form.sex === null ? "missing" : undefined,
    birthplace:
      form.birthplace === "" ? "missing" : BIRTHPLACE.test(form.birthplace.toUpperCase()) ? undefined : "birthplace",
    matricule: matriculeMistake(form),
    oid: hasMatricule(form.status) && compact(form.matricule) !== "" && form.oid === "" ? "missing" : undefined,
    informedOn: date(form.informedOn),
    ground: form.ground === null ? "missing" : undefined,
  }
  for (const [field, mistake] of Object.entries(found)) {
    if (mistake !== undefined) mistakes[field as FieldName] = mistake
  }
  return mistakes
}

function matriculeMistake({ status, matricule, oid }: OpenCircleForm): Mistake | undefined {
  if (!hasMatricule(status)) return undefined
  const number = compact(matricule)
  if (number === "") return status === "validated" ? undefined : "missing"
  if (!MATRICULE.test(number)) return "matricule"
  // Test and demonstration numbers are handed out with wrong keys too.
  const real = oid === oids.nir || oid === oids.nia
  return real && !hasRightKey(number) ? "key" : undefined
}

/** The number as it is stored: 15 characters, no spaces. */
export function compact(matricule: string): string {
  return matricule.replace(/[\s\u00a0\u202f.-]/g, "").toUpperCase()
}

/** Key = 97 − (N mod 97), with 2A read as 19 and 2B as 18. */
export function hasRightKey(matricule: string): boolean {
  const number = matricule.slice(0, 13).replace("2A", "19").replace("2B", "18")
  return 97n - (BigInt(number) % 97n) === BigInt(matricule.slice(13))
}

/** `null` while something is missing or wrong. */
export function circleOf(form: OpenCircleForm, today: string): OpenCircle | null {
  const { birthDate, sex, informedOn, ground } = form
  if (Object.keys(mistakesIn(form, today)).length > 0) return null
  if (birthDate === null || sex === null || informedOn === null || ground === null) return null
  const number = hasMatricule(form.status) ? compact(form.matricule) : ""
  const provisional = form.status === "provisional"
  const patient: PatientTraits = {
    birth_name: form.birthName.trim(),
    used_name: form.usedName.trim() === "" ? null : form.usedName.trim(),
    given_names: form.givenNames.trim(),
    birth_date: birthDate,
    sex,
    birthplace: form.birthplace.toUpperCase(),
    identity_status: form.status,
    attributes: form.attributes.filter((attribute) => provisional || attribute === "homonym"),
    matricule: number === "" ? null : number,
    oid: number === "" ? null : form.oid,
  }
  return { patient, informedOn, ground }
}
