import { expect, test } from "vitest"
import { periodOf } from "../../src/features/people/periods.ts"
import { periods } from "../fixtures/circles.ts"

process.env["TZ"] = "Europe/Paris"

const [first, ...later] = periods
if (first === undefined) throw new Error("no periods")

test.each([
  ["2025-09-01", 0],
  ["2025-10-10", 0],
  ["2025-10-11", 1],
  ["2025-11-26", 2],
  ["2025-11-27", 3],
])("from %s nothing is missing with period %i", (day, epoch) => {
  expect(periodOf([first, ...later], day).epoch).toBe(epoch)
})
