/** What a circle holds in memory: long, never changed in place, and cheap to add to. */
import { expect, test } from "vitest"
import type { ItemRecord } from "../../src/core/circle/items.ts"
import { ItemRun } from "../../src/core/circle/run.ts"

const item = (seq: number): ItemRecord => ({ seq, at: "", hash: new Uint8Array(32), entries: [] })
const items = (from: number, to: number): ItemRecord[] =>
  Array.from({ length: to - from + 1 }, (_, index) => item(from + index))
const seqs = (run: ItemRun): number[] => [...run].map(({ seq }) => seq)

test("the next item of ten thousand copies one chunk, and nothing that was there changes", () => {
  const before = ItemRun.of(items(1, 10_000))
  const after = before.with(item(10_001))
  expect(before.last?.seq).toBe(10_000)
  expect(after.last?.seq).toBe(10_001)
  const shared = after.chunks.filter((chunk) => before.chunks.includes(chunk))
  expect(shared.length).toBe(before.chunks.length - 1)
  expect(after.at(10_001)?.seq).toBe(10_001)
})

test("an item in another form takes its place; one that is neither here nor next is no item of the run", () => {
  const run = ItemRun.of(items(5, 400))
  const other = { ...item(200), at: "later" }
  expect(run.with(other).at(200)).toBe(other)
  expect(run.at(200)?.at).toBe("")
  expect(() => run.with(item(402))).toThrow(RangeError)
  expect(() => run.with(item(4))).toThrow(RangeError)
})

test("older items go before, and all are in order both ways", () => {
  const run = ItemRun.EMPTY.with(item(300)).after(items(100, 299)).after(items(0, 99)).with(item(301))
  expect(seqs(run)).toEqual(items(0, 301).map(({ seq }) => seq))
  expect([...run.backwards()].map(({ seq }) => seq)).toEqual(seqs(run).toReversed())
  expect([0, 99, 100, 301].map((seq) => run.at(seq)?.seq)).toEqual([0, 99, 100, 301])
  expect(run.at(302)).toBeUndefined()
})
