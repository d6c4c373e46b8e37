/** The signed-in person, for the screens behind the gate. */
import { createContext, useContext } from "react"
import type { Me } from "../../core/index.ts"

export const MeContext = createContext<Me | null>(null)

export function useMe(): Me {
  const me = useContext(MeContext)
  if (me === null) throw new Error("Nobody is signed in above this component.")
  return me
}
