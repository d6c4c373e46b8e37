/** Altered bytes, and frames that say something else than their author may. */
import { encodeMlsMessage } from "ts-mls"
import type { FramedContentCommit } from "ts-mls/framedContent.js"
import { concat, u32 } from "../../../../src/core/encoding/bytes.ts"
import { text } from "../../../mls/cast.ts"
import { changed } from "../../../mls/hostile.ts"
import { seeded } from "../../cast.ts"
import { byMember, byOutsider, byProposer, framed, opaque, u16, u8 } from "../frame.ts"
import { byMembers, bytesOf, pathAlone, senderOf, withPath, type Honest, type Hostile } from "./honest.ts"

const TAG = 33

/** The honest bytes with those at `place` (from the end when negative) replaced. */
function spliced(honest: Honest, place: number, taken: number, ...put: number[]): Uint8Array {
  const bytes = bytesOf(honest)
  const from = place < 0 ? bytes.length + place : place
  return concat(bytes.slice(0, from), Uint8Array.from(put), bytes.slice(from + taken))
}

async function reframed(
  honest: Honest,
  change: Partial<FramedContentCommit>,
  signer = honest.signer,
): Promise<Uint8Array> {
  return encodeMlsMessage(await changed(honest.message, signer, (content) => ({ ...content, ...change })))
}

async function signedAsPrivate(honest: Honest): Promise<Uint8Array> {
  const frame = { signer: honest.signer, sender: senderOf(honest), body: pathAlone(honest), wireFormat: 2 }
  const bytes = await framed(frame)
  bytes[3] = 1
  return bytes
}

const lastLeaf = ({ tree }: Honest): number => (tree.length + 1) / 2

export const FRAMES: readonly Hostile[] = [
  { reason: "the last byte is missing", code: "truncated", make: (honest) => bytesOf(honest).slice(0, -1) },
  {
    reason: "half of it is missing",
    code: "truncated",
    make: (honest) => bytesOf(honest).slice(0, bytesOf(honest).length >> 1),
  },
  { reason: "a byte follows", code: "trailing_bytes", make: (honest) => concat(bytesOf(honest), u8(0)) },
  {
    reason: "a length in more bytes than it needs",
    code: "bad_length",
    make: (honest) => spliced(honest, 4, 1, 0x40, 0x10),
  },
  {
    reason: "a length of eight bytes",
    code: "bad_length",
    make: (honest) => spliced(honest, 4, 1, 0xc0, 0, 0, 0, 0, 0, 0, 0x10),
  },
  {
    reason: "a group id of a gigabyte",
    code: "truncated",
    make: (honest) => spliced(honest, 4, 1, 0xbf, 0xff, 0xff, 0xff),
  },
  { reason: "another protocol version", code: "unsupported_version", make: (honest) => spliced(honest, 0, 2, 0, 2) },
  { reason: "an unknown wire format", code: "bad_value", make: (honest) => spliced(honest, 2, 2, 0, 9) },
  {
    reason: "a presence octet that is neither 0 nor 1",
    code: "bad_value",
    make: (honest) => framed({ signer: honest.signer, sender: senderOf(honest), body: concat(opaque(), u8(2)) }),
  },
  {
    reason: "the signature altered",
    code: "bad_signature",
    make: (honest) => spliced(honest, -(honest.external ? TAG : 2 * TAG) - 64, 1, 0x55),
  },
  {
    reason: "signed by another member",
    code: "bad_signature",
    make: (honest) => reframed(honest, {}, { ...honest.signer, signaturePrivateKey: honest.other.signaturePrivateKey }),
  },
  {
    reason: "signed over another group context",
    code: "bad_signature",
    make: (honest) =>
      reframed(
        honest,
        {},
        { ...honest.signer, groupContext: { ...honest.signer.groupContext, treeHash: seeded("a tree") } },
      ),
  },
  {
    reason: "for the epoch before",
    code: "stale_epoch",
    fits: ({ signer }) => signer.groupContext.epoch > 0n,
    make: (honest) => reframed(honest, { epoch: honest.signer.groupContext.epoch - 1n }),
  },
  {
    reason: "for the epoch after",
    code: "stale_epoch",
    make: (honest) => reframed(honest, { epoch: honest.signer.groupContext.epoch + 1n }),
  },
  {
    reason: "for another group",
    code: "wrong_group",
    make: (honest) => reframed(honest, { groupId: seeded("another group", 16) }),
  },
  {
    reason: "the commit before, once more",
    code: "stale_epoch",
    fits: ({ before }) => before !== undefined,
    make: ({ before }) => before ?? new Uint8Array(),
  },
  {
    reason: "from a leaf that is blank or not there",
    code: "unknown_sender",
    fits: withPath,
    make: (honest) => framed({ signer: honest.signer, sender: byMember(lastLeaf(honest)), body: pathAlone(honest) }),
  },
  {
    reason: "from another member's leaf",
    code: "bad_signature",
    fits: withPath,
    make: (honest) => framed({ signer: honest.signer, sender: byMember(honest.otherLeaf), body: pathAlone(honest) }),
  },
  {
    reason: "from an external sender",
    code: "unsupported_sender",
    fits: withPath,
    make: (honest) => framed({ signer: honest.signer, sender: byOutsider(0), body: pathAlone(honest) }),
  },
  {
    reason: "from who may only propose",
    code: "unsupported_sender",
    fits: withPath,
    make: (honest) => framed({ signer: honest.signer, sender: byProposer, body: pathAlone(honest) }),
  },
  {
    reason: "a proposal where a commit belongs",
    code: "not_a_commit",
    fits: byMembers,
    make: ({ signer, leaf, otherLeaf }) =>
      framed({ signer, sender: byMember(leaf), body: concat(u16(3), u32(otherLeaf)), contentType: 2 }),
  },
  {
    reason: "application data where a commit belongs",
    code: "not_a_commit",
    fits: byMembers,
    make: ({ signer, leaf }) => framed({ signer, sender: byMember(leaf), body: opaque(text("hello")), contentType: 1 }),
  },
  {
    reason: "a private message",
    code: "not_public_message",
    make: ({ signer }) =>
      concat(
        u16(1),
        u16(2),
        opaque(signer.groupContext.groupId),
        new Uint8Array(8),
        u8(3),
        opaque(),
        opaque(text("sender")),
        opaque(text("secret")),
      ),
  },
  {
    reason: "signed as a private message",
    code: "bad_signature",
    fits: withPath,
    make: signedAsPrivate,
  },
]
