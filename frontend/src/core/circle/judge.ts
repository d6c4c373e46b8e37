/**
 * Taking in another device's commit: MLS verifies what RFC 9420 asks, this file what Cordée asks of the policy
 * (docs/protocol.md, "Circle policy"). A refusal changes nothing.
 */
import { sameBytes } from "../encoding/bytes.ts"
import type { Certificate } from "../identity/certificate.ts"
import { processCommit, type CommitSummary, type LeafClaim, type ProcessedCommit, type Verdict } from "../mls/group.ts"
import { applyNote } from "../policy/fold.ts"
import { readNote } from "../policy/note.ts"
import type { Policy } from "../policy/policy.ts"
import { certificateOf, devicesOf, standing } from "./devices.ts"
import { liveGroup, type LiveGroup } from "./group.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"

/** The group after the commit; undefined when it removed this device. Throws CircleRefused. */
export async function takeIn(group: LiveGroup, commit: Uint8Array): Promise<LiveGroup | undefined> {
  let mine: unknown
  let processed: ProcessedCommit
  try {
    processed = await processCommit(group.state, commit, {
      leaf: async (claim) => wrong(await certificateOf(claim, group.policy)),
      successor: (before, after) => samePlace(before, after, group.policy),
      commit: async (summary) => {
        try {
          await checkCommit(summary, group.policy)
          return undefined
        } catch (error) {
          // The library knows refusals as words only; ours keeps its code and evidence here.
          mine = error
          return "refused"
        }
      },
    })
  } catch (error) {
    throw asCircleRefused(mine ?? error, commit)
  }
  if (processed.removed) return undefined
  // Refuses also a person who was ended and still has a leaf.
  return liveGroup(processed.next, group.circle, group.devices)
}

/** The rules for a whole commit, by the policy before it. Throws CircleRefused or PolicyRefused. */
async function checkCommit(summary: CommitSummary, policy: Policy): Promise<void> {
  const refuse = (detail: string): CircleRefused =>
    new CircleRefused("policy_without_right", detail, summary.authenticatedData)

  const note = readNote(summary.authenticatedData)
  const committer = await certificateOf(summary.committer, policy)
  if (typeof committer === "string") throw new CircleRefused("foreign_device", committer, summary.committer.identity)
  const fallen = standing(committer, policy, note.time)
  if (fallen !== undefined) throw refuse(fallen)
  const after = await applyNote(policy, note, summary.policy)

  const before = summary.committerBefore
  if (summary.external) {
    if (note.changes.length > 0) throw refuse("joiner_changes_policy")
    // The one leaf that a joiner may remove is the same device's old one.
    const replaces = before === undefined ? undefined : await samePlace(before, summary.committer, policy)
    if (replaces !== undefined) throw refuse(replaces)
    return
  }
  if (before === undefined || !sameBytes(before.identity, summary.committer.identity))
    throw refuse("leaf_changes_hands")
  const removed = await devicesOf(summary.removed, policy)
  if (typeof removed === "string") throw refuse(removed)
  const stays = [...removed.values()].some(({ certificate }) => after.persons.has(certificate.user))
  if (stays) throw refuse("removes_without_end")
}

/** A leaf follows another when both are the same device of the same person. */
async function samePlace(before: LeafClaim, after: LeafClaim, policy: Policy): Promise<Verdict> {
  const old = await certificateOf(before, policy)
  const next = await certificateOf(after, policy)
  if (typeof old === "string") return old
  if (typeof next === "string") return next
  return old.user === next.user && old.device === next.device ? undefined : "leaf_changes_hands"
}

function wrong(answer: Certificate | string): Verdict {
  return typeof answer === "string" ? answer : undefined
}
