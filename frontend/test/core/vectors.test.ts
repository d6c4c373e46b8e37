/** The files that Python and TypeScript both read: here with the client's code. */
import { describe, expect, test } from "vitest"
import canonical from "../../../tests/vectors/canonical.json"
import certificates from "../../../tests/vectors/certificate.json"
import envelopes from "../../../tests/vectors/envelope.json"
import log from "../../../tests/vectors/loghash.json"
import padding from "../../../tests/vectors/padme.json"
import policies from "../../../tests/vectors/policy.json"
import statements from "../../../tests/vectors/statements.json"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { decode, encode, NotCanonical } from "../../src/core/encoding/canonical.ts"
import { padme } from "../../src/core/encoding/padme.ts"
import { openEnvelope, verifyEnvelope } from "../../src/core/envelope/envelope.ts"
import { readErasure } from "../../src/core/envelope/erasure.ts"
import { LOG_START, nextPlace } from "../../src/core/envelope/log.ts"
import { EnvelopeRefused } from "../../src/core/envelope/refused.ts"
import { readCertificate, verifyCertificate } from "../../src/core/identity/certificate.ts"
import { asId, type CircleId, type UserId } from "../../src/core/ids.ts"
import { applyNote, fold } from "../../src/core/policy/fold.ts"
import { foldThroughInvitation } from "../../src/core/policy/invitation.ts"
import { readNote } from "../../src/core/policy/note.ts"
import { readPolicy, writePolicy } from "../../src/core/policy/policy.ts"
import { PolicyRefused } from "../../src/core/policy/refused.ts"
import { EPOCH_SEEN, HISTORY_GRANT, REPORT, verifyGrant } from "../../src/core/statements/circle.ts"
import {
  ATTESTATION,
  hashOfEvent,
  KEY_EVENT,
  pendingCommitment,
  ROTATION,
  verifyRotation,
} from "../../src/core/statements/identity.ts"
import { END_ORDER, RESTORE_ORDER } from "../../src/core/statements/orders.ts"
import { readStatement, verifyStatement, type Kind } from "../../src/core/statements/signed.ts"
import { amadou, camille } from "../vectors/cast.ts"
import { asText, onDisk, vectors } from "../vectors/generate.ts"

/** The code of a refusal, or null when nothing was refused. */
async function codeOf(act: () => unknown): Promise<string | null> {
  try {
    await act()
    return null
  } catch (error) {
    if (error instanceof PolicyRefused || error instanceof EnvelopeRefused) return error.code
    throw error
  }
}

test("the files are what the generator writes", async () => {
  for (const [name, content] of Object.entries(await vectors())) expect(await onDisk(name), name).toBe(asText(content))
})

describe("canonical JSON", () => {
  test.each(canonical.canonical)("keeps %s", (bytes) => {
    const value = decode(fromBase64(bytes), 4096)
    expect(toBase64(encode(value))).toBe(bytes)
  })
  test.each(canonical.refused)("refuses $name", ({ bytes }) => {
    expect(() => decode(fromBase64(bytes), 4096)).toThrow(NotCanonical)
  })
  test("refuses more than the limit, and what is too deep to read", () => {
    expect(() => decode(encode({ a: "x".repeat(100) }), 100)).toThrow(NotCanonical)
    const deep = new TextEncoder().encode(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`)
    expect(() => decode(deep, 1_000_000)).toThrow(NotCanonical)
  })
})

test.each(padding.lengths)("Padmé pads $length to $padded", ({ length, padded }) => {
  expect(padme(length)).toBe(padded)
})

test("the log's hash chains place by place", () => {
  let place = LOG_START
  for (const { digest, hash, seq } of log.places) {
    place = nextPlace(place, fromBase64(digest))
    expect([place.seq, toBase64(place.hash)]).toEqual([seq, hash])
  }
  const { after, before, digest } = log.far
  const next = nextPlace({ seq: before.seq, hash: fromBase64(before.hash) }, fromBase64(digest))
  expect([next.seq, toBase64(next.hash)]).toEqual([after.seq, after.hash])
})

test.each(certificates.cases)("certificate: $name", async ({ certificate, code, identity_key }) => {
  if (code === "malformed") {
    expect(() => readCertificate(fromBase64(certificate))).toThrow(NotCanonical)
    return
  }
  const verified = await verifyCertificate(readCertificate(fromBase64(certificate)), fromBase64(identity_key))
  expect(verified === undefined ? "bad_signature" : null).toBe(code)
})

describe("statements", () => {
  const plainly =
    <T>(kind: Kind<T>) =>
    async (raw: Uint8Array, keys: readonly Uint8Array[]): Promise<unknown> =>
      verifyStatement(readStatement(kind, raw), ...keys)
  const outcomes: Readonly<Record<string, (raw: Uint8Array, keys: readonly Uint8Array[]) => Promise<unknown>>> = {
    end_order: plainly(END_ORDER),
    restore_order: plainly(RESTORE_ORDER),
    attestation: plainly(ATTESTATION),
    rotation: async (raw) => verifyRotation(readStatement(ROTATION, raw)),
    epoch_seen: plainly(EPOCH_SEEN),
    report: plainly(REPORT),
    history_grant: plainly(HISTORY_GRANT),
    key_event: plainly(KEY_EVENT),
  }

  test.each(statements.cases)("$name", async ({ code, keys, kind, statement }) => {
    const verify = async (): Promise<unknown> => outcomes[kind]?.(fromBase64(statement), keys.map(fromBase64))
    if (code === "malformed") await expect(verify()).rejects.toThrow(NotCanonical)
    else expect((await verify()) === undefined ? "bad_signature" : null).toBe(code)
  })
  test.each(statements.events)("the hash of an event", ({ event, hash }) => {
    expect(toBase64(hashOfEvent(fromBase64(event)))).toBe(hash)
  })
  test("the commitment to a pending person", () => {
    const { commitment, user, ...entry } = statements.pending
    expect(toBase64(pendingCommitment({ ...entry, user: asId<UserId>(user) }))).toBe(commitment)
  })
  test("a grant is by the device whose certificate it carries", async () => {
    const raw = statements.cases.find(({ name }) => name === "history_grant: as it should be")?.statement ?? ""
    const grant = readStatement(HISTORY_GRANT, fromBase64(raw))
    const own = await verifyCertificate(readCertificate(camille.certificate), camille.identity)
    const other = await verifyCertificate(readCertificate(amadou.certificate), amadou.identity)
    if (own === undefined || other === undefined) throw new TypeError("certificates of the cast")
    expect((await verifyGrant(grant, own))?.says).toEqual(grant.says)
    expect(await verifyGrant(grant, other)).toBeUndefined()
  })
})

describe("policy", () => {
  const circle = asId<CircleId>(policies.circle)

  test.each(policies.chains)("chain: $name", async ({ changes, code, policy }) => {
    const folded: { policy?: string } = {}
    const refused = await codeOf(async () => {
      folded.policy = toBase64(writePolicy(await fold(changes.map(fromBase64), circle)))
    })
    expect(refused).toBe(code)
    expect(folded.policy ?? null).toBe(policy)
  })
  test.each(policies.policies)("extension: $name", async ({ code, extension }) => {
    expect(await codeOf(() => readPolicy(fromBase64(extension)))).toBe(code)
  })
  test.each(policies.commits)("commit: $name", async ({ before, code, extension, note }) => {
    const refused = await codeOf(async () => {
      const after = extension === null ? undefined : fromBase64(extension)
      await applyNote(readPolicy(fromBase64(before)), readNote(fromBase64(note)), after)
    })
    expect(refused).toBe(code)
  })
  test.each(policies.invitations)("invitation: $name", async ({ changes, code, invitation, me }) => {
    const invitee = { circle, user: asId<UserId>(me.user), identity: fromBase64(me.identity) }
    const read = (): Promise<unknown> => foldThroughInvitation(changes.map(fromBase64), fromBase64(invitation), invitee)
    expect(await codeOf(read)).toBe(code)
  })
})

test.each(envelopes.cases)("envelope: $name", async ({ code, envelope }) => {
  const keys: Readonly<Record<string, string>> = envelopes.leaf_keys
  const place = {
    circle: asId<CircleId>(envelopes.place.circle),
    epoch: envelopes.place.epoch,
    leafKey: (device: string) => {
      const key = keys[device]
      return key === undefined ? undefined : fromBase64(key)
    },
  }
  const refused = await codeOf(async () => {
    const verified = await verifyEnvelope(fromBase64(envelope), place)
    if (verified.kind === "erase") readErasure(verified)
    else openEnvelope(verified, fromBase64(envelopes.content_key))
  })
  expect(refused).toBe(code)
})
