/** What programs propose to change in a circle; for its coordinators. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query"
import type { CircleId, ProposedChanges } from "../../core/index.ts"
import { useCordee } from "../cordee.ts"

export function useChanges(circle: CircleId): UseQueryResult<ProposedChanges> {
  const cordee = useCordee()
  return useQuery({
    queryKey: ["proposed changes", circle],
    queryFn: () => cordee.careTeams.changes(circle),
    refetchInterval: 60_000,
  })
}
