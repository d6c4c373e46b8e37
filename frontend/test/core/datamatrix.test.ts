/** The INS datamatrix: written as the specification says, read back from scanners, pastes and another's drawing. */
import {
  BarcodeFormat,
  BinaryBitmap,
  DataMatrixReader,
  DataMatrixWriter,
  EncodeHintType,
  HybridBinarizer,
  RGBLuminanceSource,
} from "@zxing/library"
import bwip from "bwip-js/node"
import { describe, expect, test } from "vitest"
import { datamatrixOf, readDatamatrix, type DatamatrixTraits } from "../../src/core/identity/datamatrix.ts"

const GS = "\u001d"

const jeanne: DatamatrixTraits = {
  birth_name: "AUBERTIN",
  given_names: "JEANNE MARIE",
  birth_date: "1941-03-12",
  sex: "F",
  birthplace: "38421",
  matricule: "241033842105638",
  oid: "1.2.250.1.213.1.4.11",
}

const written =
  "IS010000000000000000000000" +
  "S1241033842105638" +
  "S21.2.250.1.213.1.4.11" +
  `S3JEANNE MARIE${GS}` +
  `S4AUBERTIN${GS}` +
  "S5F" +
  "S612-03-1941" +
  "S738421"

test("an identity is written block by block, GS after what is shorter than it may be", () => {
  expect(datamatrixOf(jeanne)).toBe(written)
  // An OID of 19 characters may be 20 long; a name of 100 may not be longer.
  expect(datamatrixOf({ ...jeanne, oid: "1.2.250.1.213.1.4.8" })).toContain(`S21.2.250.1.213.1.4.8${GS}S3`)
  expect(datamatrixOf({ ...jeanne, birth_name: "A".repeat(100) })).toContain(`${"A".repeat(100)}S5F`)
})

test("names are written in the alphabet of the code", () => {
  expect(datamatrixOf({ ...jeanne, birth_name: "Lœb-d’Épinay", given_names: "Élodie" })).toContain(
    `S3ELODIE${GS}S4LOEB-D'EPINAY${GS}`,
  )
})

test.each([
  ["of no determined sex", { sex: "I" }],
  ["of another alphabet", { birth_name: "Łukasz" }],
  ["too long", { birth_name: "A".repeat(101) }],
  ["without its whole number", { matricule: "2410338421056" }],
] as const)("an identity %s has no code", (_, change) => {
  expect(datamatrixOf({ ...jeanne, ...change })).toBeNull()
})

describe("reading", () => {
  test("gives back what was written", () => {
    expect(readDatamatrix(written)).toEqual(jeanne)
  })

  test.each([
    ["lost", ""],
    ["written as a symbol", "\u241d"],
    ["written in words", "<GS>"],
    ["sent as a caret", "^]"],
  ])("survives a scanner by which GS is %s", (_, instead) => {
    expect(readDatamatrix(`  ${written.replaceAll(GS, instead)}\r\n`)).toEqual(jeanne)
  })

  test("takes blocks in any order, and a birth without a place", () => {
    const other = `IS010000000000000000000000S1241033842105638S5FS612-03-1941S4AUBERTIN${GS}S21.2.250.1.213.1.4.11S3JEANNE MARIE`
    expect(readDatamatrix(other)).toEqual({ ...jeanne, birthplace: "99999" })
  })

  test.each([
    ["nothing", ""],
    ["another code", "DC04FR0000011E581E58B201FRF0JEANNE"],
    ["the header alone", "IS010000000000000000000000"],
    ["a code cut short", written.slice(0, -30)],
    ["a block twice", `${written}S5F`],
    ["an unknown block", `${written}S8X`],
    ["a number with a letter too many", written.replace("S1241033842105638", "S12410338421056XX")],
    ["an OID of somebody else", written.replace("1.2.250.1.213.1.4.11", "1.2.250.1.213.1.4.12")],
    ["a day that is none", written.replace("12-03-1941", "31-02-1941")],
    ["a sex that is none", written.replace("S5F", "S5X")],
    ["a name with markup", written.replace("AUBERTIN", "AUBERTIN<b>")],
    ["a place that is none", written.replace("S738421", "S73842A")],
  ])("refuses %s", (_, text) => {
    expect(readDatamatrix(text)).toBeNull()
  })
})

interface Code {
  readonly size: number
  readonly isDark: (x: number, y: number) => boolean
}

/** As a camera sees it: four pixels a module, a quiet zone. */
function photographed({ size, isDark }: Code): string {
  const width = (size + 8) * 4
  const grey = new Uint8ClampedArray(width * width).fill(255)
  for (let y = 0; y < size * 4; y++) {
    for (let x = 0; x < size * 4; x++) if (isDark(x >> 2, y >> 2)) grey[(y + 16) * width + x + 16] = 0
  }
  const source = new RGBLuminanceSource(grey, width, width)
  return new DataMatrixReader().decode(new BinaryBitmap(new HybridBinarizer(source))).getText()
}

test("what is drawn is read again", () => {
  const code = new DataMatrixWriter().encode(
    written,
    BarcodeFormat.DATA_MATRIX,
    0,
    0,
    new Map([[EncodeHintType.DATA_MATRIX_SHAPE, 1]]),
  )
  expect(code.getWidth()).toBe(code.getHeight())
  expect(photographed({ size: code.getWidth(), isDark: (x, y) => code.get(x, y) })).toBe(written)
})

test("what another program drew is read", () => {
  const [code] = bwip.raw({ bcid: "datamatrix", text: written.replaceAll(GS, "^029"), parse: true }) as unknown as {
    pixs: number[]
    pixx: number
  }[]
  if (code === undefined) expect.unreachable()
  const isDark = (x: number, y: number) => code.pixs[y * code.pixx + x] === 1
  expect(readDatamatrix(photographed({ size: code.pixx, isDark }))).toEqual(jeanne)
})
