/** Statements: each kind as it should be, and bent in every way that a reader must refuse. */
import { ed25519 } from "@noble/curves/ed25519.js"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { fromUtf8, utf8 } from "../../src/core/encoding/bytes.ts"
import { decode, encode, type JsonObject } from "../../src/core/encoding/canonical.ts"
import { writeTime } from "../../src/core/encoding/time.ts"
import { readCertificate } from "../../src/core/identity/certificate.ts"
import { signHistoryKey } from "../../src/core/identity/historyKey.ts"
import { asId, type GrantId, type OrganisationId } from "../../src/core/ids.ts"
import { signWithLabel } from "../../src/core/mls/group.ts"
import { EPOCH_SEEN, HISTORY_GRANT, REPORT } from "../../src/core/statements/circle.ts"
import {
  ATTESTATION,
  hashOfEvent,
  KEY_EVENT,
  NO_EVENT,
  pendingCommitment,
  ROTATION,
} from "../../src/core/statements/identity.ts"
import { END_ORDER, RESTORE_ORDER } from "../../src/core/statements/orders.ts"
import { makeStatement, type Kind } from "../../src/core/statements/signed.ts"
import {
  amadou,
  at,
  camille,
  CIRCLE,
  lea,
  orderKey,
  orderSeed,
  OTHER_CIRCLE,
  renewed,
  seeded,
  stewardKey,
  stewardSeed,
} from "./cast.ts"
import { rewritten } from "./chain.ts"

type KindName =
  | "end_order"
  | "restore_order"
  | "attestation"
  | "rotation"
  | "epoch_seen"
  | "report"
  | "history_grant"
  | "key_event"

interface Case {
  readonly name: string
  readonly kind: KindName
  readonly statement: Uint8Array
  readonly keys: readonly Uint8Array[]
  readonly code: "malformed" | "bad_signature" | null
}

/** A point of order 8: every signature over anything verifies under it, for a verifier that is not strict. */
const SMALL_ORDER = fromBase64("JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=")
const organisation = asId<OrganisationId>("019386c5-6d00-7a01-8004-000000000001")
const grant = asId<GrantId>("019386c5-6d00-7a01-8005-000000000001")
const { identity: newIdentity, identityPrivateKey: newSeed } = await renewed(camille)

/** Whatever `write` says, with the kind's own signature: only the reader's rules refuse it. */
async function signedAnyway(
  label: string,
  raw: Uint8Array,
  change: JsonObject,
  seed: Uint8Array,
): Promise<Uint8Array> {
  const fields = Object.entries({ ...decode(raw, 4096), ...change })
  const content = Object.fromEntries(fields.filter(([name]) => name !== "sig"))
  return encode({ ...content, sig: toBase64(await signWithLabel(seed, label, encode(content))) })
}

/** The ways in which every kind can be bent. */
function bent(
  kind: KindName,
  statement: Uint8Array,
  keys: readonly Uint8Array[],
  other: readonly Uint8Array[],
): readonly Case[] {
  const small = keys.map(() => SMALL_ORDER)
  const malformed = (name: string, bytes: Uint8Array): Case => ({
    name: `${kind}: ${name}`,
    kind,
    statement: bytes,
    keys,
    code: "malformed",
  })
  return [
    { name: `${kind}: as it should be`, kind, statement, keys, code: null },
    { name: `${kind}: signed by another`, kind, statement, keys: other, code: "bad_signature" },
    { name: `${kind}: under a key of small order`, kind, statement, keys: small, code: "bad_signature" },
    {
      name: `${kind}: of another time than was signed`,
      kind,
      statement: rewritten(statement, writeTime(at(10)), writeTime(at(11))),
      keys,
      code: "bad_signature",
    },
    malformed("an unknown field", rewritten(statement, '"v":1}', '"v":1,"w":1}')),
    malformed("an unknown version", rewritten(statement, '"v":1}', '"v":2}')),
    malformed("not canonical", utf8(`${fromUtf8(statement)} `)),
    malformed("without its time", rewritten(statement, `"time":"${writeTime(at(10))}",`, "")),
    malformed("a signature cut short", utf8(fromUtf8(statement).replace(/"(sig[a-z_]*)":"[^"]*"/, '"$1":"AAAA"'))),
    malformed("unsigned", utf8(fromUtf8(statement).replace(/"(sig[a-z_]*)":"[^"]*"/, '"$1":null'))),
  ]
}

async function once<T>(name: KindName, kind: Kind<T>, says: T, seed: Uint8Array): Promise<readonly Case[]> {
  const statement = await makeStatement(kind, says, seed)
  const keys = [ed25519.getPublicKey(seed)]
  const otherLabel = await signedAnyway("CordeePolicyChange", statement, {}, seed)
  return [
    ...bent(name, statement, keys, [lea.identity]),
    { name: `${name}: under another label`, kind: name, statement: otherLabel, keys, code: "bad_signature" },
  ]
}

async function orders(): Promise<readonly Case[]> {
  const end = { circle: CIRCLE, user: amadou.user, device: null, code: "left", time: at(10) } as const
  const ends = await makeStatement(END_ORDER, end, orderSeed)
  const forged = (change: JsonObject): Promise<Uint8Array> => signedAnyway(END_ORDER.label, ends, change, orderSeed)
  const refused = async (name: string, change: JsonObject): Promise<Case> => ({
    name: `end_order: ${name}`,
    kind: "end_order",
    statement: await forged(change),
    keys: [orderKey],
    code: "malformed",
  })
  return [
    ...(await once("end_order", END_ORDER, end, orderSeed)),
    {
      name: "end_order: for a device",
      kind: "end_order",
      statement: await makeStatement(END_ORDER, { ...end, device: amadou.device, code: "revoked" }, orderSeed),
      keys: [orderKey],
      code: null,
    },
    {
      name: "end_order: for another circle than was signed",
      kind: "end_order",
      statement: rewritten(ends, CIRCLE, OTHER_CIRCLE),
      keys: [orderKey],
      code: "bad_signature",
    },
    await refused("a device that ends as a membership does", { device: amadou.device }),
    await refused("a membership revoked", { code: "revoked" }),
    await refused("an unknown code", { code: "bored" }),
    ...(await once("restore_order", RESTORE_ORDER, { circle: CIRCLE, user: amadou.user, time: at(10) }, stewardSeed)),
  ]
}

async function attestations(): Promise<readonly Case[]> {
  const says = {
    organisation,
    user: amadou.user,
    identity: amadou.identity,
    name: "DIALLO Amadou",
    system: "urn:oid:1.2.250.1.71.4.2.1",
    number: "810000000002",
    time: at(10),
  }
  const raw = await makeStatement(ATTESTATION, says, stewardSeed)
  const refused = async (name: string, change: JsonObject): Promise<Case> => ({
    name: `attestation: ${name}`,
    kind: "attestation",
    statement: await signedAnyway(ATTESTATION.label, raw, change, stewardSeed),
    keys: [stewardKey],
    code: "malformed",
  })
  return [
    ...(await once("attestation", ATTESTATION, says, stewardSeed)),
    {
      name: "attestation: a name beyond the basic plane",
      kind: "attestation",
      statement: await makeStatement(ATTESTATION, { ...says, name: "𝒟".repeat(200) }, stewardSeed),
      keys: [stewardKey],
      code: null,
    },
    await refused("without a name", { name: "" }),
    await refused("a name too long", { name: "D".repeat(201) }),
  ]
}

async function rotations(): Promise<readonly Case[]> {
  const historySignature = await signHistoryKey(newSeed, camille.user, lea.history)
  const says = {
    user: camille.user,
    old: camille.identity,
    new: newIdentity,
    history: lea.history,
    historySignature,
    time: at(10),
  }
  const keys = [newIdentity, camille.identity]
  const statement = await makeStatement(ROTATION, says, newSeed, camille.identityPrivateKey)
  const make = (change: object, ...seeds: Uint8Array[]): Promise<Uint8Array> =>
    makeStatement(ROTATION, { ...says, ...change }, ...seeds)
  const refused = (name: string, bytes: Uint8Array): Case => ({
    name: `rotation: ${name}`,
    kind: "rotation",
    statement: bytes,
    keys,
    code: "bad_signature",
  })
  return [
    // Whose keys they are it says itself: "signed by another" is the same bytes under other keys, for nobody here.
    ...bent("rotation", statement, keys, keys).filter(({ name }) => !/by another$|small order$/.test(name)),
    refused("signed by the new key only", await make({}, newSeed, newSeed)),
    refused(
      "signed by the old key only",
      await make({}, camille.identityPrivateKey, camille.identityPrivateKey),
    ),
    refused("signatures in the other's place", await make({}, camille.identityPrivateKey, newSeed)),
    refused(
      "the history key signed by the old key",
      await make({ historySignature: camille.historySignature }, newSeed, camille.identityPrivateKey),
    ),
    refused(
      "the history key signed for another person",
      await make(
        { historySignature: await signHistoryKey(newSeed, amadou.user, lea.history) },
        newSeed,
        camille.identityPrivateKey,
      ),
    ),
    {
      name: "rotation: from a key of small order",
      kind: "rotation",
      statement: rewritten(statement, toBase64(camille.identity), toBase64(SMALL_ORDER)),
      keys,
      code: "bad_signature",
    },
    {
      name: "rotation: to the same key",
      kind: "rotation",
      statement: rewritten(statement, toBase64(newIdentity), toBase64(camille.identity)),
      keys,
      code: "malformed",
    },
  ]
}

async function ofDevices(): Promise<readonly Case[]> {
  const { device, signaturePrivateKey: seed } = camille
  const grants = {
    circle: CIRCLE,
    id: grant,
    user: lea.user,
    from: 3,
    to: 7,
    certificate: readCertificate(camille.certificate),
    time: at(10),
  }
  const given = await makeStatement(HISTORY_GRANT, grants, seed)
  const seen = { circle: CIRCLE, epoch: 4, confirmed: seeded("confirmed"), device, time: at(10) }
  const report = { circle: CIRCLE, epoch: 4, commit: seeded("commit"), reason: "invalid_commit", device, time: at(10) }
  const reported = await makeStatement(REPORT, report, seed)
  return [
    ...(await once("epoch_seen", EPOCH_SEEN, seen, seed)),
    ...(await once("report", REPORT, report, seed)),
    {
      name: "report: a reason in words",
      kind: "report",
      statement: await signedAnyway(REPORT.label, reported, { reason: "It was late." }, seed),
      keys: [camille.leafKey],
      code: "malformed",
    },
    ...(await once("history_grant", HISTORY_GRANT, grants, seed)),
    {
      name: "history_grant: from after to",
      kind: "history_grant",
      statement: await signedAnyway(HISTORY_GRANT.label, given, { from: 8 }, seed),
      keys: [camille.leafKey],
      code: "malformed",
    },
  ]
}

async function keyEvents(): Promise<{ readonly cases: readonly Case[]; readonly hashes: readonly object[] }> {
  const { device, identity, identityPrivateKey: seed, leafKey, user } = camille
  const bound = { user, seq: 1, prev: NO_EVENT, act: "bind", identity, device: null, key: null, time: at(10) } as const
  const first = await makeStatement(KEY_EVENT, bound, seed)
  const link = { user, seq: 2, prev: hashOfEvent(first), identity, time: at(10) }
  const added = await makeStatement(KEY_EVENT, { ...link, act: "add", device, key: leafKey }, seed)
  const revoked = await makeStatement(KEY_EVENT, { ...link, act: "revoke", device, key: null }, seed)
  const ended = await makeStatement(KEY_EVENT, { ...link, act: "end", device, key: null })
  const keys = [identity]
  const refused = async (name: string, raw: Uint8Array, change: JsonObject): Promise<Case> => ({
    name: `key_event: ${name}`,
    kind: "key_event",
    statement: await signedAnyway(KEY_EVENT.label, raw, change, seed),
    keys,
    code: "malformed",
  })
  const said = (name: string, statement: Uint8Array, code: Case["code"]): Case => ({
    name: `key_event: ${name}`,
    kind: "key_event",
    statement,
    keys,
    code,
  })
  return {
    cases: [
      ...(await once("key_event", KEY_EVENT, bound, seed)),
      said("a device added", added, null),
      said("a device revoked", revoked, null),
      said("ended by the server: nobody's signed word", ended, "bad_signature"),
      await refused("an end that somebody signed", ended, {}),
      said("a revocation that nobody signed", rewritten(ended, '"end"', '"revoke"'), "malformed"),
      await refused("added without its key", added, { key: null }),
      await refused("a binding of a device", first, { device }),
      await refused("the first follows something", first, { prev: toBase64(seeded("prev")) }),
      await refused("the second follows nothing", added, { prev: toBase64(NO_EVENT) }),
      await refused("numbered 0", first, { seq: 0 }),
      await refused("an unknown act", first, { act: "lose" }),
    ],
    hashes: [first, added, ended].map((event) => ({ event: toBase64(event), hash: toBase64(hashOfEvent(event)) })),
  }
}

export async function statementVectors(): Promise<object> {
  const events = await keyEvents()
  const cases = [
    ...(await orders()),
    ...(await attestations()),
    ...(await rotations()),
    ...(await ofDevices()),
    ...events.cases,
  ]
  const entry = { user: lea.user, name: "MARTIN Léa", number: "810000000003", system: "urn:oid:1.2.250.1.71.4.2.1" }
  return {
    origin: "frontend/test/vectors/generate.ts",
    cases: cases.map(({ code, keys, kind, name, statement }) => ({
      name,
      kind,
      statement: toBase64(statement),
      keys: keys.map(toBase64),
      code,
    })),
    events: events.hashes,
    pending: { ...entry, commitment: toBase64(pendingCommitment(entry)) },
  }
}
