import { expect, test } from "vitest"
import vectors from "../../../tests/vectors/codes.json"
import { deviceCode, readCode, subjectCode, type SubjectKind } from "../../src/features/trail/code.ts"

test.each(vectors.subjects)("$kind $id is $code", ({ code, id, kind }) => {
  expect(subjectCode(kind as SubjectKind, id)).toBe(code)
})

test.each(vectors.devices)("device $id is $code", ({ code, id }) => {
  expect(deviceCode(id)).toBe(code)
})

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

test.each(vectors.typed)("typed “$text”", ({ reads, text }) => {
  const read = readCode(text)
  const bits = Array.from(read?.code.slice(2) ?? "").reduce((value, each) => value * 32 + ALPHABET.indexOf(each), 0)
  expect(read && { letter: read.letter, bits }).toEqual(reads)
})
