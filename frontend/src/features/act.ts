/** One act of the person: running, or failed in words. What the act does when it succeeds is the act's own business. */
import { useState } from "react"
import { useErrorWords } from "../locales/errors.ts"

export interface Act {
  readonly running: boolean
  readonly problem: string | null
  readonly run: (act: () => Promise<unknown>) => void
  readonly forget: () => void
}

export function useAct(): Act {
  const [running, setRunning] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const words = useErrorWords()
  return {
    running,
    problem,
    run(act) {
      setRunning(true)
      setProblem(null)
      act()
        .catch((error: unknown) => {
          setProblem(words(error))
        })
        .finally(() => {
          setRunning(false)
        })
    },
    forget() {
      setProblem(null)
    },
  }
}
