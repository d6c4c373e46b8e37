/** Words for those who listen, without a place on the screen: a new message, the patient after a switch of circle. */

let spoken = ""
const listeners = new Set<() => void>()

export function announce(text: string): void {
  // The same words twice would not be a change, and a live region only speaks changes.
  spoken = spoken === text ? `${text}\u200b` : text
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
