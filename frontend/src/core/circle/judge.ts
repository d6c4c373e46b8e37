/**
 * Taking in another device's commit: MLS verifies what RFC 9420 asks, this file what Cordée asks of the policy
 * (docs/protocol.md, "Circle policy"). A refusal changes nothing.
 */
import { sameBytes } from "../encoding/bytes.ts"
import type { Certificate } from "../identity/certificate.ts"
import type { DeviceId } from "../ids.ts"
import { processCommit, type CommitSummary, type LeafClaim, type ProcessedCommit, type Verdict } from "../mls/group.ts"
import { readCommit } from "../mls/read.ts"
import { advance, checkExtension } from "../policy/fold.ts"
import { sameIdentity, unfit } from "../policy/leaves.ts"
import { readNote } from "../policy/note.ts"
import type { Policy } from "../policy/policy.ts"
import { certificateOf, standing } from "./devices.ts"
import { liveGroup, type LiveGroup } from "./group.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"

/** The group after the commit; undefined when it removed this device. Throws CircleRefused. */
export async function takeIn(group: LiveGroup, commit: Uint8Array): Promise<LiveGroup | undefined> {
  const before = group.policy
  let intended: Promise<Policy> | undefined
  const after = (): Promise<Policy> => (intended ??= policyAfter(before, commit))
  let mine: unknown
  const judged = async (judge: () => Promise<Verdict>): Promise<Verdict> => {
    try {
      return await judge()
    } catch (error) {
      // The library knows refusals as words only; ours keeps its code and evidence here.
      mine ??= error
      return "refused"
    }
  }
  let processed: ProcessedCommit
  try {
    processed = await processCommit(group.state, commit, {
      leaf: (claim) => judged(async () => wrong(await certificateOf(claim, await after()))),
      successor: (old, next) => judged(async () => succession(old, next, before, await after())),
      commit: (summary) => judged(async () => checkCommit(summary, group, await after())),
    })
  } catch (error) {
    throw asCircleRefused(mine ?? error, commit)
  }
  if (processed.removed) return undefined
  return liveGroup(processed.next, group.circle, group.devices)
}

/** What the commit, not yet known to be authentic, would make of the policy. Throws PolicyRefused. */
async function policyAfter(before: Policy, commit: Uint8Array): Promise<Policy> {
  const written = readCommit(commit)
  return written === undefined ? before : advance(before, readNote(written.authenticatedData))
}

/**
 * The rules for a whole commit: the policy before it says who may commit, the policy after it which leaves must go.
 * Throws CircleRefused or PolicyRefused.
 */
async function checkCommit(summary: CommitSummary, group: LiveGroup, after: Policy): Promise<undefined> {
  const before = group.policy
  const refuse = (detail: string): CircleRefused =>
    new CircleRefused("policy_without_right", detail, summary.authenticatedData)

  const note = readNote(summary.authenticatedData)
  const committer = await certificateOf(summary.committer, after)
  if (typeof committer === "string") throw new CircleRefused("foreign_device", committer, summary.committer.identity)
  const fallen = standing(committer, after, note.time)
  if (fallen !== undefined) throw refuse(fallen)
  checkExtension(before, after, summary.policy)

  const old = summary.committerBefore
  if (summary.external) {
    if (note.changes.length > 0) throw refuse("joiner_changes_policy")
    // The one leaf that a joiner may remove is the same device's old one.
    const replaces = old === undefined ? undefined : await samePlace(old, summary.committer, before)
    if (replaces !== undefined) throw refuse(replaces)
    return
  }
  if (old === undefined) throw refuse("leaf_changes_hands")
  const member = await certificateOf(old, before)
  const fell = typeof member === "string" ? member : standing(member, before, note.time)
  const changes = fell ?? (await succession(old, summary.committer, before, after))
  if (changes !== undefined) throw refuse(changes)

  const roster = [...group.devices.values()]
  const mustGo = unfit(
    before,
    after,
    roster.map(({ certificate }) => certificate),
    committer.device,
  )
  const places = new Map(roster.map(({ certificate, leaf }): [number, DeviceId] => [leaf, certificate.device]))
  const gone = new Set(summary.removed.map(({ leaf }) => places.get(leaf)))
  if ([...gone].some((device) => device === undefined || !mustGo.has(device))) throw refuse("removes_without_end")
  if ([...mustGo].some((device) => !gone.has(device))) throw refuse("keeps_unfit_leaf")
}

/**
 * A member's leaf keeps its certificate; or, when its person's identity key changes, it is the same device and key
 * under the new one.
 */
async function succession(old: LeafClaim, next: LeafClaim, before: Policy, after: Policy): Promise<Verdict> {
  const one = await certificateOf(old, before)
  const other = await certificateOf(next, after)
  if (typeof one === "string") return one
  if (typeof other === "string") return other
  const kept = sameIdentity(before.persons.get(one.user), after.persons.get(other.user))
  const holds = one.user === other.user && one.device === other.device && sameBytes(one.key, other.key)
  return holds && sameBytes(one.raw, other.raw) === kept ? undefined : "leaf_changes_hands"
}

/** A returning device takes its own place: the same device of the same person, whatever its certificate was. */
async function samePlace(old: LeafClaim, next: LeafClaim, policy: Policy): Promise<Verdict> {
  const one = await certificateOf(old, policy)
  const other = await certificateOf(next, policy)
  if (typeof one === "string") return one
  if (typeof other === "string") return other
  return one.user === other.user && one.device === other.device ? undefined : "leaf_changes_hands"
}

function wrong(answer: Certificate | string): Verdict {
  return typeof answer === "string" ? answer : undefined
}
