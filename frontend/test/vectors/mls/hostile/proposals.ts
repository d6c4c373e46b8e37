/** Lists of proposals that RFC 9420 §12.2 does not allow, or that nobody here can read. */
import type { Proposal } from "ts-mls"
import { concat, u32 } from "../../../../src/core/encoding/bytes.ts"
import { circleExtensions } from "../../../../src/core/mls/context.ts"
import { remove, text } from "../../../mls/cast.ts"
import { seeded } from "../../cast.ts"
import { framed, opaque, u16, u8 } from "../frame.ts"
import {
  byJoiners,
  byMembers,
  byMembersWithPath,
  commitIn,
  pathAlone,
  recommitted,
  senderOf,
  withPath,
  type Honest,
  type Hostile,
} from "./honest.ts"

function withProposals(honest: Honest, ...proposals: readonly Proposal[]): Promise<Uint8Array> {
  const inline = proposals.map((proposal) => ({ proposalOrRefType: "proposal", proposal }) as const)
  return recommitted(honest, (commit) => ({ ...commit, proposals: [...commit.proposals, ...inline] }))
}

/** The honest path behind a list of proposals that is written by hand. */
function listing(honest: Honest, ...proposals: readonly Uint8Array[]): Promise<Uint8Array> {
  const body = concat(opaque(...proposals), pathAlone(honest).slice(1))
  return framed({ signer: honest.signer, sender: senderOf(honest), body })
}

function hasPolicy({ message }: Honest): boolean {
  return commitIn(message).proposals.some(
    (entry) => entry.proposalOrRefType === "proposal" && entry.proposal.proposalType === "group_context_extensions",
  )
}

const aKey = seeded("a key of nobody")
const inline = (proposal: Uint8Array): Uint8Array => concat(u8(1), proposal)
const reference = (value: Uint8Array): Uint8Array => concat(u8(2), opaque(value))
const removal = (leaf: number): Uint8Array => concat(u16(3), u32(leaf))
const psk = (nonce: Uint8Array): Uint8Array => concat(u16(4), u8(1), opaque(text("a psk")), opaque(nonce))
const reinit = concat(u16(5), opaque(text("next")), u16(1), u16(1), opaque())
const externalInit = (kem: Uint8Array): Uint8Array => concat(u16(6), opaque(kem))
/** What a joiner's list holds beside the forbidden. */
const asJoiner = ({ external }: Honest): Uint8Array[] => (external ? [inline(externalInit(aKey))] : [])
const policy: Proposal = {
  proposalType: "group_context_extensions",
  groupContextExtensions: { extensions: circleExtensions(text("another policy")) },
}
const demandsMore: Proposal = {
  proposalType: "group_context_extensions",
  groupContextExtensions: { extensions: [{ extensionType: 0xf0c2, extensionData: new Uint8Array() }] },
}

export const PROPOSALS: readonly Hostile[] = [
  {
    reason: "more proposals than the bound",
    code: "too_many",
    fits: withPath,
    make: (honest) => listing(honest, ...Array.from({ length: 2100 }, () => reference(new Uint8Array()))),
  },
  {
    reason: "a proposal of a type that nobody knows",
    code: "unsupported_proposal",
    fits: withPath,
    make: (honest) => listing(honest, inline(concat(u16(0x0a0a), opaque(text("grease"))))),
  },
  {
    reason: "a proposal type from the private range",
    code: "unsupported_proposal",
    fits: withPath,
    make: (honest) => listing(honest, inline(concat(u16(0xf0c1), opaque(text("policy"))))),
  },
  {
    reason: "a reference to a proposal that was never sent",
    code: "unknown_proposal",
    fits: byMembersWithPath,
    make: (honest) => listing(honest, reference(aKey)),
  },
  {
    reason: "a joiner's reference to a proposal",
    code: "unknown_proposal",
    fits: byJoiners,
    make: (honest) => listing(honest, inline(externalInit(aKey)), reference(aKey)),
  },
  {
    reason: "neither a proposal nor a reference",
    code: "bad_value",
    fits: withPath,
    make: (honest) => listing(honest, concat(u8(3), aKey.slice(0, 4))),
  },
  {
    reason: "removes its own committer",
    code: "change_of_own_leaf",
    fits: byMembers,
    make: (honest) => withProposals(honest, remove(honest.leaf)),
  },
  {
    reason: "removes a leaf that is not there",
    code: "blank_leaf",
    make: (honest) => listing(honest, ...asJoiner(honest), inline(removal(1023))),
    fits: withPath,
  },
  {
    reason: "removes a leaf at the end of all numbers",
    code: "blank_leaf",
    make: (honest) => listing(honest, ...asJoiner(honest), inline(removal(0xffffffff))),
    fits: withPath,
  },
  {
    reason: "removes a leaf twice",
    code: "duplicate_proposal",
    fits: byMembers,
    make: (honest) => withProposals(honest, remove(honest.otherLeaf), remove(honest.otherLeaf)),
  },
  {
    reason: "replaces the extensions twice",
    code: "duplicate_proposal",
    fits: byMembers,
    make: (honest) => withProposals(honest, policy, policy),
  },
  {
    reason: "demands an extension that no leaf supports",
    code: "unsupported_by_member",
    fits: (honest) => byMembersWithPath(honest) && !hasPolicy(honest),
    make: (honest) => withProposals(honest, demandsMore),
  },
  {
    reason: "an extension twice in the group context",
    code: "duplicate_extension",
    fits: byMembersWithPath,
    make: (honest) => listing(honest, inline(concat(u16(7), opaque(u16(0xf0c1), opaque(), u16(0xf0c1), opaque())))),
  },
  {
    reason: "an ExternalInit by a member",
    code: "external_init_by_member",
    fits: byMembersWithPath,
    make: (honest) => listing(honest, inline(externalInit(aKey))),
  },
  {
    reason: "a ReInit that is not alone",
    code: "reinit_not_alone",
    fits: byMembersWithPath,
    make: (honest) => listing(honest, inline(reinit), inline(removal(honest.otherLeaf))),
  },
  {
    reason: "a pre-shared key with a short nonce",
    code: "bad_length",
    fits: byMembersWithPath,
    make: (honest) => listing(honest, inline(psk(aKey.slice(0, 8)))),
  },
  {
    reason: "the same pre-shared key twice",
    code: "duplicate_proposal",
    fits: byMembersWithPath,
    make: (honest) => listing(honest, inline(psk(aKey)), inline(psk(aKey))),
  },
  {
    reason: "a joiner without ExternalInit",
    code: "bad_external_commit",
    fits: byJoiners,
    make: (honest) => listing(honest),
  },
  {
    reason: "a joiner with two ExternalInits",
    code: "bad_external_commit",
    fits: byJoiners,
    make: (honest) => listing(honest, inline(externalInit(aKey)), inline(externalInit(seeded("another kem")))),
  },
  {
    reason: "an ExternalInit with a short key",
    code: "bad_length",
    fits: byJoiners,
    make: (honest) => listing(honest, inline(externalInit(aKey.slice(1)))),
  },
  {
    reason: "a joiner who removes two",
    code: "bad_external_commit",
    fits: byJoiners,
    make: (honest) => listing(honest, inline(externalInit(aKey)), inline(removal(0)), inline(removal(1))),
  },
  {
    reason: "a joiner who changes the policy",
    code: "not_in_external_commit",
    fits: byJoiners,
    make: (honest) => withProposals(honest, policy),
  },
  {
    reason: "a joiner who re-initialises",
    code: "not_in_external_commit",
    fits: byJoiners,
    make: (honest) => listing(honest, inline(externalInit(aKey)), inline(reinit)),
  },
]
