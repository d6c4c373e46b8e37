/** Words for those who listen, without a place on the screen: a new message, the patient after a switch of circle. */

/** Long enough for the slowest voice to begin; after it nothing of a circle is left in the page. */
const KEPT_FOR_MS = 10_000

let spoken = ""
let forget: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

export function announce(text: string): void {
  // The same words twice would not be a change, and a live region only speaks changes.
  change(spoken === text ? `${text}\u200b` : text)
  clearTimeout(forget)
  forget = setTimeout(() => {
    change("")
  }, KEPT_FOR_MS)
}

/** At once: nobody is there any more to whom it may be said. */
export function silence(): void {
  clearTimeout(forget)
  change("")
}

function change(to: string): void {
  spoken = to
  for (const listener of listeners) listener()
}

export const announcements = {
  get: () => spoken,
  subscribe: (changed: () => void) => {
    listeners.add(changed)
    return () => {
      listeners.delete(changed)
    }
  },
}
