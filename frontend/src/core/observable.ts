/**
 * A value one can read and listen to; made for React's `useSyncExternalStore(value.subscribe, value.get)`.
 *
 * What `get` answers is never changed in place: a new value is a new object, so equality by identity is enough.
 */

export interface Observable<T> {
  readonly get: () => T
  /** Calls back after each change; the answer stops it. */
  readonly subscribe: (changed: () => void) => () => void
}

export interface Source<T> extends Observable<T> {
  readonly set: (value: T) => void
}

export function source<T>(initial: T): Source<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(changed) {
      // A wrapper of its own, so that the same function may listen twice.
      const listener = (): void => {
        changed()
      }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** Resolves with the first value that passes, which may be the present one. */
export function when<T, Passed extends T>(
  observable: Observable<T>,
  passes: (value: T) => value is Passed,
): Promise<Passed>
export function when<T>(observable: Observable<T>, passes: (value: T) => boolean): Promise<T>
export function when<T>(observable: Observable<T>, passes: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const look = (): boolean => {
      const value = observable.get()
      if (!passes(value)) return false
      resolve(value)
      return true
    }
    if (look()) return
    const stop = observable.subscribe(() => {
      if (look()) stop()
    })
  })
}
