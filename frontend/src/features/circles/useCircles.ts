/** My circles and invitations with the names that are near one another: what the home and the side list both show. */
import { useMemo } from "react"
import type { CircleId, CirclePatient, CircleSummary, Invitation } from "../../core/index.ts"
import { useCordee, useObserved } from "../cordee.ts"
import { nearNames } from "./nearNames.ts"

export interface MyCircles {
  /** null until the server has answered once */
  readonly circles: readonly CircleSummary[] | null
  readonly invitations: readonly Invitation[]
  readonly near: ReadonlyMap<CircleId, readonly CirclePatient[]>
}

export function useCircles(): MyCircles {
  const cordee = useCordee()
  const circles = useObserved(cordee.circles)
  const asked = useObserved(cordee.invitations)
  // Who has just come in is in the circle before the list of invitations is asked for again.
  const invitations = useMemo(
    () => (asked ?? []).filter(({ circle }) => !(circles ?? []).some(({ row }) => row.id === circle)),
    [asked, circles],
  )
  const near = useMemo(
    () =>
      nearNames([
        ...(circles ?? []).map(({ row }) => row),
        ...invitations.map(({ circle, patient, parent }) => ({ id: circle, patient, parent })),
      ]),
    [circles, invitations],
  )
  return { circles, invitations, near }
}
