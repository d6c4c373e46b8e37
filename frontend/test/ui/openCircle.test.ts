import { expect, test } from "vitest"
import { INS_NUMBERS as oids, type DatamatrixTraits } from "../../src/core/index.ts"
import { circleOf, emptyForm, mistakesIn, type OpenCircleForm } from "../../src/features/circles/openCircleForm.ts"
import {
  hasRightKey,
  searched,
  withDocument,
  withFound,
  withScanned,
} from "../../src/features/identity/identityForm.ts"

const TODAY = "2025-11-27"

const whole: OpenCircleForm = {
  ...emptyForm,
  birthName: "Aubertin",
  givenNames: "Jeanne",
  birthDate: "1941-03-12",
  sex: "F",
  birthplace: "63113",
  informedOn: "2025-11-25",
  ground: "formal_team",
}

test("a provisional identity needs no number", () => {
  expect(mistakesIn(whole, TODAY)).toEqual({})
  expect(circleOf(whole, TODAY)).toMatchObject({
    informedOn: "2025-11-25",
    ground: "formal_team",
    patient: { birth_name: "Aubertin", matricule: null, oid: null },
  })
})

test("an empty form is wrong in every field that is needed", () => {
  expect(Object.keys(mistakesIn(emptyForm, TODAY)).sort()).toEqual([
    "birthDate",
    "birthName",
    "birthplace",
    "givenNames",
    "ground",
    "informedOn",
    "sex",
  ])
  expect(circleOf(emptyForm, TODAY)).toBeNull()
})

test.each([
  ["a name of digits", { birthName: "123" }, { birthName: "name" }],
  ["a birth to come", { birthDate: "2025-11-28" }, { birthDate: "future" }],
  ["information to come", { informedOn: "2025-11-28" }, { informedOn: "future" }],
  ["a postcode with four digits", { birthplace: "6311" }, { birthplace: "birthplace" }],
  ["a qualified identity without its number", { status: "qualified", document: "passport" }, { matricule: "missing" }],
  [
    "a number without its kind",
    { status: "validated", matricule: "241036311305638", document: "passport" },
    { oid: "missing" },
  ],
  [
    "a number of another length",
    { status: "qualified", document: "passport", matricule: "2410363113056", oid: oids.nir },
    { matricule: "matricule" },
  ],
  [
    "a real number with a wrong key",
    { status: "qualified", document: "passport", matricule: "2 41 03 63 113 056 01", oid: oids.nir },
    { matricule: "key" },
  ],
  ["a validated identity without its document", { status: "validated" }, { document: "document" }],
] as const)("%s is refused", (_, change, mistakes) => {
  expect(mistakesIn({ ...whole, ...change }, TODAY)).toEqual(mistakes)
})

test("test and demonstration numbers may have a wrong key", () => {
  const form: OpenCircleForm = {
    ...whole,
    status: "qualified",
    document: "passport",
    matricule: "2 41 03 63 113 056 01",
    oid: oids.demo,
  }
  expect(mistakesIn(form, TODAY)).toEqual({})
  expect(circleOf(form, TODAY)?.patient.matricule).toBe("241036311305601")
})

test("the key counts Corsica as the rule says", () => {
  const number = "154082A004012"
  const key = 97n - (BigInt(number.replace("2A", "19")) % 97n)
  expect(hasRightKey(number + String(key).padStart(2, "0"))).toBe(true)
})

test("doubtful and fictive go with a provisional identity only", () => {
  const form: OpenCircleForm = {
    ...whole,
    status: "validated",
    document: "identity_card",
    attributes: ["homonym", "doubtful"],
  }
  expect(circleOf(form, TODAY)?.patient.attributes).toEqual(["homonym"])
})

test("a number typed before the status went back to provisional is not sent", () => {
  const form: OpenCircleForm = { ...whole, matricule: "241036311305638", oid: oids.nir }
  expect(circleOf(form, TODAY)?.patient).toMatchObject({ matricule: null, oid: null })
})

const scanned: DatamatrixTraits = {
  birth_name: "AUBERTIN",
  given_names: "JEANNE MARIE",
  birth_date: "1941-03-12",
  sex: "F",
  birthplace: "63113",
  matricule: "241036311305667",
  oid: oids.demo,
}

test("a scanned code fills the traits and vouches for nothing", () => {
  const form = withScanned(emptyForm, scanned)
  expect(form).toMatchObject({ birthName: "AUBERTIN", sex: "F", matricule: scanned.matricule, status: "provisional" })
  expect(searched(form, TODAY)).toMatchObject({ matricule: scanned.matricule, identity_status: "provisional" })
})

test("what the national service answered is retrieved, and qualified with a document", () => {
  expect(withFound(emptyForm, scanned).status).toBe("retrieved")
  expect(withFound(withDocument(emptyForm, "passport"), scanned).status).toBe("qualified")
  expect(withDocument(withFound(emptyForm, scanned), "passport").status).toBe("qualified")
  expect(withDocument(withFound(withDocument(emptyForm, "passport"), scanned), null).status).toBe("retrieved")
  expect(withDocument(withDocument(emptyForm, "passport"), null).status).toBe("provisional")
})

test("a patient is searched by the traits, and by a number whose key is right", () => {
  expect(searched(emptyForm, TODAY)).toBeNull()
  const wrong = withScanned(emptyForm, { ...scanned, matricule: "241036311305601" })
  expect(searched(wrong, TODAY)).toMatchObject({ matricule: null, oid: null })
  const doubted = { ...withScanned(emptyForm, scanned), attributes: ["homonym", "doubtful"] as const }
  expect(searched(doubted, TODAY)?.attributes).toEqual(["homonym"])
})
