/** What programs propose to me, asked when a page needs it; nothing while the server has not answered. */
import { useQuery } from "@tanstack/react-query"
import type { ProposedCircle } from "../../core/index.ts"
import { useCordee } from "../cordee.ts"

export const PROPOSED = ["proposed circles"] as const

export function useProposed(enabled = true): readonly ProposedCircle[] | undefined {
  const cordee = useCordee()
  return useQuery({ queryKey: PROPOSED, queryFn: () => cordee.careTeams.proposed(), refetchInterval: 60_000, enabled })
    .data
}
