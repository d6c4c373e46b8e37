/** What a device finds out by itself about a certificate: each piece that is not the log's is named. */
import { sha256 } from "@noble/hashes/sha2.js"
import { expect, test } from "vitest"
import type { CertificateDocument, CertificateEvidence } from "../../src/core/api/certificates.ts"
import type { TrailProof } from "../../src/core/api/trail.ts"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { concat, utf8 } from "../../src/core/encoding/bytes.ts"
import { encode } from "../../src/core/encoding/canonical.ts"
import { asId, type OrganisationId, type Pseudonym } from "../../src/core/ids.ts"
import type { NamedKey } from "../../src/core/log/keys.ts"
import { EMPTY_ROOT, leafHash } from "../../src/core/log/merkle.ts"
import { bodyOf } from "../../src/core/log/note.ts"
import { createMemoryStorage } from "../../src/core/store/memory.ts"
import { seenLogs } from "../../src/core/trail/seen.ts"
import { checkCertificate, type CertificateStep } from "../../src/core/trail/certified.ts"
import { inclusionPath, named, rootOf, signer, signNote } from "../fixtures/log.ts"

const ORIGIN = "cordee.example/audit/2026"
const log = signer(ORIGIN, 1)
const OWN = asId<OrganisationId>("019ab3c0-5d2e-7b41-9c3f-2a6e8d10813d")
const CIRCLE = "019ab3c0-5d2e-7b41-9c3f-2a6e8d10813e"
const NAME = asId<Pseudonym>("2a2ef7c3-6d21-4b3a-8c5d-8e7f0a1b2c3d")

const digest = (content: Uint8Array): string => toBase64(sha256(content))
const epochs = [utf8("group info"), utf8("a commit")]
const grants = [utf8("a grant")]
const salt = new Uint8Array(32).fill(7)
const binding = { kind: "Circle", subject: CIRCLE, pseudonym: NAME, salt }
const bound = concat(utf8("cordee audit pseudonym\0"), salt, utf8(`Circle/${CIRCLE}=${NAME}`))
const leaves = [
  ...epochs.map((raw, epo) => ({ id: `0000000${String(epo)}`, act: "mls.commit", epo, sha: digest(raw) })),
  { id: "00000002", act: "history.grant", sha: digest(grants[0] ?? utf8("")) },
  { id: "00000003", act: "subject.bind", obj: `Circle/${NAME}`, det: digest(bound) },
].map((said) => new TextDecoder().decode(encode(said)))
const hashes = leaves.map((leaf) => leafHash(utf8(leaf)))
const note = signNote(`${ORIGIN}\n${String(leaves.length)}\n${toBase64(rootOf(hashes))}\n`, log)

const whole: CertificateEvidence = {
  checkpoints: new Map([[ORIGIN, note]]),
  facts: leaves.map((leaf, index) => ({ origin: ORIGIN, index, leaf, path: inclusionPath(hashes, index) })),
  bindings: [binding],
  epochs,
  grants,
}

async function failed(changed: Partial<CertificateEvidence>, key = log.key.text): Promise<CertificateStep | null> {
  const document = { evidence: { ...whole, ...changed } } as CertificateDocument
  const proof = { keys: { log: [{ vkey: key, note: null }], witnesses: [], quorum: 0 } } as unknown as TrailProof
  const api = { proof: () => Promise.resolve(proof) }
  return (await checkCertificate({ api, storage: createMemoryStorage() }, OWN, document)).failed
}

test("what the log has sealed holds", async () => {
  expect(await failed({})).toBeNull()
})

test("a checkpoint that another key signed does not", async () => {
  expect(await failed({}, signer(ORIGIN, 2).key.text)).toBe("signature")
})

test("a checkpoint by the key that followed the known one holds, by another one does not", async () => {
  const next = signer(ORIGIN, 2)
  const checkpoints = new Map([[ORIGIN, signNote(bodyOf(note), next)]])
  const checkUnder = async (keys: readonly NamedKey[]): Promise<CertificateStep | null> => {
    const storage = createMemoryStorage()
    const checkpoint = { origin: ORIGIN, size: 0, root: EMPTY_ROOT }
    await storage.write([seenLogs.put({ key: log.key.text, checkpoint, at: 0 }, ORIGIN)])
    const api = { proof: () => Promise.resolve({ keys: { log: keys } } as unknown as TrailProof) }
    const document = { evidence: { ...whole, checkpoints } } as unknown as CertificateDocument
    return (await checkCertificate({ api, storage }, OWN, document)).failed
  }
  expect(await checkUnder(named([log, next], leaves.length))).toBeNull()
  expect(await checkUnder(named([next], 0))).toBe("signature")
})

test("an act with another word does not", async () => {
  const facts = whole.facts.map((fact) => ({ ...fact, leaf: fact.leaf.replace("history.grant", "history.given") }))
  expect(await failed({ facts })).toBe("acts")
})

test.each([
  ["another commit", { epochs: [epochs[0] ?? utf8(""), utf8("another commit")] }],
  ["a commit left out", { epochs: epochs.slice(0, 1) }],
  ["another grant", { grants: [utf8("another grant")] }],
  ["a grant left out", { grants: [] }],
])("%s does not", async (_, changed) => {
  expect(await failed(changed)).toBe("statements")
})

test("a pseudonym of somebody else does not", async () => {
  expect(await failed({ bindings: [{ ...binding, subject: OWN }] })).toBe("bindings")
})
