/** One tab owns a person's device (Web Locks): two owners of one MLS state would fork it. */
import type { Lock, Locks } from "../core/platform.ts"

export const webLocks: Locks = {
  acquire: (name, { lost, steal }) =>
    new Promise<Lock | undefined>((resolve, reject) => {
      let acquired = false
      const options = steal ? { steal } : { ifAvailable: true }
      navigator.locks
        .request(name, options, (lock) => {
          if (lock === null) {
            resolve(undefined)
            return undefined
          }
          acquired = true
          return new Promise<void>((release) => {
            resolve({ release })
          })
        })
        .catch((error: unknown) => {
          // Rejects an owner from whom another tab stole the lock.
          if (acquired) lost()
          else reject(error instanceof Error ? error : new Error("no lock", { cause: error }))
        })
    }),
}
