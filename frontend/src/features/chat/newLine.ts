/** Whether one is looking at the page, and where the line "new messages" stands because of it. */
import { useState, useSyncExternalStore } from "react"
import type { CircleView } from "../../core/index.ts"
import { isNews } from "./logRows.ts"

function subscribe(changed: () => void): () => void {
  document.addEventListener("visibilitychange", changed)
  window.addEventListener("focus", changed)
  window.addEventListener("blur", changed)
  return () => {
    document.removeEventListener("visibilitychange", changed)
    window.removeEventListener("focus", changed)
    window.removeEventListener("blur", changed)
  }
}

/** The page is in sight and has the keyboard. */
export function useLooking(): boolean {
  return useSyncExternalStore(subscribe, () => document.visibilityState === "visible" && document.hasFocus())
}

/**
 * The place of the log after which messages are new: what was unread when the conversation was opened, or came while
 * one looked away. What comes before one's eyes is not new, and what one has answered is no longer.
 */
export function useNewLine({ entries, readUpTo }: CircleView, looking: boolean): number {
  const last = entries.reduce((latest, entry) => Math.max(latest, entry.seq ?? 0), 0)
  const [known, setKnown] = useState({ last, line: readUpTo })
  if (last !== known.last) {
    const opening = known.last === 0
    const shown = entries.some(
      (entry) => isNews(entry) && entry.seq !== null && entry.seq > known.line && entry.seq <= known.last,
    )
    const newest = entries.findLast((entry) => entry.seq === last)
    const answered = newest?.kind === "message" && newest.mine
    setKnown({ last, line: opening ? readUpTo : answered || (looking && !shown) ? last : known.line })
  }
  return known.line
}
