/** canonical.json, padme.json, loghash.json, certificate.json. */
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { concat, fromUtf8, utf8 } from "../../src/core/encoding/bytes.ts"
import { encode, type JsonObject } from "../../src/core/encoding/canonical.ts"
import { padme } from "../../src/core/encoding/padme.ts"
import { LOG_START, nextPlace } from "../../src/core/envelope/log.ts"
import { makeCertificate } from "../../src/core/identity/certificate.ts"
import { readTime, writeTime } from "../../src/core/encoding/time.ts"
import { amadou, camille, OPENED, seeded } from "./cast.ts"

const ORIGIN = "frontend/test/vectors/generate.ts"

export function canonicalVectors(): object {
  const values: readonly JsonObject[] = [
    {},
    { b: 1, a: [true, false, null], "": "empty key", A: { z: -1, y: 0 } },
    { text: 'Élodie a dit : « 38,5 °C » \\ "demain" / \u0000\u0007\b\t\n\f\r\u001f\u007f\u2028 😷' },
    { most: Number.MAX_SAFE_INTEGER, least: -Number.MAX_SAFE_INTEGER },
    { nested: [[[[{}]]], [], ""] },
  ]
  const refused: readonly { name: string; bytes: Uint8Array }[] = [
    { name: "nothing", bytes: utf8("") },
    { name: "not an object", bytes: utf8("[]") },
    { name: "a space", bytes: utf8('{"a": 1}') },
    { name: "a line end after it", bytes: utf8('{"a":1}\n') },
    { name: "keys out of order", bytes: utf8('{"b":1,"a":1}') },
    { name: "a key twice", bytes: utf8('{"a":1,"a":1}') },
    { name: "a fraction", bytes: utf8('{"a":1.5}') },
    { name: "a fraction of nothing", bytes: utf8('{"a":1.0}') },
    { name: "an exponent", bytes: utf8('{"a":1e2}') },
    { name: "minus nothing", bytes: utf8('{"a":-0}') },
    { name: "2^53", bytes: utf8('{"a":9007199254740992}') },
    { name: "not a number", bytes: utf8('{"a":NaN}') },
    { name: "an escape that is not needed", bytes: utf8('{"a":"\\u0041"}') },
    { name: "an escape in capitals", bytes: utf8('{"a":"\\u001F"}') },
    { name: "a solidus escaped", bytes: utf8('{"a":"\\/"}') },
    { name: "half a surrogate pair", bytes: utf8('{"a":"\\ud83d"}') },
    { name: "not UTF-8", bytes: concat(utf8('{"a":"'), Uint8Array.of(0xff), utf8('"}')) },
    { name: "a byte order mark", bytes: concat(Uint8Array.of(0xef, 0xbb, 0xbf), utf8("{}")) },
    { name: "a key that is not ASCII", bytes: utf8('{"é":1}') },
  ]
  return {
    origin: ORIGIN,
    canonical: values.map((value) => toBase64(encode(value))),
    refused: refused.map(({ bytes, name }) => ({ name, bytes: toBase64(bytes) })),
  }
}

export function padmeVectors(): object {
  const lengths = [
    0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 100, 255, 256, 257, 264, 265, 511, 512, 513, 1000, 4095, 4097, 40_000, 49_152,
  ]
  return { origin: ORIGIN, lengths: lengths.map((length) => ({ length, padded: padme(length) })) }
}

export function logVectors(): object {
  let place = LOG_START
  const places = Array.from({ length: 5 }, (_, index) => {
    const digest = seeded(`item ${index + 1}`)
    place = nextPlace(place, digest)
    return { seq: place.seq, digest: toBase64(digest), hash: toBase64(place.hash) }
  })
  const far = nextPlace({ seq: 2 ** 40, hash: seeded("far") }, seeded("item far"))
  return {
    origin: ORIGIN,
    places,
    far: {
      before: { seq: 2 ** 40, hash: toBase64(seeded("far")) },
      digest: toBase64(seeded("item far")),
      after: { seq: far.seq, hash: toBase64(far.hash) },
    },
  }
}

export async function certificateVectors(): Promise<object> {
  const { device, identityPrivateKey, leafKey, user } = camille
  const valid = await makeCertificate({ user, device, key: leafKey, created: OPENED, identityPrivateKey })
  const text = fromUtf8(valid)
  const notAfter = /"not_after":"([^"]*)"/.exec(text)?.[1] ?? ""
  const rewrite = (from: string, to: string): Uint8Array => {
    if (!text.includes(from)) throw new TypeError(`nothing to rewrite: ${from}`)
    return utf8(text.replace(from, to))
  }
  const cases: readonly { name: string; certificate: Uint8Array; identity: Uint8Array; code: string | null }[] = [
    { name: "valid", certificate: valid, identity: camille.identity, code: null },
    { name: "another person's identity key", certificate: valid, identity: amadou.identity, code: "bad_signature" },
    {
      name: "another device",
      certificate: rewrite(device, amadou.device),
      identity: camille.identity,
      code: "bad_signature",
    },
    {
      name: "another leaf key",
      certificate: rewrite(toBase64(leafKey), toBase64(amadou.leafKey)),
      identity: camille.identity,
      code: "bad_signature",
    },
    {
      name: "a longer life",
      certificate: rewrite(notAfter, writeTime((readTime(notAfter) ?? 0) + 1)),
      identity: camille.identity,
      code: "bad_signature",
    },
    { name: "an identity key of small order", certificate: valid, identity: new Uint8Array(32), code: "bad_signature" },
    {
      name: "ends before it begins",
      certificate: rewrite(notAfter, writeTime(OPENED - 1)),
      identity: camille.identity,
      code: "malformed",
    },
    {
      name: "a life of ten years",
      certificate: rewrite(notAfter, "2036-11-02T08:00:00.000Z"),
      identity: camille.identity,
      code: "malformed",
    },
    {
      name: "a day that does not exist",
      certificate: rewrite(notAfter, "2027-02-30T08:00:00.000Z"),
      identity: camille.identity,
      code: "malformed",
    },
    {
      name: "an unknown field",
      certificate: rewrite('"v":1}', '"v":1,"w":1}'),
      identity: camille.identity,
      code: "malformed",
    },
    {
      name: "an unknown version",
      certificate: rewrite('"v":1}', '"v":2}'),
      identity: camille.identity,
      code: "malformed",
    },
    {
      name: "an id in capitals",
      certificate: rewrite(device, device.toUpperCase()),
      identity: camille.identity,
      code: "malformed",
    },
    {
      name: "no signature",
      certificate: utf8(text.replace(/"sig":"[^"]*",/, "")),
      identity: camille.identity,
      code: "malformed",
    },
    { name: "not canonical", certificate: utf8(`${text} `), identity: camille.identity, code: "malformed" },
  ]
  return {
    origin: ORIGIN,
    cases: cases.map(({ certificate, code, identity, name }) => ({
      name,
      certificate: toBase64(certificate),
      identity_key: toBase64(identity),
      code,
    })),
    valid: { user, device, key: toBase64(leafKey), created: writeTime(OPENED), not_after: notAfter },
  }
}
