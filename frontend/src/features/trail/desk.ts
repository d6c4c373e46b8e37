/** Whose trail is looked at: the organisation of the officer's desk, for every screen of it. */
import { createContext, useContext } from "react"
import type { OrganisationId, ServedOrganisation } from "../../core/index.ts"

export interface Desk {
  readonly organisation: ServedOrganisation
  /** All of which this person is compliance officer. */
  readonly organisations: readonly ServedOrganisation[]
  readonly choose: (organisation: OrganisationId) => void
}

export const DeskContext = createContext<Desk | null>(null)

export function useDesk(): Desk {
  const desk = useContext(DeskContext)
  if (desk === null) throw new Error("No officer's desk above this component.")
  return desk
}
