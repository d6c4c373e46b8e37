/** envelope.json: what a client makes of each envelope (`code`), and what the server can see of it (`server`). */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { concat, u32, u64, utf8 } from "../../src/core/encoding/bytes.ts"
import { padme } from "../../src/core/encoding/padme.ts"
import { idBytes } from "../../src/core/encoding/uuid.ts"
import type { TextContent } from "../../src/core/envelope/content.ts"
import { makeEnvelope, type NewEnvelope } from "../../src/core/envelope/envelope.ts"
import { makeErasure } from "../../src/core/envelope/erasure.ts"
import { LARGEST_FILE, MOST_FILES, type FileContent } from "../../src/core/envelope/file.ts"
import { ENVELOPE_LIMIT, readEnvelope, writeHeader } from "../../src/core/envelope/header.ts"
import { LONGEST_EVENT, TITLE_LENGTH, type Notice } from "../../src/core/envelope/notice.ts"
import { commitment, messageKey } from "../../src/core/envelope/keys.ts"
import { asId, type FileId, type MessageId, type UserId } from "../../src/core/ids.ts"
import { signWithLabel } from "../../src/core/mls/group.ts"
import { amadou, at, camille, CIRCLE, OTHER_CIRCLE, seeded, stranger } from "./cast.ts"

const contentKey = seeded("content key")
const EPOCH = 3

const said: TextContent = {
  type: "text",
  text: "Pansement refait à 9 h, la plaie est propre.",
  files: [],
  mentions: [],
  counter: 7,
  log: { seq: 12, hash: seeded("log") },
}

const text: NewEnvelope = {
  kind: "message",
  circle: CIRCLE,
  epoch: EPOCH,
  id: asId<MessageId>("019386c5-6d00-7a01-8004-000000000001"),
  device: camille.device,
  created: at(42),
  content: said,
  contentKey,
  nonce: seeded("nonce", 24),
  signaturePrivateKey: camille.signaturePrivateKey,
}

const announcement: Notice = { type: "announcement", title: "Permanence de fin d’année" }

const event = {
  type: "event",
  title: "Réunion de concertation",
  starts: at(60_000),
  ends: at(60_000) + 3_600_000,
  place: "Salle 2",
} as const

const target = asId<MessageId>("019386c5-6d00-7a01-8004-000000000002")

function file(number: number, more: Partial<FileContent> = {}): FileContent {
  return {
    id: asId<FileId>(`019386c5-6d00-7a01-8005-${String(number).padStart(12, "0")}`),
    key: seeded(`file key ${number}`),
    name: "Plaie, jour 4.jpg",
    type: "image/jpeg",
    size: 1_482_113,
    sha256: seeded(`file ${number}`),
    ...more,
  }
}

function withFiles(files: readonly FileContent[], words = ""): Promise<Uint8Array> {
  return makeEnvelope({ ...text, content: { ...said, text: words, files } })
}

function erasing(files: readonly FileId[] = []): Promise<Uint8Array> {
  return makeErasure(text, { target, digest: seeded("target"), files })
}

/** Encrypts any plaintext under any header, and signs the whole as `camille`'s device would. */
async function craft({
  plaintext,
  header = {},
}: {
  plaintext: Uint8Array
  header?: Partial<NewEnvelope>
}): Promise<Uint8Array> {
  const bent = { ...text, ...header }
  const associated = writeHeader({ ...bent, commitment: commitment(contentKey, bent.circle, bent.epoch) })
  const key = messageKey(contentKey, bent.device, bent.id)
  const signed = concat(associated, bent.nonce, xchacha20poly1305(key, bent.nonce, associated).encrypt(plaintext))
  return resigned(concat(signed, new Uint8Array(64)))
}

/** The same bytes with a signature that fits them. */
async function resigned(raw: Uint8Array): Promise<Uint8Array> {
  const signed = raw.slice(0, -64)
  return concat(signed, await signWithLabel(camille.signaturePrivateKey, "CordeeEnvelope", signed))
}

function padded(json: string): Uint8Array {
  const bytes = utf8(json)
  const length = padme(Math.max(256, 4 + bytes.length))
  return concat(u32(bytes.length), bytes, new Uint8Array(length - 4 - bytes.length))
}

function bent(raw: Uint8Array, offset: number, byte: number): Uint8Array {
  const copy = raw.slice()
  copy[offset] = byte
  return copy
}

function flipped(raw: Uint8Array, offset: number): Uint8Array {
  const at = offset < 0 ? raw.length + offset : offset
  return bent(raw, at, (raw[at] ?? 0) ^ 1)
}

export async function envelopeVectors(): Promise<object> {
  const valid = await makeEnvelope(text)
  const long = await makeEnvelope({
    ...text,
    content: { ...said, text: "é".repeat(4000), counter: 8, log: { seq: 0, hash: new Uint8Array(32) } },
  })
  const receipt = await makeEnvelope({ ...text, kind: "receipt", content: { type: "read", read: 12 } })
  const acknowledgement = { type: "ack", target, counter: 8, log: said.log } as const
  const ack = await makeEnvelope({ ...text, kind: "ack", content: acknowledgement })
  const taken = await makeEnvelope({ ...text, kind: "ack", content: { ...acknowledgement, type: "taken" } })
  const naming = (mentions: readonly UserId[]): Promise<Uint8Array> =>
    makeEnvelope({ ...text, content: { ...said, mentions } })
  const noticing = (notice: Notice, words = "À jeudi."): Promise<Uint8Array> =>
    makeEnvelope({
      ...text,
      kind: "notice",
      content: { type: "notice", notice, text: words, counter: 8, log: said.log },
    })
  const log = `"log":{"hash":"${toBase64(seeded("log"))}","seq":12}`
  const json = `{"counter":7,"files":[],${log},"text":"ok","type":"text","v":1}`
  const misnaming = (mentions: string): Promise<Uint8Array> =>
    craft({ plaintext: padded(json.replace(`"text"`, `"mentions":[${mentions}],"text"`)) })
  const fileJson = (more: string): string =>
    `{"id":"${file(1).id}","key":"${toBase64(file(1).key)}","name":"a.pdf",` +
    `"sha256":"${toBase64(file(1).sha256)}","size":1,"type":"application/pdf"${more}}`
  const otherSize = concat(padded(json), new Uint8Array(8))
  const dirty = padded(json)
  dirty[255] = 1

  const cases: readonly { name: string; envelope: Uint8Array; code: string | null; server: string | null }[] = [
    { name: "a message", envelope: valid, code: null, server: null },
    { name: "a long message", envelope: long, code: null, server: null },
    { name: "a receipt", envelope: receipt, code: null, server: null },
    { name: "an urgent message", envelope: await makeEnvelope({ ...text, kind: "urgent" }), code: null, server: null },
    { name: "files without words", envelope: await withFiles([file(1)]), code: null, server: null },
    {
      name: "as many files as may be",
      envelope: await withFiles(Array.from({ length: MOST_FILES }, (_, at) => file(at + 1))),
      code: null,
      server: null,
    },
    { name: "naming people", envelope: await naming([camille.user, amadou.user]), code: null, server: null },
    { name: "naming nobody, and saying so", envelope: await misnaming(""), code: "not_as_signed", server: null },
    {
      name: "naming somebody twice",
      envelope: await misnaming(`"${camille.user}","${camille.user}"`),
      code: "not_as_signed",
      server: null,
    },
    { name: "naming no id", envelope: await misnaming(`"Camille"`), code: "not_as_signed", server: null },
    { name: "an announcement", envelope: await noticing(announcement), code: null, server: null },
    { name: "an event", envelope: await noticing(event), code: null, server: null },
    { name: "a notice without words", envelope: await noticing(announcement, ""), code: null, server: null },
    {
      name: "an announcement without a title",
      envelope: await noticing({ ...announcement, title: " " }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a title of two lines",
      envelope: await noticing({ ...announcement, title: "a\nb" }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a title longer than may be",
      envelope: await noticing({ ...announcement, title: "a".repeat(TITLE_LENGTH + 1) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "an event that ends when it begins",
      envelope: await noticing({ ...event, ends: event.starts }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "an event of two months",
      envelope: await noticing({ ...event, ends: event.starts + 2 * LONGEST_EVENT }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a message that calls itself a notice",
      envelope: await craft({ plaintext: padded(json), header: { kind: "notice" } }),
      code: "not_as_signed",
      server: null,
    },
    { name: "an acknowledgement", envelope: ack, code: null, server: null },
    { name: "taking it", envelope: taken, code: null, server: null },
    { name: "an erasure", envelope: await erasing(), code: null, server: null },
    { name: "an erasure with files", envelope: await erasing([file(1).id, file(2).id]), code: null, server: null },
    { name: "empty", envelope: new Uint8Array(0), code: "bad_envelope", server: "bad_envelope" },
    { name: "header only", envelope: valid.slice(0, 122), code: "bad_envelope", server: "bad_envelope" },
    {
      name: "too large",
      envelope: concat(valid, new Uint8Array(ENVELOPE_LIMIT)),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    { name: "version 0", envelope: await resigned(bent(valid, 0, 0)), code: "bad_envelope", server: "bad_envelope" },
    { name: "version 2", envelope: await resigned(bent(valid, 0, 2)), code: "bad_envelope", server: "bad_envelope" },
    { name: "kind 0", envelope: await resigned(bent(valid, 1, 0)), code: "bad_envelope", server: "bad_envelope" },
    { name: "kind 7", envelope: await resigned(bent(valid, 1, 7)), code: "bad_envelope", server: "bad_envelope" },
    {
      name: "an epoch beyond 2^53",
      envelope: await resigned(bent(valid, 18, 255)),
      code: "bad_envelope",
      server: null,
    },
    {
      name: "a time after the year 10889",
      envelope: await resigned(bent(valid, 58, 1)),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "message id of version 4",
      envelope: await resigned(bent(valid, 32, 0x4a)),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "of another circle",
      envelope: await makeEnvelope({ ...text, circle: OTHER_CIRCLE }),
      code: "wrong_place",
      server: null,
    },
    {
      name: "of another epoch",
      envelope: await makeEnvelope({ ...text, epoch: EPOCH + 1 }),
      code: "wrong_place",
      server: null,
    },
    {
      name: "of a device without a leaf",
      envelope: await makeEnvelope({ ...text, device: stranger.device }),
      code: "unknown_device",
      server: null,
    },
    {
      name: "signed by another device",
      envelope: await makeEnvelope({ ...text, device: amadou.device }),
      code: "bad_signature",
      server: "bad_signature",
    },
    { name: "a bit of the signature", envelope: flipped(valid, -1), code: "bad_signature", server: "bad_signature" },
    { name: "a bit of the ciphertext", envelope: flipped(valid, 130), code: "bad_signature", server: "bad_signature" },
    { name: "a bit of the commitment", envelope: flipped(valid, 70), code: "bad_signature", server: "bad_signature" },
    { name: "a bit of the time", envelope: flipped(valid, 65), code: "bad_signature", server: "bad_signature" },
    {
      name: "sealed under another content key",
      envelope: await makeEnvelope({ ...text, contentKey: seeded("another key") }),
      code: "wrong_key",
      server: null,
    },
    {
      name: "a commitment of another epoch's key, signed",
      envelope: await resigned(flipped(valid, 70)),
      code: "wrong_key",
      server: null,
    },
    {
      name: "ciphertext altered before signing",
      envelope: await resigned(flipped(valid, 130)),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "nonce altered before signing",
      envelope: await resigned(flipped(valid, 100)),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "moved to another message id",
      envelope: await resigned(flipped(valid, 41)),
      code: "not_as_signed",
      server: null,
    },
    { name: "padded otherwise", envelope: await craft({ plaintext: otherSize }), code: "not_as_signed", server: null },
    { name: "padding is not zero", envelope: await craft({ plaintext: dirty }), code: "not_as_signed", server: null },
    {
      name: "a length beyond the text",
      envelope: await craft({ plaintext: concat(u32(2 ** 31), new Uint8Array(252)) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "an unknown field",
      envelope: await craft({ plaintext: padded(json.replace(',"v":1}', ',"v":1,"w":1}')) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "an unknown version of the content",
      envelope: await craft({ plaintext: padded(json.replace('"v":1}', '"v":2}')) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "content not canonical",
      envelope: await craft({ plaintext: padded(`${json} `) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "counter 0",
      envelope: await craft({ plaintext: padded(json.replace('"counter":7', '"counter":0')) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "says nothing",
      envelope: await craft({ plaintext: padded(json.replace('"ok"', '""')) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "without the list of files",
      envelope: await craft({ plaintext: padded(json.replace('"files":[],', "")) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a file with an unknown field",
      envelope: await craft({ plaintext: padded(json.replace("[]", `[${fileJson(',"w":1')}]`)) }),
      code: "not_as_signed",
      server: null,
    },
    { name: "a file twice", envelope: await withFiles([file(1), file(1)]), code: "not_as_signed", server: null },
    {
      name: "more files than may be",
      envelope: await withFiles(Array.from({ length: MOST_FILES + 1 }, (_, at) => file(at + 1))),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a file larger than may be",
      envelope: await withFiles([file(1, { size: LARGEST_FILE + 1 })]),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a file without a name",
      envelope: await withFiles([file(1, { name: "" })]),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a file key of 31 bytes",
      envelope: await withFiles([file(1, { key: seeded("short", 31) })]),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "a text in an acknowledgement",
      envelope: await craft({ header: { kind: "ack" }, plaintext: padded(json) }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "an acknowledgement in a message",
      envelope: await makeEnvelope({ ...text, content: acknowledgement }),
      code: "not_as_signed",
      server: null,
    },
    {
      name: "an erasure of nothing",
      envelope: await resigned(concat((await erasing()).slice(0, 122 + 32), new Uint8Array(64))),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "an erasure with half a file",
      envelope: await resigned(concat((await erasing()).slice(0, -64), new Uint8Array(8 + 64))),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "an erasure with more files than may be",
      envelope: await erasing(Array.from({ length: MOST_FILES + 1 }, (_, at) => file(at + 1).id)),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "an erasure with a commitment",
      envelope: await resigned(bent(await erasing(), 66, 1)),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "an erasure with a nonce",
      envelope: await resigned(bent(await erasing(), 98, 1)),
      code: "bad_envelope",
      server: "bad_envelope",
    },
    {
      name: "a receipt's content in a message",
      envelope: await craft({ plaintext: padded('{"read":12,"type":"read","v":1}') }),
      code: "not_as_signed",
      server: null,
    },
  ]

  return {
    origin: "frontend/test/vectors/generate.ts",
    place: { circle: CIRCLE, epoch: EPOCH },
    leaf_keys: { [camille.device]: toBase64(camille.leafKey), [amadou.device]: toBase64(amadou.leafKey) },
    content_key: toBase64(contentKey),
    commitment: toBase64(commitment(contentKey, CIRCLE, EPOCH)),
    message_key: toBase64(messageKey(contentKey, text.device, text.id)),
    header: {
      kind: 1,
      circle: CIRCLE,
      epoch: EPOCH,
      id: text.id,
      device: text.device,
      created: text.created,
      associated: toBase64(readEnvelope(valid).associated),
      circle_bytes: toBase64(idBytes(CIRCLE)),
      epoch_bytes: toBase64(u64(EPOCH)),
    },
    cases: cases.map((entry) => ({ ...entry, envelope: toBase64(entry.envelope) })),
  }
}
