/** How far each circle was confirmed, in the vault: gathered, written seldom, never lower. */
import { beforeEach, expect, test } from "vitest"
import { asId, type CircleId } from "../../src/core/ids.ts"
import type { Mark, VaultContent } from "../../src/core/vault/content.ts"
import { Marks } from "../../src/core/vault/marks.ts"
import type { Edit, Vault } from "../../src/core/vault/vault.ts"
import { camille, seeded } from "../vectors/cast.ts"

const circle = asId<CircleId>("019386c5-6d00-7a01-8009-000000000001")
const at = (epoch: number, n = epoch): Mark => ({ epoch, n, confirmed: seeded(`confirmed ${String(epoch)}`) })

let content: VaultContent
let writes: number
let offline: boolean
let later: (() => void)[]
let marks: Marks

beforeEach(() => {
  content = {
    identity: camille.identityPrivateKey,
    history: camille.historyPrivateKey,
    olderHistories: [],
    circles: new Map(),
    stewards: new Map(),
    unlockers: new Map(),
    verified: new Map(),
    keyLog: null,
  }
  writes = 0
  offline = false
  later = []
  const vault = {
    get content() {
      return content
    },
    change(edit: Edit) {
      if (offline) return Promise.reject(new Error("offline"))
      const edited = edit(content)
      if (edited !== content) writes += 1
      content = edited
      return Promise.resolve()
    },
  } as unknown as Vault
  const clock = {
    after: (_ms: number, run: () => void) => {
      later.push(run)
      return () => later.splice(later.indexOf(run), 1)
    },
  }
  marks = new Marks(vault, clock, () => undefined)
})

test("many marks are one write", async () => {
  for (let epoch = 1; epoch <= 9; epoch += 1) marks.setMark(circle, at(epoch))
  expect(marks.markOf(circle)).toEqual(at(9))
  expect([writes, later.length]).toEqual([0, 1])
  later.pop()?.()
  await expect.poll(() => writes).toBe(1)
  expect(content.circles.get(circle)).toEqual(at(9))
  await marks.flush()
  expect(writes).toBe(1)
})

test("a mark is never written lower, nor under what another device wrote meanwhile", async () => {
  marks.setMark(circle, at(5))
  marks.setMark(circle, at(4))
  marks.setMark(circle, at(6, 2))
  expect(marks.markOf(circle)).toEqual(at(5))
  content = { ...content, circles: new Map([[circle, at(7)]]) }
  await marks.flush()
  expect([writes, marks.markOf(circle)]).toEqual([0, at(7)])
})

test("nothing is written any more once the device is another tab's", () => {
  marks.setMark(circle, at(3))
  marks.stop()
  marks.setMark(circle, at(4))
  expect([later.length, marks.markOf(circle)]).toEqual([0, undefined])
})

test("what could not be written waits for the next time", async () => {
  offline = true
  marks.setMark(circle, at(3))
  await expect(marks.flush()).rejects.toThrow()
  offline = false
  await marks.flush()
  expect(content.circles.get(circle)).toEqual(at(3))
})
