/** How every screen reaches the client core: one object from the root, read as observables. */
import { createContext, useContext, useState, useSyncExternalStore } from "react"
import type { Circle, CircleId, Cordee, Observable } from "../core/index.ts"

export const CordeeContext = createContext<Cordee | null>(null)

export function useCordee(): Cordee {
  const cordee = useContext(CordeeContext)
  if (cordee === null) throw new Error("No client above this component.")
  return cordee
}

export function useObserved<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get)
}

/**
 * The conversation of a circle. Asked for once: while a session ends, screens draw themselves a last time, and the
 * client no longer has conversations. A component that can show another circle needs the id as its key.
 */
export function useCircle(id: CircleId): Circle {
  const cordee = useCordee()
  const [circle] = useState(() => cordee.circle(id))
  return circle
}
