import { readFileSync, readdirSync } from "node:fs"
import { expect, test, describe } from "vitest"

interface Words {
  readonly [key: string]: string | Words
}

const folder = new URL("../../src/locales/", import.meta.url)

function read(language: string, file: string): Words {
  return JSON.parse(readFileSync(new URL(`${language}/${file}`, folder), "utf8")) as Words
}

function flat(words: Words, before = ""): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(words)) {
    if (typeof value === "string") all.set(before + key, value)
    else for (const [inner, text] of flat(value, `${before}${key}.`)) all.set(inner, text)
  }
  return all
}

function variables(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((found) => found[1] ?? "").sort()
}

const files = readdirSync(new URL("fr/", folder))

test("both languages have the same files", () => {
  expect(readdirSync(new URL("en/", folder))).toEqual(files)
})

describe.each(files)("%s", (file) => {
  const french = flat(read("fr", file))
  const english = flat(read("en", file))

  test("has every key in both languages", () => {
    expect([...english.keys()].sort()).toEqual([...french.keys()].sort())
  })

  test("has no empty words", () => {
    expect([...french, ...english].filter(([, text]) => text.trim() === "")).toEqual([])
  })

  test("says the same values in both languages", () => {
    // A language may leave out a count, or a word that it does not inflect.
    const unknown = [...english].flatMap(([key, text]) =>
      variables(text).filter((name) => !variables(french.get(key) ?? "").includes(name) && name !== "count"),
    )
    expect(unknown).toEqual([])
  })

  test("has both forms of every count", () => {
    const counted = [...french.keys()].filter((key) => key.endsWith("_one"))
    expect(counted.filter((key) => !french.has(key.replace(/_one$/, "_other")))).toEqual([])
  })

  test("keeps French punctuation with its word", () => {
    const loose = [...french].filter(
      ([, text]) =>
        / [:;?!»%]/.test(text) || text.includes("« ") || /[^\s\u00a0][;?!»]/.test(text.replace(/\{\{.*?\}\}/g, "x")),
    )
    expect(loose).toEqual([])
  })

  test("uses real apostrophes, and no exclamation mark", () => {
    expect([...french].filter(([, text]) => text.includes("'") || text.includes("!"))).toEqual([])
  })
})

test("every code of a refusal has words", () => {
  const { refusal } = read("fr", "chat.json") as { refusal: { what: Words } }
  const model = readFileSync(new URL("../core/refusal.ts", folder), "utf8")
  const codes = [...model.matchAll(/^ {2}"(\w+)",/gm)].map((found) => found[1] ?? "")
  expect(codes.length).toBeGreaterThan(5)
  expect(codes.filter((code) => !(code in refusal.what))).toEqual([])
})
