/**
 * Writes tests/vectors/mls/*.json, for `python -m chat.mls.vectors tests/vectors/mls`:
 *
 *     node test/vectors/mls/generate.ts
 *
 * Everything comes from fixed seeds; a test fails when the files are not what this writes.
 */
import { writeFile } from "node:fs/promises"
import { circleLife } from "./circles.ts"
import { groupLife } from "./groups.ts"
import { HOSTILE } from "./hostile/index.ts"
import { groupInfoVectors } from "./infos.ts"
import { Turns, type Lived } from "./life.ts"
import { seededSuite } from "./seeded.ts"
import { treeVector } from "./trees.ts"

export const FOLDER = new URL("../../../../tests/vectors/mls/", import.meta.url)

export async function mlsVectors(): Promise<Readonly<Record<string, readonly object[]>>> {
  const turns = new Turns()
  const circles: Lived[] = []
  for (const [number, name] of ["one", "two", "three"].entries()) {
    circles.push(await circleLife(`circle ${name}`, number + 1, 24, turns))
  }
  const groups = [await groupLife("a group", 1, 7, 16, turns), await groupLife("a group of suite 3", 3, 8, 16, turns)]
  const missing = HOSTILE.filter(({ reason }) => !turns.used.has(reason))
  if (missing.length > 0) throw new Error(`never made: ${missing.map(({ reason }) => reason).join(", ")}`)

  const cs = await seededSuite(1, "infos")
  const [one] = circles
  const shower = one?.members[0]
  const before = one?.states.at(-2)
  if (shower === undefined || before === undefined) throw new TypeError("a life ends with a member")
  const trees = [...circles, ...groups].flatMap(({ states }) => states.filter((_state, step) => step % 4 === 3))
  return {
    "circle-lives": circles.map(({ life }) => life),
    "group-lives": groups.map(({ life }) => life),
    "group-infos": await groupInfoVectors(shower, before, cs),
    "tree-validation": await Promise.all(trees.map((state) => treeVector(state, cs))),
  }
}

/** One entry a line. */
export function asText(entries: readonly object[]): string {
  return `[\n${entries.map((entry) => JSON.stringify(entry)).join(",\n")}\n]\n`
}

if (import.meta.main) {
  for (const [name, entries] of Object.entries(await mlsVectors())) {
    await writeFile(new URL(`${name}.json`, FOLDER), asText(entries))
  }
}
