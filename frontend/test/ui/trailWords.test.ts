import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import english from "../../src/locales/en/acts.json"
import french from "../../src/locales/fr/acts.json"
import trail from "../../src/locales/fr/trail.json"

const docs = readFileSync(new URL("../../../docs/audit.md", import.meta.url), "utf8")
const acts = [...docs.matchAll(/^\| `([a-z]+\.[a-z]+)` \|/gm)].map((found) => found[1] ?? "")
const objects = /^Objects: (.*)\.$/m.exec(docs)?.[1]?.match(/\w+/g) ?? []

const worded = (words: Record<string, Record<string, unknown>>) =>
  Object.entries(words).flatMap(([subject, verbs]) => Object.keys(verbs).map((verb) => `${subject}.${verb}`))

// The rows of the table are acts; docs/audit.md also lists the files of an export, whose names have a dot.
const FILES = /\.(json|ndjson)$/

test("every act of the trail is worded, in both languages, and nothing else", () => {
  const listed = acts.filter((act) => !FILES.test(act)).sort()
  expect(listed.length).toBeGreaterThan(130)
  expect(worded(french.acts).sort()).toEqual(listed)
  expect(worded(english.acts).sort()).toEqual(listed)
})

test("every act has its name, and a sentence that begins with who acts", () => {
  type Said = Record<string, Record<string, { name: string; said: string }>>
  const all = [french.acts, english.acts].flatMap((words: Said) =>
    Object.values(words).flatMap((verbs) => Object.values(verbs)),
  )
  expect(all.filter(({ name, said }) => name === "" || !said.startsWith("<b>{{who}}</b> "))).toEqual([])
})

test("every kind of object is worded", () => {
  expect(objects.filter((type) => !Object.hasOwn(trail.objects, type))).toEqual([])
})

test("purposes of use are those of the trail", () => {
  const events = readFileSync(new URL("../../../audit/events.py", import.meta.url), "utf8")
  const purposes = /PURPOSES: Final = frozenset\(\{(.*)\}\)/.exec(events)?.[1]?.match(/\w+/g) ?? []
  expect(Object.keys(trail.purposes).sort()).toEqual([...purposes].sort())
})

test("professions are those of the directory", () => {
  const directory = readFileSync(new URL("../../../directory/professions.py", import.meta.url), "utf8")
  const codes = [...directory.matchAll(/^ {8}\(\w+, "(\d+)"\):/gm)].map((found) => found[1] ?? "")
  expect(Object.keys(trail.roles).sort()).toEqual([...new Set(codes)].sort())
})
