/** tests/vectors/mls, which Python reads, is what this library makes; each hostile message in it is refused here too. */
import { readFile } from "node:fs/promises"
import { expect, test } from "vitest"
import { asText, FOLDER, mlsVectors } from "../vectors/mls/generate.ts"

test("the files are what the generator writes, which writes nothing hostile that a member takes", async () => {
  for (const [name, entries] of Object.entries(await mlsVectors())) {
    const onDisk = await readFile(new URL(`${name}.json`, FOLDER), "utf-8")
    expect(onDisk === asText(entries), `${name}.json; run: node test/vectors/mls/generate.ts`).toBe(true)
  }
}, 120_000)
