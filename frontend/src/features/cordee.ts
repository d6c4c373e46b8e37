/** How every screen reaches the client core: one object from the root, read as observables. */
import { createContext, useContext, useSyncExternalStore } from "react"
import type { Cordee, Observable } from "../core/index.ts"

export const CordeeContext = createContext<Cordee | null>(null)

export function useCordee(): Cordee {
  const cordee = useContext(CordeeContext)
  if (cordee === null) throw new Error("No client above this component.")
  return cordee
}

export function useObserved<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get)
}
