/** Whose trail is looked at, and who was told to be whom meanwhile: for every screen of the officer's desk. */
import { createContext, useContext } from "react"
import type { OrganisationId, ServedOrganisation, SubjectResolved } from "../../core/index.ts"

export interface Desk {
  readonly organisation: ServedOrganisation
  /** All of which this person is compliance officer. */
  readonly organisations: readonly ServedOrganisation[]
  readonly choose: (organisation: OrganisationId) => void
  /** Pseudonyms that were resolved, each with a reason that is in the trail, until the desk is left. Never stored. */
  readonly told: ReadonlyMap<string, SubjectResolved>
  readonly tell: (subjects: readonly SubjectResolved[]) => void
}

/** On a phone one searches and reads; whom a pseudonym stands for is asked at a desk. */
export const AT_THE_DESK = "(min-width: 761px)"

export const DeskContext = createContext<Desk | null>(null)

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (desk === null) throw new Error("No officer's desk above this component.")
  return desk
}
