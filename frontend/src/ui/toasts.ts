/**
 * Short confirmations of what has just been done. Said once, gone after some seconds, never the only place of an error.
 */

/** Long enough to be read twice by a slow reader. */
const SHOWN_FOR_MS = 7_000

export interface Toast {
  readonly id: number
  readonly text: string
}

let shown: readonly Toast[] = []
let next = 0
const listeners = new Set<() => void>()

function change(toasts: readonly Toast[]) {
  shown = toasts
  for (const listener of listeners) listener()
}

export function toast(text: string): void {
  const id = next++
  change([...shown, { id, text }])
  setTimeout(() => {
    dismiss(id)
  }, SHOWN_FOR_MS)
}

export function dismiss(id: number): void {
  change(shown.filter((each) => each.id !== id))
}

export const toasts = {
  get: () => shown,
  subscribe: (changed: () => void) => {
    listeners.add(changed)
    return () => {
      listeners.delete(changed)
    }
  },
}
