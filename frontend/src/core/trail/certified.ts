/**
 * What this device can check of a certificate by itself: that each act it rests on is in a log that was signed, under the
 * key by which this device knows that log; that commits and history grants are those that the log has the hashes of; that
 * pseudonyms are bound to whom it says. Who follows from these commits is computed again by `verify.py`, offline.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { firstEventOf, type CertificateDocument, type CertificateEvidence } from "../api/certificates.ts"
import type { TrailApi } from "../api/trail.ts"
import { toBase64 } from "../encoding/base64.ts"
import { concat, utf8 } from "../encoding/bytes.ts"
import { decode, NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import type { OrganisationId } from "../ids.ts"
import { leafHash, verifyInclusion } from "../log/merkle.ts"
import { followKeys, isSignedBy, openByKeys } from "../log/keys.ts"
import type { Checkpoint } from "../log/note.ts"
import type { Trust } from "../log/proof.ts"
import { LogRefused } from "../log/refused.ts"
import type { Storage } from "../store/storage.ts"
import { seenLogs } from "./seen.ts"

/** In this order; nothing is looked at once a step has failed. */
export const CERTIFICATE_STEPS = ["signature", "acts", "statements", "bindings"] as const
export type CertificateStep = (typeof CERTIFICATE_STEPS)[number]

export interface CertificateVerdict {
  readonly passed: readonly CertificateStep[]
  /** Null: everything that this device can check holds. */
  readonly failed: CertificateStep | null
  readonly acts: number
}

export interface CheckingOf {
  readonly api: Pick<TrailApi, "proof">
  readonly storage: Storage
}

const LEAF_LIMIT = 4096

/** Never throws for what does not hold. Rejects as `proof` does where a log's keys have to be asked for. */
export async function checkCertificate(
  { api, storage }: CheckingOf,
  id: OrganisationId,
  { evidence }: CertificateDocument,
): Promise<CertificateVerdict> {
  const keys = new Map<string, Keys>()
  for (const [origin, note] of evidence.checkpoints) {
    const known = (await seenLogs.get(storage, origin))?.key ?? null
    const own = known === null ? [] : [{ vkey: known, note: null }]
    const event = firstEventOf(evidence, origin)
    const isOwn = event === null || isSignedBy(note, followKeys(known, own))
    keys.set(origin, { known, named: isOwn ? own : (await api.proof(id, event, null)).keys.log })
  }
  return judge(evidence, keys)
}

/** Of one log: the key under which this device knows it, and those that the server names. */
type Keys = Pick<Trust, "known" | "named">

function judge(evidence: CertificateEvidence, keys: ReadonlyMap<string, Keys>): CertificateVerdict {
  const passed: CertificateStep[] = []
  let step: CertificateStep = "signature"
  try {
    const checkpoints = opened(evidence, keys)
    passed.push(step)
    step = "acts"
    const acts = included(evidence, checkpoints)
    passed.push(step)
    step = "statements"
    compareStatements(evidence, acts)
    passed.push(step)
    step = "bindings"
    compareBindings(evidence, acts)
    passed.push(step)
    return { passed, failed: null, acts: acts.length }
  } catch (error) {
    if (!(error instanceof LogRefused) && !(error instanceof NotCanonical)) throw error
    return { passed, failed: step, acts: evidence.facts.length }
  }
}

function opened(
  { checkpoints }: CertificateEvidence,
  keys: ReadonlyMap<string, Keys>,
): ReadonlyMap<string, Checkpoint> {
  return new Map(
    [...checkpoints].map(([origin, note]) => {
      const { known, named } = keys.get(origin) ?? { known: null, named: [] }
      const { checkpoint } = openByKeys(note, followKeys(known, named))
      if (checkpoint.origin !== origin) throw new LogRefused("wrong_origin", origin)
      return [origin, checkpoint]
    }),
  )
}

function included({ facts }: CertificateEvidence, checkpoints: ReadonlyMap<string, Checkpoint>): readonly JsonObject[] {
  return facts.map(({ index, leaf, origin, path }) => {
    const newest = checkpoints.get(origin)
    if (newest === undefined) throw new LogRefused("wrong_origin", origin)
    verifyInclusion({ leaf: leafHash(utf8(leaf)), index, size: newest.size, path, root: newest.root })
    return decode(utf8(leaf), LEAF_LIMIT)
  })
}

/** Every epoch from 0 on, and every grant, once. */
function compareStatements({ epochs, grants }: CertificateEvidence, acts: readonly JsonObject[]): void {
  const commits = acts.filter(({ act }) => act === "mls.commit")
  const isLogged = epochs.every((raw, epoch) => {
    const of = commits.filter(({ epo }) => epo === epoch)
    return of.length === 1 && of[0]?.["sha"] === hashed(raw)
  })
  const given = new Set(acts.filter(({ act }) => act === "history.grant").map(({ sha }) => sha))
  const areGiven = grants.every((raw) => given.has(hashed(raw)))
  if (!isLogged || commits.length !== epochs.length || !areGiven || given.size !== grants.length) {
    throw new LogRefused("not_as_shown")
  }
}

function compareBindings({ bindings }: CertificateEvidence, acts: readonly JsonObject[]): void {
  const bound = new Map(acts.filter(({ act }) => act === "subject.bind").map(({ det, obj }) => [obj, det]))
  for (const { kind, pseudonym, salt, subject } of bindings) {
    const content = concat(utf8("cordee audit pseudonym\0"), salt, utf8(`${kind}/${subject}=${pseudonym}`))
    if (bound.get(`${kind}/${pseudonym}`) !== hashed(content)) throw new LogRefused("not_as_shown")
  }
}

function hashed(content: Uint8Array): string {
  return toBase64(sha256(content))
}
