/** The icon of the browser's tab while a circle is open: its colour, weave and initials, as everywhere else. */
import { useEffect } from "react"
import type { CircleColour, CircleRow, Weave } from "../../core/index.ts"

/** The light colours of tokens.css: a tab's icon cannot read them from the page. */
const colours: Record<CircleColour, string> = {
  lac: "#0b6078",
  gentiane: "#3b4ba8",
  myrtille: "#6a3b93",
  bruyere: "#962c67",
  sapin: "#22633f",
  lichen: "#575e12",
  terre: "#7b4a21",
  granit: "#4a5668",
}

/** White strands on the colour, 7 wide and 40 high. */
const strands: Record<Weave, string> = {
  1: "M-2 8l11-11M-2 18l11-11M-2 28l11-11M-2 38l11-11M-2 48l11-11",
  2: "M0 9h7M0 19h7M0 29h7M0 39h7",
  3: "M3.5 0v40",
  4: "M-2-3l11 11M-2 3l11 11M-2 9l11 11M-2 15l11 11M-2 21l11 11M-2 27l11 11M-2 33l11 11",
}

function drawing(colour: CircleColour, weave: Weave, initials: string): string {
  const letters = initials.replace(/[^\p{L}]/gu, "")
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">',
    '<clipPath id="c"><rect width="40" height="40" rx="9"/></clipPath>',
    '<g clip-path="url(#c)">',
    `<rect width="40" height="40" fill="${colours[colour]}"/>`,
    `<path d="${strands[weave]}" stroke="#fff" stroke-width="2"/>`,
    '<text x="23.5" y="27" fill="#fff" font-family="sans-serif" font-size="19" font-weight="700" text-anchor="middle">',
    `${letters}</text></g></svg>`,
  ].join("")
}

/** One address for each drawing as long as the page lives: browsers may fetch an icon long after it was named. */
const addresses = new Map<string, string>()

function address(svg: string): string {
  const known = addresses.get(svg) ?? URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }))
  addresses.set(svg, known)
  return known
}

export function useTabIcon({ colour, weave, initials }: CircleRow): void {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]")
    if (link === null) return
    const before = link.href
    link.href = address(drawing(colour, weave, initials))
    return () => {
      link.href = before
    }
  }, [colour, weave, initials])
}
