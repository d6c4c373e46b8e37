/** The title of the browser's tab: the screen, never a patient. */
import { useEffect } from "react"

export function useTitle(screen: string): void {
  useEffect(() => {
    document.title = screen === "" ? "Cordée" : `${screen} · Cordée`
  }, [screen])
}
