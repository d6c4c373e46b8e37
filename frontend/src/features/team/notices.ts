/** The notices of a conversation, as a team's page shows them: what is coming first, the newest announcement first. */
import { useSyncExternalStore } from "react"
import type { Entry, MessageEntry, ShownNotice } from "../../core/index.ts"

export interface Announced {
  readonly entry: MessageEntry
  readonly notice: ShownNotice
}

interface Sorted {
  readonly coming: readonly Announced[]
  readonly announcements: readonly Announced[]
  readonly past: readonly Announced[]
}

/** `now` in milliseconds: an event is past when it has ended. */
export function sortNotices(entries: readonly Entry[], now: number): Sorted {
  const all = entries.flatMap((entry): Announced[] =>
    entry.kind === "message" && entry.notice !== null ? [{ entry, notice: entry.notice }] : [],
  )
  const end = ({ notice }: Announced) => (notice.type === "event" ? Date.parse(notice.ends) : 0)
  const start = ({ notice }: Announced) => (notice.type === "event" ? Date.parse(notice.starts) : 0)
  const events = all.filter(({ notice }) => notice.type === "event")
  return {
    coming: events.filter((each) => end(each) > now).toSorted((one, other) => start(one) - start(other)),
    announcements: all.filter(({ notice }) => notice.type === "announcement").reverse(),
    past: events.filter((each) => end(each) <= now).toSorted((one, other) => start(other) - start(one)),
  }
}

const MINUTE = 60_000

function subscribe(changed: () => void): () => void {
  const timer = setInterval(changed, MINUTE)
  return () => {
    clearInterval(timer)
  }
}

/** To the minute, so that an event goes down by itself when it is over. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / MINUTE) * MINUTE)
}
