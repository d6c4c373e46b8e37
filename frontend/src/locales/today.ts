/** The local calendar day, for ages and for "today" in lists; screens re-render when it turns. */
import { useSyncExternalStore } from "react"

/** A tablet may stay open for days; asking twice a minute is enough to be right soon after midnight. */
const CHECK_EVERY_MS = 30_000

function localDay(at: Date): string {
  const month = String(at.getMonth() + 1).padStart(2, "0")
  const day = String(at.getDate()).padStart(2, "0")
  return `${String(at.getFullYear())}-${month}-${day}`
}

function subscribe(changed: () => void): () => void {
  const timer = setInterval(changed, CHECK_EVERY_MS)
  document.addEventListener("visibilitychange", changed)
  return () => {
    clearInterval(timer)
    document.removeEventListener("visibilitychange", changed)
  }
}

/** Today as `YYYY-MM-DD` where the reader is. */
export function useToday(): string {
  return useSyncExternalStore(subscribe, () => localDay(new Date()))
}

/** The reader's calendar day of an instant. */
export function dayOf(instant: string): string {
  return localDay(new Date(instant))
}

/** The last instant of a calendar day where the reader is: access ends with its day. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59.000`).toISOString()
}
