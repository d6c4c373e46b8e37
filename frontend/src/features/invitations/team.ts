/** Inviting several people on the same conditions: one commit each, so that one refusal leaves the others invited. */
import type { Candidate, Circle, Invite } from "../../core/index.ts"

/** How it stands with one of them; `refused` with the error, for words. */
export type Standing =
  { readonly at: "waiting" | "running" | "invited" } | { readonly at: "refused"; readonly error: unknown }

export type Conditions = Pick<Invite, "role" | "ground" | "notAfter">

/** Who can be invited without a word about each: one situation a person, and an address where there is no account. */
export function together(found: readonly Candidate[]): { can: readonly Candidate[]; apart: readonly Candidate[] } {
  const people = new Map<string, Candidate>()
  for (const each of found) {
    if (each.invitable && !people.has(each.practitioner)) people.set(each.practitioner, each)
  }
  const all = [...people.values()]
  const reached = ({ account, mssante }: Candidate): boolean => account === "open" || mssante !== null
  return { can: all.filter(reached), apart: all.filter((each) => !reached(each)) }
}

/** One after the other: each commit makes the epoch on which the next one stands. */
export async function inviteAll(
  circle: Circle,
  chosen: readonly Candidate[],
  conditions: Conditions,
  told: (candidate: Candidate, standing: Standing) => void,
): Promise<number> {
  let invited = 0
  for (const candidate of chosen) {
    told(candidate, { at: "running" })
    const letter = candidate.account === "open" ? {} : { letter: { to: null, language: "fr" } as const }
    try {
      await circle.invite({ candidate, ...conditions, ...letter })
      invited += 1
      told(candidate, { at: "invited" })
    } catch (error) {
      told(candidate, { at: "refused", error })
    }
  }
  return invited
}
