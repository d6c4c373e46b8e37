/** The title of the browser's tab: how much waits, and the screen; never a patient. */
import { useEffect } from "react"

const shown = { screen: "", waiting: 0 }

function write(): void {
  const { screen, waiting } = shown
  const name = screen === "" ? "Cordée" : `${screen} · Cordée`
  document.title = waiting === 0 ? name : `(${waiting}) ${name}`
}

export function useTitle(screen: string): void {
  useEffect(() => {
    shown.screen = screen
    write()
  }, [screen])
}

/** Before the screen's own words, on every screen. */
export function useWaitingTitle(waiting: number): void {
  useEffect(() => {
    shown.waiting = waiting
    write()
    return () => {
      shown.waiting = 0
    }
  }, [waiting])
}
