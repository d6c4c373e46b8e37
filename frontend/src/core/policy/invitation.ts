/**
 * An invitation: the inviter's signed word to one person, pinning the circle's first change and the head of the chain
 * that names the invitee. A joiner cannot check MLS's confirmation tag, so this pin is what a joiner trusts
 * (docs/protocol.md).
 */
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { decode, encode, NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import { readCertificate, type UnverifiedCertificate } from "../identity/certificate.ts"
import type { CircleId, UserId } from "../ids.ts"
import { signWithLabel, verifyWithLabel } from "../mls/group.ts"
import { readChange, withoutSignature, type Signer, type UnverifiedChange } from "./change.ts"
import { fold } from "./fold.ts"
import type { Head, Policy } from "./policy.ts"
import { PolicyRefused } from "./refused.ts"

const LABEL = "CordeeInvitation"
const LIMIT = 4096

export interface NewInvitation {
  readonly circle: CircleId
  /** Hash of change 0. */
  readonly change0: Uint8Array
  /** The head after the change that names the invitee. */
  readonly head: Head
  readonly user: UserId
  /** Null for a pending person. */
  readonly identity: Uint8Array | null
  readonly created: number
  readonly expires: number
}

/** Well formed; its signer is known only once the chain is. */
export interface UnverifiedInvitation extends NewInvitation {
  readonly certificate: UnverifiedCertificate
  readonly signature: Uint8Array
  readonly signed: Uint8Array
}

export async function makeInvitation(invitation: NewInvitation, signer: Signer): Promise<Uint8Array> {
  const content = {
    cert: toBase64(signer.certificate),
    change0: toBase64(invitation.change0),
    circle: invitation.circle,
    created: writeTime(invitation.created),
    expires: writeTime(invitation.expires),
    head: { hash: toBase64(invitation.head.hash), n: invitation.head.n },
    identity: invitation.identity === null ? null : toBase64(invitation.identity),
    user: invitation.user,
    v: 1,
  }
  const signature = await signWithLabel(signer.signaturePrivateKey, LABEL, encode(content))
  return encode({ ...content, sig: toBase64(signature) })
}

/** Throws PolicyRefused `bad_invitation`. */
export function readInvitation(raw: Uint8Array): UnverifiedInvitation {
  try {
    const content = decode(raw, LIMIT)
    const fields = new Fields(content)
    fields.version()
    const head = fields.object("head")
    const invitation: UnverifiedInvitation = {
      certificate: readCertificate(fields.bytes("cert")),
      change0: fields.bytes("change0", 32),
      circle: fields.id<CircleId>("circle"),
      created: fields.time("created"),
      expires: fields.time("expires"),
      head: { n: head.count("n"), hash: head.bytes("hash", 32) },
      identity: fields.maybe("identity", (from, name) => from.bytes(name, 32)),
      signature: fields.bytes("sig", 64),
      signed: withoutSignature(content),
      user: fields.id<UserId>("user"),
    }
    head.end()
    fields.end()
    return invitation
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new PolicyRefused("bad_invitation", cause)
    throw cause
  }
}

/** To whom the invitation must be. */
export interface Invitee {
  readonly circle: CircleId
  readonly user: UserId
  readonly identity: Uint8Array
}

/**
 * Verifies a whole chain through the invitation's pin and answers the policy that it writes. Throws PolicyRefused.
 *
 * The pin must lie on the chain: change 0, and the change `head.n`, which must be the one that invites this person,
 * made by the device that signed the invitation. What came after the pin must fold as any chain does, and at its end
 * the chain must name this person's identity: who was pending has been admitted since, and keys may have changed.
 */
export async function foldThroughInvitation(
  changes: readonly Uint8Array[],
  raw: Uint8Array,
  invitee: Invitee,
): Promise<Policy> {
  const invitation = readInvitation(raw)
  const first = changes[0]
  const pinned = changes[invitation.head.n]
  if (first === undefined || pinned === undefined) throw new PolicyRefused("broken_chain")
  const change = readChange(pinned)
  if (!sameBytes(readChange(first).hash, invitation.change0) || !sameBytes(change.hash, invitation.head.hash)) {
    throw new PolicyRefused("broken_chain")
  }
  const isMine = invitation.circle === invitee.circle && invitation.user === invitee.user
  if (!isMine || !belongs(invitation, change)) throw new PolicyRefused("wrong_invitation")
  // Folding verifies the certificate with which the invitation, too, is signed.
  const policy = await fold(changes, invitee.circle)
  if (!(await verifyWithLabel(change.certificate.key, LABEL, invitation.signed, invitation.signature))) {
    throw new PolicyRefused("wrong_invitation")
  }
  const me = policy.persons.get(invitee.user)
  if (me === undefined || !sameKey(me.identity, invitee.identity)) throw new PolicyRefused("not_named")
  return policy
}

function sameKey(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : sameBytes(one, other)
}

function belongs(invitation: UnverifiedInvitation, { certificate, op, time }: UnverifiedChange): boolean {
  return (
    op.type === "invite" &&
    op.person.user === invitation.user &&
    sameKey(op.person.identity, invitation.identity) &&
    time === invitation.created &&
    sameBytes(certificate.raw, invitation.certificate.raw)
  )
}
