/** The form of a file's ciphertext, and all that must not be taken for the file that its author signed. */
import { sha256 } from "@noble/hashes/sha2.js"
import { describe, expect, test } from "vitest"
import vectors from "../../../tests/vectors/files.json"
import { fromBase64 } from "../../src/core/encoding/base64.ts"
import { concat } from "../../src/core/encoding/bytes.ts"
import type { FileContent } from "../../src/core/envelope/file.ts"
import { clientError, CordeeError } from "../../src/core/errors.ts"
import { sealedSize } from "../../src/core/files/chunks.ts"
import { typeOf } from "../../src/core/files/kind.ts"
import { fileName } from "../../src/core/files/name.ts"
import { openFile } from "../../src/core/files/opening.ts"
import { assembled, plaintextOf, sealedFiles, type SealedFile } from "../vectors/files.ts"

/** A message's word of a file, with the hash of these bytes: what its author would have signed. */
function content({ id, key, size }: SealedFile, ciphertext: Uint8Array): FileContent {
  return { id, key, name: "essai.bin", type: "", size, sha256: sha256(ciphertext) }
}

async function* inParts(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}

function read(file: FileContent, ciphertext: Uint8Array, parts = 10_000): Promise<Blob> {
  return openFile(file, (from) => Promise.resolve(inParts(ciphertext.subarray(from), parts)), {
    pause: () => Promise.resolve(),
    progress: () => undefined,
  })
}

function sealed(number: number): { readonly file: SealedFile; readonly whole: Uint8Array } {
  const file = sealedFiles[number]
  if (file === undefined) throw new Error(`no file ${number}`)
  return { file, whole: concat(...file.chunks) }
}

describe("a file's ciphertext", () => {
  test.each(vectors.files.map((file, number) => ({ ...file, number })))(
    "opens as it was sealed: $size bytes",
    async ({ number, sealed: length, sha256: hash, size }) => {
      const { file, whole } = sealed(number)
      expect(whole.length).toBe(length)
      expect(sealedSize(size)).toBe(length)
      expect(sha256(whole)).toEqual(fromBase64(hash))
      for (const parts of [1_000, 65_552, 10_000_000]) {
        const blob = await read(content(file, whole), whole, parts)
        expect(new Uint8Array(await blob.arrayBuffer())).toEqual(plaintextOf(size))
      }
    },
  )

  // Each with the hash of what is shown: the chunks alone must hold.
  test.each(vectors.hostile)("is refused: $name", async ({ chunks, flip, of }) => {
    const ciphertext = assembled({ chunks: chunks as unknown as [number, number][], flip })
    await expect(read(content(sealed(of).file, ciphertext), ciphertext)).rejects.toMatchObject({ code: "file_altered" })
  })

  test("is refused when the key that sealed it sealed something else than what was signed", async () => {
    const { file, whole } = sealed(6)
    const signed = content(file, concat(whole, Uint8Array.of(0)))
    await expect(read(signed, whole)).rejects.toMatchObject({ code: "file_altered" })
  })
})

describe("a download", () => {
  const { file, whole } = sealed(6)

  /** Cut after so many bytes at each attempt. */
  function cutting(after: number): { readonly froms: number[]; readonly fetch: (from: number) => Promise<AsyncIterable<Uint8Array>> } {
    const froms: number[] = []
    async function* cut(from: number): AsyncIterable<Uint8Array> {
      yield* inParts(whole.subarray(from, from + after), 7_777)
      if (from + after < whole.length) throw clientError("offline", "cut")
    }
    return {
      froms,
      fetch: (from) => {
        froms.push(from)
        return Promise.resolve(cut(from))
      },
    }
  }
  const waiting = { pause: () => Promise.resolve(), progress: () => undefined }

  test("goes on where it was cut", async () => {
    const { fetch, froms } = cutting(60_000)
    const blob = await openFile(content(file, whole), fetch, waiting)
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(plaintextOf(200_000))
    expect(froms).toEqual([0, 60_000, 120_000, 180_000])
  })

  test("is given up when nothing comes any more, and says so", async () => {
    const { fetch, froms } = cutting(0)
    await expect(openFile(content(file, whole), fetch, waiting)).rejects.toMatchObject({ code: "offline" })
    expect(froms).toHaveLength(5)
  })

  test("tells how far it is, in plaintext", async () => {
    const told: number[] = []
    const progress = (done: number): void => void told.push(done)
    await openFile(content(file, whole), cutting(whole.length).fetch, { ...waiting, progress })
    expect(told.at(-1)).toBe(200_000)
    expect(told).toEqual(told.toSorted((a, b) => a - b))
  })

  test("that the server refuses is refused at once", async () => {
    const gone = (): Promise<never> => Promise.reject(new CordeeError("not_found"))
    await expect(openFile(content(file, whole), gone, waiting)).rejects.toMatchObject({ code: "not_found" })
  })
})

test.each([
  ["ordonnance.pdf", "ordonnance.pdf"],
  ["../../etc/passwd", "passwd"],
  ["C:\\Users\\x\\photo.png", "photo.png"],
  ["facture\u202Efdp.exe", "facturefdp.exe"], // would be read as "factureexe.pdf"
  ["\u2066a\u2069\u200B\uFEFF.png", "a.png"],
  ["a\u0000b\r\nc.txt", "abc.txt"],
  ['<b>"x":|?*.html', "bx.html"],
  ["  .. ", "fichier"],
  [".htaccess", "htaccess"],
  ["", "fichier"],
  ["e\u0301te\u0301.jpg", "été.jpg"],
  ["half \uD800 character", "half \uFFFD character"],
  [`${"n".repeat(300)}.jpeg`, `${"n".repeat(114)}….jpeg`],
])("the name %j is shown as %j", (given, shown) => {
  expect(fileName(given)).toBe(shown)
  expect(fileName(shown)).toBe(shown)
})

test.each([
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff, 0xe0]],
  ["image/gif", [...new TextEncoder().encode("GIF89a")]],
  ["image/webp", [...new TextEncoder().encode("RIFF____WEBP")]],
  ["application/pdf", [...new TextEncoder().encode("%PDF-1.7")]],
  ["application/octet-stream", [...new TextEncoder().encode("<html><script>")]],
  ["application/octet-stream", [...new TextEncoder().encode("<svg onload=")]],
  ["application/octet-stream", []],
])("%s is what begins so", (type, beginning) => {
  expect(typeOf(Uint8Array.from(beginning))).toBe(type)
})
