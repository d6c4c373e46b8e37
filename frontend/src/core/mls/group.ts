/**
 * MLS as the rest of the client sees it: one group per circle, made, joined, changed and read.
 *
 * The parts live beside this file, one concept each; import from here.
 */
export { createGroup, type NewGroup } from "./create.ts"
export { commitPolicy, commitUpdate, type OwnCommit, type PolicyCommit } from "./commit.ts"
export { joinExternally, type ExternalJoin, type GroupView, type JoinChecks } from "./join.ts"
export { processCommit, type CommitChecks, type CommitSummary, type ProcessedCommit } from "./process.ts"
export { externalPub, groupInfo, type GroupInfoParts } from "./groupInfo.ts"
export type { LeafCheck, LeafClaim, OwnLeaf, Verdict } from "./context.ts"
export {
  confirmationTag,
  confirmedTranscriptHash,
  contentKey,
  deserialise,
  epoch,
  groupId,
  hasLeft,
  ownLeaf,
  policy,
  roster,
  serialise,
  treeHash,
  type GroupState,
  type RosterEntry,
} from "./state.ts"
export { generateHpkeKeyPair, hpkeOpen, hpkeSeal, type HpkeKeyPair, type HpkeSealed } from "./hpke.ts"
export {
  generateSignatureKeyPair,
  signWithLabel,
  verifyEd25519,
  verifyWithLabel,
  type SignatureKeyPair,
} from "./labels.ts"
export { CommitRefused, JoinRefused, MlsRefused, StateUnreadable, type RefusalCode } from "./refused.ts"
export { CIRCLE_POLICY, SUITE_NAME } from "./suite.ts"
