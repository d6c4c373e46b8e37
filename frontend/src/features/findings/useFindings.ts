/** The findings of the organisation at the desk, page after page, and one of them. */
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query"
import type { Finding, FindingDetail, FindingFilters, FindingId, FindingsPage } from "../../core/index.ts"
import { useCordee } from "../cordee.ts"
import { useDesk } from "../trail/desk.ts"

export interface Listed {
  /** Counts and weeks are those of all rules. Null until the server answered once. */
  readonly counts: Pick<FindingsPage, "rules" | "weeks"> | null
  readonly findings: readonly Finding[] | null
  readonly error: unknown
  readonly hasMore: boolean
  readonly more: () => void
  readonly again: () => void
}

export function useListed(filters: FindingFilters): Listed {
  const { findings } = useCordee()
  const { id } = useDesk().organisation
  const { data, error, fetchNextPage, hasNextPage, refetch } = useInfiniteQuery({
    queryKey: ["findings", id, filters],
    queryFn: ({ pageParam }) => findings.list(id, filters, pageParam),
    initialPageParam: null as FindingId | null,
    getNextPageParam: ({ next }) => next,
  })
  return {
    counts: data?.pages[0] ?? null,
    findings: data?.pages.flatMap((page) => page.findings) ?? null,
    error,
    hasMore: hasNextPage,
    more: () => void fetchNextPage(),
    again: () => void refetch(),
  }
}

export function useFinding(finding: FindingId): { detail: FindingDetail | null; error: unknown } {
  const { findings } = useCordee()
  const { id } = useDesk().organisation
  const { data, error } = useQuery({
    queryKey: ["finding", id, finding],
    queryFn: () => findings.one(id, finding),
  })
  return { detail: data ?? null, error }
}

/** After a review: the lists and the finding say something else. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ["findings"] }),
      queries.invalidateQueries({ queryKey: ["finding"] }),
    ])
  }
}
