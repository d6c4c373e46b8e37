/** How much waits for this person, wherever they look: on the tab, and on the icon of the installed page. A number only. */
import { useEffect } from "react"
import { useCordee, useObserved } from "../cordee.ts"
import { useWaitingTitle } from "../shell/title.ts"

/** Circles with something new and invitations without an answer. */
export function useWaitingCircles(): number {
  const cordee = useCordee()
  const circles = useObserved(cordee.circles) ?? []
  const invitations = useObserved(cordee.invitations) ?? []
  const waiting = circles.filter(
    ({ composer, toConfirm, unread }) => unread > 0 || toConfirm !== null || composer === "refused",
  )
  return invitations.length + waiting.length
}

export function useAttention(): void {
  const notices = useObserved(useCordee().notices)
  const waiting = useWaitingCircles() + (notices?.unseen ?? 0)
  useWaitingTitle(waiting)
  useEffect(() => {
    // Of an installed page; elsewhere there is no icon to mark.
    if (!("setAppBadge" in navigator)) return
    navigator.setAppBadge(waiting).catch(() => undefined)
  }, [waiting])
}
