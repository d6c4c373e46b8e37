/** The browser's storage on fake-indexeddb: whole transactions, and nothing readable in the database. */
import "fake-indexeddb/auto"
import { openDB } from "idb"
import { expect, test } from "vitest"
import { hpkeSeal } from "../../src/core/mls/group.ts"
import { TABLES } from "../../src/core/store/storage.ts"
import { openProfile } from "../../src/platform/indexeddb.ts"

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : new TextDecoder().decode(value)
let people = 0
const someone = (): string => `test-${String((people += 1))}`

test("keeps, lists in order, deletes", async () => {
  const { storage } = await openProfile(someone())
  await storage.write([
    { table: "items", key: "a/2", value: bytes("two") },
    { table: "items", key: "a/1", value: bytes("one") },
    { table: "items", key: "ab/1", value: bytes("other") },
    { table: "outbox", key: "a/1", value: bytes("out") },
  ])
  const listed = (await storage.list("items", "a/")).map(([key, value]) => [key, text(value)])
  expect(listed).toEqual([
    ["a/1", "one"],
    ["a/2", "two"],
  ])
  await storage.write([{ table: "items", key: "a/1", value: null }])
  expect(await storage.get("items", "a/1")).toBeUndefined()
  expect(text(await storage.get("outbox", "a/1"))).toBe("out")
})

test("opens again with the same keys", async () => {
  const person = someone()
  const first = await openProfile(person)
  await first.storage.write([{ table: "device", key: "own", value: bytes("kept") }])
  const wrapped = await hpkeSeal(first.deviceKey.publicKey, bytes("vault key"), bytes("bound"))
  await first.storage.close()
  const again = await openProfile(person)
  expect(text(await again.storage.get("device", "own"))).toBe("kept")
  expect(text(await again.deviceKey.open(wrapped, bytes("bound")))).toBe("vault key")
  await expect(again.deviceKey.open(wrapped, bytes("elsewhere"))).rejects.toThrow()
})

test("what is stored cannot be read, and not moved", async () => {
  const person = someone()
  const { storage } = await openProfile(person)
  await storage.write(TABLES.map((table) => ({ table, key: "k", value: bytes("canari-4711") })))
  const raw = await openDB(`cordee-${person}`)
  for (const table of TABLES) {
    const value: unknown = await raw.get(table, "k")
    if (!(value instanceof Uint8Array)) throw new Error("not bytes")
    expect(Buffer.from(value).toString("latin1")).not.toContain("canari")
    await raw.put(table, value, "moved")
    await expect(storage.get(table, "moved")).rejects.toThrow()
  }
  const key: unknown = await raw.get("platform_keys", "storage")
  if (!(key instanceof CryptoKey)) throw new Error("not a key")
  expect(key.extractable).toBe(false)
})
