/** The journal's questions to the server. Each is written down in the trail itself, so none is asked twice by itself. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query"
import { useMemo } from "react"
import { asId, type EventId, type TrailFacets, type TrailPage, type TrailRow } from "../../core/index.ts"
import { useCordee } from "../cordee.ts"
import { useDesk } from "./desk.ts"
import { forServer, type Asked } from "./filters.ts"

const ONCE = { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false, refetchOnReconnect: false }

export interface Found {
  /** Newest first; null before the first answer. */
  readonly events: readonly TrailRow[] | null
  readonly first: TrailPage | null
  readonly error: Error | null
  readonly isAsking: boolean
  readonly hasMore: boolean
  readonly more: () => void
  readonly again: () => void
}

export function useFound(asked: Asked): Found {
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const filters = forServer(asked, true)
  const { data, error, fetchNextPage, hasNextPage, isFetching, refetch } = useInfiniteQuery({
    queryKey: ["trail", id, filters],
    queryFn: ({ pageParam }) => trail.search(id, filters, pageParam),
    initialPageParam: null as EventId | null,
    getNextPageParam: (page) => page.next,
    ...ONCE,
  })
  const events = useMemo(() => data?.pages.flatMap((page) => page.events) ?? null, [data])
  return {
    events,
    first: data?.pages[0] ?? null,
    error,
    isAsking: isFetching,
    hasMore: hasNextPage,
    more: () => {
      if (!isFetching) void fetchNextPage()
    },
    again: () => void refetch(),
  }
}

/** Of the whole period, whatever day is looked at. */
export function useFacets(asked: Asked): TrailFacets | null {
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const filters = forServer(asked, false)
  const { data } = useQuery({
    queryKey: ["trail facets", id, filters],
    queryFn: () => trail.facets(id, filters),
    placeholderData: (before) => before,
    ...ONCE,
  })
  return data ?? null
}

/** The act that the address names: among those found, else asked for, if it is the organisation's to see. */
export function useChosen(named: string | null, events: readonly TrailRow[] | null): TrailRow | null {
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const known = events?.find((event) => event.id === named)
  const { data } = useQuery({
    queryKey: ["trail event", id, named],
    queryFn: () => trail.event(id, asId<EventId>(named ?? "")),
    enabled: named !== null && events !== null && known === undefined,
    retry: false,
    ...ONCE,
  })
  return known ?? (named === null ? null : (data ?? null))
}
