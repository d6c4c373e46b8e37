import { describe, expect, test } from "vitest"
import { forServer, later, readAsked, writeAsked } from "../../src/features/trail/filters.ts"
import { columnsOf, topOf } from "../../src/features/trail/plot.ts"
import { journalRows } from "../../src/features/trail/rows.ts"
import { events } from "../fixtures/trail.ts"

process.env["TZ"] = "Europe/Paris"
const newestFirst = [...events].reverse()

describe("rows of the journal", () => {
  const rows = journalRows(newestFirst, new Set())
  test("begin with their day, and keep what is rare apart", () => {
    expect(rows[0]).toMatchObject({ kind: "day", day: "2025-11-27" })
    expect(rows.filter(({ kind }) => kind === "event")).toHaveLength(7)
  })
  test("put what happens all day long together", () => {
    expect(rows.flatMap((row) => (row.kind === "group" ? [row.events.length] : []))).toEqual([7])
  })
  test("show all of it once unfolded, and still say that it belongs together", () => {
    const key = rows.find(({ kind }) => kind === "group")?.key ?? ""
    expect(journalRows(newestFirst, new Set([key]))).toHaveLength(rows.length + 7)
  })
  test("put the same refusals of one person together, and no others", () => {
    const refusal = events.find(({ out }) => out !== 0) ?? expect.unreachable()
    const others = { ...refusal, who: null }
    const [, first, ...rest] = journalRows([refusal, refusal, refusal, others], new Set())
    expect([first?.kind, rest.map(({ kind }) => kind)]).toEqual(["group", ["event"]])
  })
})

describe("what is asked", () => {
  const read = (query: string) => readAsked(new URLSearchParams(query), "2025-11-27")
  test("is a month when nothing was said", () => {
    expect(read("")).toMatchObject({ from: "2025-10-29", to: "2025-11-27", groups: [], out: null })
  })
  test.each([
    "all=1",
    "from=2025-11-01&to=2025-11-03&group=reading&group=file&out=refused&code=P-71KD4&who=x&day=2025-11-02",
  ])("comes back from its address: %s", (query) => {
    expect(read(writeAsked(read(query)).toString())).toEqual(read(query))
  })
  test("passes over what is no day, no group and no code", () => {
    expect(read("from=yesterday&group=gossip&code=Jeanne&out=maybe")).toMatchObject({
      from: null,
      groups: [],
      codes: [],
      out: null,
    })
  })
  test("becomes instants of the reader's days, of the chosen one alone for the list", () => {
    const asked = read("from=2025-11-01&to=2025-11-03&day=2025-11-02")
    expect(forServer(asked, false)).toEqual({ from: "2025-10-31T23:00:00.000Z", to: "2025-11-03T23:00:00.000Z" })
    expect(forServer(asked, true)).toEqual({ from: "2025-11-01T23:00:00.000Z", to: "2025-11-02T23:00:00.000Z" })
  })
  test("counts days across months and clock changes", () => {
    expect([later("2025-10-25", 2), later("2025-03-01", -1)]).toEqual(["2025-10-27", "2025-02-28"])
  })
})

describe("the plot", () => {
  const day = (number: number, done: number) => ({ day: `2025-11-0${String(number)}`, done, refused: 0 })
  test("has a column for every day of the period, also empty ones", () => {
    const facets = { groups: {}, outcomes: { done: 3, refused: 0 }, organisations: [], per: "day" } as const
    const columns = columnsOf({ ...facets, days: [day(2, 1), day(4, 2)] }, { from: "2025-11-01", to: "2025-11-05" })
    expect(columns.map(({ done }) => done)).toEqual([0, 1, 0, 2, 0])
  })
  test.each([
    [0, 3],
    [7, 9],
    [78, 90],
    [1204, 1500],
  ])("holds %i below %i", (most, top) => {
    expect(topOf([day(1, most)])).toBe(top)
  })
})
