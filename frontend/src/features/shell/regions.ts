/**
 * F6 and Shift+F6 move between the regions of a screen (list, banner, messages, composer, members), as in other desk
 * software. A region is any element with `data-region`; they are visited in the order of the page, hidden ones skipped.
 */
import { useEffect } from "react"

function visibleRegions(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-region]")].filter(
    (region) => region.getClientRects().length > 0,
  )
}

/** What the region itself names, else the region. */
function enter(region: HTMLElement): void {
  const target = region.querySelector<HTMLElement>("[data-region-focus]") ?? region
  if (target.tabIndex < 0 && !target.hasAttribute("tabindex")) target.tabIndex = -1
  target.focus()
}

export function useRegionKeys(): void {
  useEffect(() => {
    const move = (event: KeyboardEvent) => {
      if (event.key !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return
      // Behind an open dialog the page is inert; focus must not leave it.
      if (document.querySelector("[role=dialog], [role=alertdialog]") !== null) return
      const regions = visibleRegions()
      if (regions.length === 0) return
      event.preventDefault()
      const here = regions.findIndex((region) => region.contains(document.activeElement))
      const step = event.shiftKey ? -1 : 1
      const from = here === -1 && event.shiftKey ? 0 : here
      const next = regions[(from + step + regions.length) % regions.length]
      if (next) enter(next)
    }
    document.addEventListener("keydown", move)
    return () => {
      document.removeEventListener("keydown", move)
    }
  }, [])
}
