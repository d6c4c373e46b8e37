/** What the kind of circle leaves no choice about: on what ground, and in an exchange or for a guest as what. */
import type { Candidate, CircleRow, Ground, Timestamp } from "../../core/index.ts"
import { useCircle, useObserved } from "../cordee.ts"

export interface FixedTerms {
  readonly ground: Ground | null
  /** The only role; null when there is a choice. */
  readonly role: "coordinator" | "guest" | null
  /** The end of the place in the circle, past which nobody is in its compartment. */
  readonly until: Timestamp | null
}

export function useFixedTerms(row: CircleRow, candidate: Candidate): FixedTerms {
  const whole = useObserved(useCircle(row.parent ?? row.id).view).detail
  if (row.kind === "direct") return { ground: "no_patient", role: "coordinator", until: null }
  if (row.patient === null) return { ground: "no_patient", role: null, until: null }
  if (row.parent === null) return { ground: null, role: null, until: null }
  const place = whole?.members.find(({ user }) => user === candidate.user)
  return {
    ground: place?.ground ?? null,
    role: place?.role === "guest" ? "guest" : null,
    until: place?.not_after ?? null,
  }
}
