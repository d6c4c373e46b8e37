/**
 * What is typed of a patient's identity, and what is still wrong with it. Pure; the server checks the same again and
 * has the last word (circles/ins.py), this file only says it field by field while one types.
 */
import {
  INS_NUMBERS,
  type DatamatrixTraits,
  type FoundIdentity,
  type IdentityAttribute,
  type IdentityDocument,
  type IdentityStatus,
  type PatientIdentity,
  type PatientTraits,
  type Sex,
} from "../../core/index.ts"

export interface IdentityForm {
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
  readonly document: IdentityDocument | null
  /** The server has a number that is left as it is; the field for another one is not shown. */
  readonly keepsNumber: boolean
}

export const emptyIdentity: IdentityForm = {
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
  document: null,
  keepsNumber: false,
}

export type IdentityField =
  "birthName" | "givenNames" | "birthDate" | "sex" | "birthplace" | "matricule" | "oid" | "document"

export type Mistake = "missing" | "name" | "future" | "birthplace" | "matricule" | "key" | "document"

export type IdentityMistakes = Partial<Record<IdentityField, Mistake>>

const NAME = /^[\p{L}\p{M} '’.-]*\p{L}[\p{L}\p{M} '’.-]*$/u
const BIRTHPLACE = /^(\d\d|2[AB])\d{3}$/
const MATRICULE = /^[1-8]\d{4}(\d\d|2[AB])\d{8}$/

/** The national service answered only for these; its answer carries the number. */
export function hasMatricule(status: IdentityStatus): boolean {
  return status !== "provisional"
}

/** Somebody has looked at a document. */
export function isValidated(status: IdentityStatus): boolean {
  return status === "validated" || status === "qualified"
}

/** `documentKnown`: the identity was validated before, and nothing that the document says has changed. */
export function identityMistakes(form: IdentityForm, today: string, documentKnown = false): IdentityMistakes {
  const name = (text: string) => (text.trim() === "" ? "missing" : NAME.test(text.trim()) ? undefined : "name")
  return withoutNothing({
    birthName: name(form.birthName),
    givenNames: name(form.givenNames),
    birthDate: dateMistake(form.birthDate, today),
    sex: form.sex === null ? "missing" : undefined,
    birthplace:
      form.birthplace === "" ? "missing" : BIRTHPLACE.test(form.birthplace.toUpperCase()) ? undefined : "birthplace",
    matricule: matriculeMistake(form),
    oid:
      hasMatricule(form.status) && !form.keepsNumber && compact(form.matricule) !== "" && form.oid === ""
        ? "missing"
        : undefined,
    document: isValidated(form.status) && form.document === null && !documentKnown ? "document" : undefined,
  })
}

export function dateMistake(day: string | null, today: string): Mistake | undefined {
  return day === null ? "missing" : day > today ? "future" : undefined
}

export function withoutNothing<Name extends string>(
  found: Record<Name, Mistake | undefined>,
): Partial<Record<Name, Mistake>> {
  const mistakes: Partial<Record<Name, Mistake>> = {}
  for (const name of Object.keys(found) as Name[]) {
    const mistake = found[name]
    if (mistake !== undefined) mistakes[name] = mistake
  }
  return mistakes
}

function matriculeMistake({ status, matricule, oid, keepsNumber }: IdentityForm): Mistake | undefined {
  if (!hasMatricule(status) || keepsNumber) return undefined
  const number = compact(matricule)
  if (number === "") return status === "validated" ? undefined : "missing"
  if (!MATRICULE.test(number)) return "matricule"
  // Test and demonstration numbers are handed out with wrong keys too.
  const real = oid === INS_NUMBERS.nir || oid === INS_NUMBERS.nia
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

/** `null` while a trait without which nobody is named is missing or wrong. */
export function traitsOf(form: IdentityForm, today: string): PatientTraits | null {
  const { birthDate, sex } = form
  const { birthName, givenNames, birthDate: date, sex: noSex, birthplace } = identityMistakes(form, today)
  if ([birthName, givenNames, date, noSex, birthplace].some((mistake) => mistake !== undefined)) return null
  if (birthDate === null || sex === null) return null
  const number = hasMatricule(form.status) && !form.keepsNumber ? compact(form.matricule) : ""
  const provisional = form.status === "provisional"
  return {
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
    document: isValidated(form.status) ? form.document : null,
  }
}

/** The same person, as one asks whether there is a circle: what makes a status is left out, a right number is not. */
export function searched(form: IdentityForm, today: string): PatientTraits | null {
  const plain = traitsOf({ ...form, status: "provisional", attributes: form.attributes.filter(isHomonym) }, today)
  const number = compact(form.matricule)
  const numbered = MATRICULE.test(number) && hasRightKey(number) && form.oid !== ""
  return plain === null || !numbered ? plain : { ...plain, matricule: number, oid: form.oid }
}

function isHomonym(attribute: IdentityAttribute): boolean {
  return attribute === "homonym"
}

export function formOf(identity: PatientIdentity): IdentityForm {
  return {
    birthName: identity.birth_name,
    usedName: identity.used_name ?? "",
    givenNames: identity.given_names,
    birthDate: identity.birth_date,
    sex: identity.sex,
    birthplace: identity.birthplace,
    status: identity.identity_status,
    attributes: identity.attributes,
    matricule: "",
    oid: "",
    document: identity.document,
    keepsNumber: identity.numbered,
  }
}

/** Nobody has vouched for what a code says: the number comes with it, the status does not change. */
export function withScanned(form: IdentityForm, traits: DatamatrixTraits): IdentityForm {
  return { ...form, ...strictTraits(traits) }
}

/** The national service has answered: retrieved, and qualified when a document has been looked at. */
export function withFound(form: IdentityForm, found: FoundIdentity): IdentityForm {
  const status = form.document === null ? "retrieved" : "qualified"
  return { ...form, ...strictTraits(found), status, attributes: form.attributes.filter(isHomonym) }
}

/** A document that was looked at validates; one that was not looked at after all does not. */
export function withDocument(form: IdentityForm, document: IdentityDocument | null): IdentityForm {
  const answered = form.status === "retrieved" || form.status === "qualified"
  if (document === null) return { ...form, document, status: answered ? "retrieved" : "provisional" }
  return {
    ...form,
    document,
    status: answered ? "qualified" : "validated",
    attributes: form.attributes.filter(isHomonym),
  }
}

function strictTraits(traits: DatamatrixTraits | FoundIdentity): Partial<IdentityForm> {
  return {
    birthName: traits.birth_name,
    givenNames: traits.given_names,
    birthDate: traits.birth_date,
    sex: traits.sex,
    birthplace: traits.birthplace,
    matricule: traits.matricule,
    oid: traits.oid,
    keepsNumber: false,
  }
}
