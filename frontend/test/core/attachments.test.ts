/** Files of messages between real clients: sent, resumed, kept over a reload, swapped on the way. */
import { sha256 } from "@noble/hashes/sha2.js"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Circle, CircleView, FileEntry, MessageEntry } from "../../src/core/index.ts"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { PIECE } from "../../src/core/files/staging.ts"
import { when } from "../../src/core/observable.ts"
import { plaintextOf } from "../vectors/files.ts"
import { accept, invite, openCircle, shows, World, type Device } from "./service/world.ts"

const SIZE = 2_500_000 // three pieces

let world: World
let camille: Device
let hers: Circle
let his: Circle

beforeEach(async () => {
  world = new World()
  camille = await world.first(world.camille)
  const amadou = await world.first(world.amadou)
  hers = await openCircle(camille)
  await invite(hers, world.amadou)
  his = await accept(amadou)
})
afterEach(async () => {
  await world.stop()
  expect(world.devices.flatMap(({ failures }) => failures)).toEqual([])
})

function file(size = SIZE, name = "radio.jpg"): { readonly name: string; readonly blob: Blob } {
  return { name, blob: new Blob([new Uint8Array(plaintextOf(size))], { type: "image/jpeg" }) }
}

function only(entry: MessageEntry): FileEntry {
  const [first] = entry.files
  if (first === undefined) throw new Error("no file")
  return first
}

/** As one number: large arrays are slow to compare by their elements. */
function digest(bytes: Uint8Array): string {
  return toBase64(sha256(bytes))
}

async function opened(circle: Circle, entry: MessageEntry): Promise<string> {
  return digest(new Uint8Array(await (await circle.openFile(entry.id, only(entry).id)).arrayBuffer()))
}

/** The last message, once its fate is this. */
async function fate(circle: Circle, state: string): Promise<MessageEntry> {
  const found = ({ entries }: CircleView): boolean => {
    const last = entries.at(-1)
    return last?.kind === "message" && last.sending?.state === state
  }
  return (await when(circle.view, found)).entries.at(-1) as MessageEntry
}

/** What a device still keeps of files that it sends. */
async function kept({ storage }: Device): Promise<number> {
  return (await storage.list("pieces", "")).length + (await storage.list("uploads", "")).length
}

describe("a file", () => {
  test("travels with its message and is the same bytes at the other's", async () => {
    const told: number[] = []
    await hers.send("La radio", {
      files: [file()],
      preparing: (done, total) => void told.push(done / total),
    })
    expect(told.at(-1)).toBe(1)
    const entry = (await shows(his, "La radio")) as MessageEntry
    expect(entry.files).toEqual([{ id: only(entry).id, name: "radio.jpg", size: SIZE, type: "image/jpeg" }])
    expect(await opened(his, entry)).toBe(digest(plaintextOf(SIZE)))
    expect(await opened(hers, await fate(hers, "sent"))).toBe(digest(plaintextOf(SIZE)))
    expect(await kept(camille)).toBe(0)
  })

  test("needs no words, and the empty one is a file too", async () => {
    await hers.send("", { files: [file(0, "vide.txt"), file(1, "un.txt")] })
    const entry = await fate(hers, "sent")
    expect(entry.files.map(({ name, size }) => [name, size])).toEqual([
      ["vide.txt", 0],
      ["un.txt", 1],
    ])
    expect(await opened(hers, entry)).toBe(digest(new Uint8Array()))
  })

  test("has the type of its bytes and not of its author's word", async () => {
    const page = new Blob(["<script>alert(1)</script>"], { type: "image/png" })
    await hers.send("", { files: [{ name: "photo.png", blob: page }] })
    const entry = await fate(hers, "sent")
    expect((await hers.openFile(entry.id, only(entry).id)).type).toBe("application/octet-stream")
  })

  test("too large, or one too many, keeps nothing and sends nothing", async () => {
    const large = { name: "large", blob: { size: 100 * 1024 * 1024 + 1, type: "" } as Blob }
    await expect(hers.send("x", { files: [file(10), large] })).rejects.toMatchObject({ code: "file_too_large" })
    const many = Array.from({ length: 17 }, () => file(1))
    await expect(hers.send("x", { files: many })).rejects.toMatchObject({ code: "too_many_files" })
    await expect(hers.send("x".repeat(60_000), { files: [file(10)] })).rejects.toMatchObject({ code: "too_long" })
    expect(await kept(camille)).toBe(0)
    expect(hers.view.get().entries.filter(({ kind }) => kind === "message")).toEqual([])
  })

  test("that changes while it is read keeps nothing", async () => {
    const { blob } = file()
    const moved = {
      size: SIZE,
      type: "",
      slice: (from: number, to: number) =>
        from === 0 ? blob.slice(from, to) : { arrayBuffer: () => Promise.reject(new DOMException("", "NotReadableError")) },
    } as unknown as Blob
    await expect(hers.send("x", { files: [{ name: "x", blob: moved }] })).rejects.toMatchObject({
      code: "file_unreadable",
    })
    expect(await kept(camille)).toBe(0)
  })
})

describe("an upload", () => {
  test("that is cut goes on where it stopped, and other messages do not wait for it", async () => {
    world.service.files.piecesLeft = 1
    await hers.send("La radio", { files: [file()] })
    await when(hers.view, ({ entries }) => {
      const last = entries.at(-1)
      return last?.kind === "message" && last.sending?.state === "uploading" && last.sending.done === PIECE
    })
    expect((await fate(hers, "uploading")).sending).toMatchObject({ total: SIZE + 39 * 16 })
    await hers.send("Je l’envoie")
    await shows(his, "Je l’envoie")
    world.service.files.piecesLeft = Infinity
    await shows(his, "La radio")
    const [stored] = world.service.files.kept.values()
    expect(stored?.bytes.length).toBe(SIZE + 39 * 16)
  })

  test("survives a reload", async () => {
    world.service.files.piecesLeft = 1
    await hers.send("La radio", { files: [file()] })
    await fate(hers, "uploading")
    const again = await camille.reload()
    world.service.files.piecesLeft = Infinity
    const entry = (await shows(his, "La radio")) as MessageEntry
    expect(await opened(his, entry)).toBe(digest(plaintextOf(SIZE)))
    await fate(again.cordee.circle(hers.id), "sent")
    expect(await kept(camille)).toBe(0)
  })

  test("can be given up on the way", async () => {
    world.service.files.piecesLeft = 1
    const id = await hers.send("La radio", { files: [file()] })
    await fate(hers, "uploading")
    await hers.discard(id)
    world.service.files.piecesLeft = Infinity
    await hers.send("Sans radio")
    await shows(his, "Sans radio")
    expect(hers.view.get().entries.some((each) => each.kind === "message" && each.id === id)).toBe(false)
    expect(await kept(camille)).toBe(0)
  })

  test("that the server refuses fails its message, which can be tried again", async () => {
    const answer = world.service.files.answer.bind(world.service.files)
    world.service.files.answer = (user, request) => {
      if (request.method === "PUT") return { status: 429, code: "too_many_files", detail: "" }
      return answer(user, request)
    }
    const id = await hers.send("La radio", { files: [file()] })
    expect((await fate(hers, "failed")).sending).toEqual({ state: "failed", code: "too_many_files" })
    world.service.files.answer = answer
    await hers.retry(id)
    await shows(his, "La radio")
  })

  test("whose message never came to be is forgotten at the next start", async () => {
    const write = camille.storage.write.bind(camille.storage)
    Object.assign(camille.storage, {
      write: (changes: readonly { table: string }[]) =>
        changes.some(({ table }) => table === "outbox") ? new Promise(() => undefined) : write(changes as never),
    })
    hers.send("La radio", { files: [file()] }).catch(() => undefined)
    while ((await kept(camille)) < 4) await new Promise((resolve) => setTimeout(resolve, 5))
    Object.assign(camille.storage, { write })
    const again = await camille.reload()
    await when(again.cordee.circle(hers.id).view, ({ composer }) => composer.state === "open")
    expect(await kept(camille)).toBe(0)
  })
})

describe("what the server gives in place of a file is refused", () => {
  async function sent(): Promise<MessageEntry> {
    await hers.send("Deux", { files: [file(200_000, "une"), file(200_000, "autre")] })
    return (await shows(his, "Deux")) as MessageEntry
  }

  test("another file of the same message", async () => {
    const entry = await sent()
    const [, other] = world.service.files.kept.values()
    world.service.files.swap = () => other?.bytes ?? new Uint8Array()
    await expect(opened(his, entry)).rejects.toMatchObject({ code: "file_altered" })
  })

  test("a truncated file, one that is longer, one with a bit changed", async () => {
    const entry = await sent()
    for (const swap of [
      (bytes: Uint8Array) => bytes.subarray(0, 65_552 * 2),
      (bytes: Uint8Array) => new Uint8Array([...bytes, 0]),
      (bytes: Uint8Array) => bytes.with(100_000, (bytes[100_000] ?? 0) ^ 1),
    ]) {
      world.service.files.swap = (_id, bytes) => swap(bytes)
      await expect(opened(his, entry)).rejects.toMatchObject({ code: "file_altered" })
    }
  })

  test("and a cut download goes on", async () => {
    const entry = await sent()
    world.service.files.cutAfter = 60_000
    expect(await opened(his, entry)).toBe(digest(plaintextOf(200_000)))
  })

  test("a file that is gone is said to be", async () => {
    const entry = await sent()
    world.service.files.kept.clear()
    await expect(opened(his, entry)).rejects.toMatchObject({ code: "not_found" })
  })
})
