/**
 * An act before which the server may want a fresh proof of who asks: it waits for the proof, then goes on by itself.
 */
import { useState } from "react"
import { codeOf } from "../../core/index.ts"
import { useAct, type Act } from "../act.ts"

export interface ProvenAct extends Omit<Act, "run"> {
  readonly run: (work: Work) => void
  /** The act waits for a proof. */
  readonly proving: boolean
  /** The proof has been given. */
  readonly goOn: () => void
  /** No proof will come. */
  readonly giveUp: () => void
}

type Work = () => Promise<void>

export function useProvenAct(): ProvenAct {
  const act = useAct()
  const [waiting, setWaiting] = useState<Work | null>(null)

  const run = (work: Work) => {
    act.run(async () => {
      try {
        await work()
      } catch (error) {
        if (codeOf(error) !== "reauthentication_required") throw error
        setWaiting(() => work)
      }
    })
  }

  return {
    ...act,
    run,
    proving: waiting !== null,
    goOn() {
      setWaiting(null)
      if (waiting !== null) run(waiting)
    },
    giveUp() {
      setWaiting(null)
    },
  }
}
