/** The log's proofs as a client checks them: the public vectors, and every way of lying that a proof could try. */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { EMPTY_ROOT, leafHash, nodeHash, verifyConsistency, verifyInclusion } from "../../src/core/log/merkle.ts"
import { bodyOf, openNote, readVerifyingKey, type VerifyingKey } from "../../src/core/log/note.ts"
import { verifyProof, writeProof, type Proof, type Trust } from "../../src/core/log/proof.ts"
import { LogRefused } from "../../src/core/log/refused.ts"
import { consistencyPath, inclusionPath, named, rootOf, signer, signNote, witness } from "../fixtures/log.ts"
import { consistencies, folder, inclusions, present } from "./logVectors.ts"

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

/** The leaves whose roots RFC 6962's reference implementation publishes. */
const LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
const ROOTS = ["6e340b9c", "fac54203", "aeb6bcfe", "d37ee418", "4e3bbb1f", "76e67dad", "ddb89be4", "5dc9da79"]

describe("the tree", () => {
  test("of nothing is the hash of nothing", () => {
    expect(bytesToHex(EMPTY_ROOT)).toMatch(/^e3b0c442/)
  })
  test("has the reference roots", () => {
    const hashes = LEAVES.map((leaf) => leafHash(bytes(leaf)))
    const roots = ROOTS.map((_, size) => bytesToHex(rootOf(hashes.slice(0, size + 1))).slice(0, 8))
    expect(roots).toEqual(ROOTS)
  })
  test("holds every leaf at its place, and at no other, up to 40 leaves", () => {
    const hashes = Array.from({ length: 40 }, (_, number) => leafHash(Uint8Array.of(number)))
    for (let size = 1; size <= hashes.length; size++) {
      const tree = hashes.slice(0, size)
      for (const [index, leaf] of tree.entries()) {
        const proof = { leaf, index, size, path: inclusionPath(tree, index), root: rootOf(tree) }
        verifyInclusion(proof)
        expect(() => {
          verifyInclusion({ ...proof, index: (index + 1) % (size + 1) })
        }).toThrow(LogRefused)
      }
    }
  })
  test("extends each of its beginnings, and nothing else", () => {
    const hashes = Array.from({ length: 33 }, (_, number) => leafHash(Uint8Array.of(number)))
    const root = rootOf(hashes)
    for (let oldSize = 0; oldSize <= hashes.length; oldSize++) {
      const path = consistencyPath(hashes, oldSize)
      const oldRoot = rootOf(hashes.slice(0, oldSize))
      verifyConsistency({ oldSize, oldRoot, size: hashes.length, root, path })
      expect(() => {
        verifyConsistency({ oldSize, oldRoot: sha256(oldRoot), size: hashes.length, root, path })
      }).toThrow(LogRefused)
    }
  })
})

describe.runIf(present)("vectors of transparency-dev/merkle", () => {
  const path = (proof: readonly string[] | null): Uint8Array[] => (proof ?? []).map(fromBase64)
  test.each(inclusions)("$name", ({ leafHash, leafIdx, proof, root, treeSize, wantErr }) => {
    const check = (): void => {
      const given = { leaf: fromBase64(leafHash), root: fromBase64(root), path: path(proof) }
      verifyInclusion({ index: leafIdx, size: treeSize, ...given })
    }
    if (wantErr) expect(check).toThrow(LogRefused)
    else expect(check).not.toThrow()
  })
  test.each(consistencies)("$name", ({ proof, root1, root2, size1, size2, wantErr }) => {
    const check = (): void => {
      const roots = { oldRoot: fromBase64(root1), root: fromBase64(root2) }
      verifyConsistency({ oldSize: size1, size: size2, ...roots, path: path(proof) })
    }
    if (wantErr) expect(check).toThrow(LogRefused)
    else expect(check).not.toThrow()
  })
})
if (!present) test.skip(`vectors of transparency-dev/merkle: none in ${folder}`)

const ORIGIN = "cordee.example/audit/2026"
const log = signer(ORIGIN, 1)
const [north, south] = [witness("witness.nord.example", 2), witness("witness.sud.example", 3)]
const body = `${ORIGIN}\n2\n${btoa(String.fromCharCode(...nodeHash(leafHash(bytes("00")), leafHash(bytes("10")))))}\n`

/** A cosignature whose time is a second later: behind the key's id, eight bytes. */
function later(signature: string): string {
  const changed = fromBase64(signature)
  changed[11] = (changed[11] ?? 0) + 1
  return toBase64(changed)
}

function codeOf(act: () => unknown): string {
  try {
    act()
    return "nothing refused"
  } catch (error) {
    if (error instanceof LogRefused) return error.code
    throw error
  }
}

describe("verifying keys", () => {
  test("are the text of C2SP's signed-note example", () => {
    const key = readVerifyingKey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    expect([key.name, key.signer, key.key.length]).toEqual(["PeterNeumann", "log", 32])
  })
  test.each([
    ["another id", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"],
    ["another name", "PetraNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"],
    ["no key", "PeterNeumann+c74f20a3+"],
    ["words", "c’est la clé"],
  ])("of %s are refused", (_, text) => {
    expect(codeOf(() => readVerifyingKey(text))).toBe("bad_key")
  })
})

describe("notes", () => {
  test("open with the log's signature, and tell which witnesses saw them and when", () => {
    const note = signNote(body, log, [north, 1_795_000_000])
    const opened = openNote(note, log.key, [north.key, south.key])
    expect(opened.checkpoint).toMatchObject({ origin: ORIGIN, size: 2 })
    expect(opened.cosignatures).toEqual([{ witness: "witness.nord.example", at: 1_795_000_000 }])
  })
  test("open whatever unknown keys have added", () => {
    const note = signNote(body, log, [south, 1])
    expect(openNote(note, log.key, [north.key]).cosignatures).toEqual([])
  })
  test.each<[string, string, (note: string) => string, VerifyingKey?]>([
    ["without the log's own signature", "unsigned", (note) => note.replace(/— cordee.*\n/, "")],
    ["with a changed size", "bad_signature", (note) => note.replace("\n2\n", "\n3\n")],
    ["of another log", "wrong_origin", (note) => note.replaceAll("2026", "2027")],
    ["under a key that calls itself the same", "unsigned", (note) => note, signer(ORIGIN, 9).key],
    ["with a size that is no count", "bad_note", (note) => note.replace("\n2\n", "\n02\n")],
    ["with half a root", "bad_note", (note) => note.replace(/\n(.{20}).*=\n/, "\n$1\n")],
    ["with a control character", "bad_note", (note) => note.replace("\n2\n", "\n2\r\n")],
    ["cut at its end", "bad_note", (note) => note.slice(0, -1)],
    ["with a witness’s time moved", "bad_signature", (note) => note.replace(/\S+(?=\n$)/, later)],
  ])("%s are refused", (_, code, change, key = log.key) => {
    const changed = change(signNote(body, log, [north, 7]))
    expect(codeOf(() => openNote(changed, key, [north.key]))).toBe(code)
  })
})

describe("a proof", () => {
  const leaves = Array.from({ length: 11 }, (_, number) => `{"id":"${number}"}`)
  const hashes = leaves.map((leaf) => leafHash(new TextEncoder().encode(leaf)))
  const noteOf = (size: number): string =>
    signNote(`${ORIGIN}\n${size}\n${btoa(String.fromCharCode(...rootOf(hashes.slice(0, size))))}\n`, log, [north, 7])
  const proof: Proof = {
    index: 4,
    size: 11,
    leaf: leaves[4] ?? "",
    path: inclusionPath(hashes, 4),
    checkpoint: noteOf(11),
    consistency: consistencyPath(hashes, 6),
  }
  const seen = { origin: ORIGIN, size: 6, root: rootOf(hashes.slice(0, 6)) }
  const trust: Trust = { named: named([log], 0), known: null, witnesses: [north.key, south.key], quorum: 1, seen }

  const last = (changed: Partial<Proof>, other: Partial<Trust> = {}): unknown =>
    verifyProof({ ...proof, ...changed }, { ...trust, ...other }).steps.at(-1)

  test("passes all its steps, and says what is the newest seen", () => {
    const verdict = verifyProof(proof, trust)
    expect(verdict.steps.map(({ at, name }) => `${name} ${at}`)).toEqual([
      "leaf passed",
      "path passed",
      "signature passed",
      "extension passed",
      "witnesses passed",
    ])
    expect(verdict).toMatchObject({ intact: true, checkpoint: { size: 11 } })
  })
  test("with too few witnesses is proved, and says so", () => {
    expect(verifyProof(proof, { ...trust, quorum: 2 }).intact).toBe(true)
    expect(last({}, { quorum: 2 })).toEqual({ name: "witnesses", at: "lacking" })
  })
  test.each<[string, string, Partial<Proof>, Partial<Trust>?]>([
    ["of a leaf that was changed", "path wrong_root", { leaf: '{"id":"5"}' }],
    ["for another place", "path wrong_root", { index: 5 }],
    ["for another size", "path wrong_size", { size: 10 }],
    ["with a shorter path", "path bad_proof", { path: proof.path.slice(1) }],
    ["under a note that is none", "path bad_note", { checkpoint: "cordee\n" }],
    ["under another key", "signature unsigned", {}, { named: named([signer(ORIGIN, 9)], 0) }],
    ["under another key than before", "signature new_key", {}, { known: signer(ORIGIN, 9).key.text }],
    ["in another history than the one seen", "extension not_extension", {}, { seen: { ...seen, root: EMPTY_ROOT } }],
    ["from before what was seen", "extension older", {}, { seen: { ...seen, size: 12 } }],
    ["without the way from what was seen", "extension bad_proof", { consistency: [] }],
  ])("%s fails", (_, step, changed, other = {}) => {
    const failed = last(changed, other) as { name: string; at: string; code: string }
    expect([`${failed.name} ${failed.code}`, failed.at]).toEqual([step, "failed"])
  })
  describe("under a key that replaced another", () => {
    const next = signer(ORIGIN, 9)
    const known = log.key.text
    const [first, second] = named([log, next], 11)
    const handed = (note: string | null): Partial<Trust> => ({
      known,
      named: [first ?? expect.unreachable(), { vkey: next.key.text, note }],
    })
    const signed = { checkpoint: signNote(bodyOf(proof.checkpoint), next) }

    test("is followed when the one before names it, and the new one is known from then on", () => {
      const verdict = verifyProof({ ...proof, ...signed }, { ...trust, ...handed(second?.note ?? null) })
      expect(verdict).toMatchObject({ intact: true, key: next.key.text })
      const later = { ...trust, known: next.key.text }
      expect(verifyProof({ ...proof, ...signed }, { ...later, named: named([log, next], 11) }).intact).toBe(true)
      expect(verifyProof(proof, { ...later, named: named([log], 0) }).intact).toBe(false)
    })
    test("still holds by what the one before had signed, and by no more than that", () => {
      expect(verifyProof(proof, { ...trust, ...handed(second?.note ?? null) }).intact).toBe(true)
      expect(last({}, { known, named: named([log, next], 10) })).toMatchObject({ name: "signature", code: "unsigned" })
    })
    test.each<[string, string, string | null]>([
      ["that nobody names", "new_key", null],
      ["that names itself", "unsigned", named([next, next], 11)[1]?.note ?? null],
      ["where another one is named", "new_key", named([log, signer(ORIGIN, 8)], 11)[1]?.note ?? null],
      ["where nothing is said of a new one", "new_key", proof.checkpoint],
    ])("%s fails", (_, code, note) => {
      expect(last(signed, handed(note))).toEqual({ name: "signature", at: "failed", code })
    })
  })
  test("becomes the file that others read", () => {
    const [format, extra, index, ...rest] = writeProof(proof).split("\n")
    expect([format, index]).toEqual(["c2sp.org/tlog-proof@v1", "index 4"])
    expect(atob(extra?.replace("extra ", "") ?? "")).toBe(proof.leaf)
    expect(rest.slice(0, proof.path.length).map(fromBase64)).toEqual(proof.path)
    expect(rest.slice(proof.path.length).join("\n")).toBe(`\n${proof.checkpoint}`)
  })
})
