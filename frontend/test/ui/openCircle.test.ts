import { expect, test } from "vitest"
import {
  circleOf,
  emptyForm,
  hasRightKey,
  mistakesIn,
  oids,
  type OpenCircleForm,
} from "../../src/features/circles/openCircleForm.ts"

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
  ["a qualified identity without its number", { status: "qualified" }, { matricule: "missing" }],
  ["a number without its kind", { status: "validated", matricule: "241036311305638" }, { oid: "missing" }],
  [
    "a number of another length",
    { status: "qualified", matricule: "2410363113056", oid: oids.nir },
    { matricule: "matricule" },
  ],
  [
    "a real number with a wrong key",
    { status: "qualified", matricule: "2 41 03 63 113 056 01", oid: oids.nir },
    { matricule: "key" },
  ],
] as const)("%s is refused", (_, change, mistakes) => {
  expect(mistakesIn({ ...whole, ...change }, TODAY)).toEqual(mistakes)
})

test("test and demonstration numbers may have a wrong key", () => {
  const form: OpenCircleForm = { ...whole, status: "qualified", matricule: "2 41 03 63 113 056 01", oid: oids.demo }
  expect(mistakesIn(form, TODAY)).toEqual({})
  expect(circleOf(form, TODAY)?.patient.matricule).toBe("241036311305601")
})

test("the key counts Corsica as the rule says", () => {
  const number = "154082A004012"
  const key = 97n - (BigInt(number.replace("2A", "19")) % 97n)
  expect(hasRightKey(number + String(key).padStart(2, "0"))).toBe(true)
})

test("doubtful and fictive go with a provisional identity only", () => {
  const form: OpenCircleForm = { ...whole, status: "validated", attributes: ["homonym", "doubtful"] }
  expect(circleOf(form, TODAY)?.patient.attributes).toEqual(["homonym"])
})

test("a number typed before the status went back to provisional is not sent", () => {
  const form: OpenCircleForm = { ...whole, matricule: "241036311305638", oid: oids.nir }
  expect(circleOf(form, TODAY)?.patient).toMatchObject({ matricule: null, oid: null })
})
