/** The polite live region behind `announce`; mounted once, before anything is said. */
import { useSyncExternalStore } from "react"
import { announcements } from "./announce.ts"

export function Announcer() {
  const spoken = useSyncExternalStore(announcements.subscribe, announcements.get)
  return (
    <div className="unseen" aria-live="polite">
      {spoken}
    </div>
  )
}
