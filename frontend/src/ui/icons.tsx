/** The drawings of every icon, as the symbols of one sprite. Icon.tsx draws from it; nothing else does. */
import type { ReactNode } from "react"

const drawings = {
  circles: (
    <>
      <circle cx="12" cy="12" r="7.5" />
      <path d="M14.5 2.5c-4 4-6 6-3 9.500s1 6-3 9.500" />
    </>
  ),
  people: (
    <>
      <circle cx="9" cy="8.500" r="3.500" />
      <path d="M2.800 20c.5-4 3-6 6.200-6s5.700 2 6.200 6M16 5.500a3.200 3.200 0 0 1 0 6.200M18 14.500c2 .8 3 2.700 3.300 5.500" />
    </>
  ),
  person: (
    <>
      <circle cx="12" cy="8" r="4" />
      <path d="M4.500 20.500c.6-4.300 3.500-6.500 7.500-6.500s6.900 2.200 7.500 6.500" />
    </>
  ),
  network: (
    <>
      <circle cx="12" cy="5.500" r="2.700" />
      <circle cx="5.500" cy="17.500" r="2.700" />
      <circle cx="18.500" cy="17.500" r="2.700" />
      <path d="M10.700 7.900L6.800 15.100M13.300 7.900l3.900 7.200M8.200 17.500h7.600" />
    </>
  ),
  building: <path d="M5 21V4.500h9V21M14 9.500h5V21M2.500 21h19M8 8.500h3M8 12.500h3M8 16.500h3" />,
  calendar: (
    <>
      <rect x="3.500" y="5" width="17" height="15.500" rx="2.500" />
      <path d="M3.500 10h17M8 2.800V6.500M16 2.800V6.500M8 14.500h3" />
    </>
  ),
  search: (
    <>
      <circle cx="10.500" cy="10.500" r="6.500" />
      <path d="M15.500 15.500L21 21" />
    </>
  ),
  shield: (
    <>
      <path d="M12 2.800l7.500 2.700v6c0 4.700-3 8-7.500 9.700-4.500-1.700-7.500-5-7.500-9.700v-6z" />
      <path d="M8.800 12l2.300 2.300 4.200-4.500" />
    </>
  ),
  "shield-cross": (
    <>
      <path d="M12 2.800l7.500 2.700v6c0 4.700-3 8-7.500 9.700-4.500-1.700-7.500-5-7.500-9.700v-6z" />
      <path d="M9.500 9.500l5 5M14.500 9.500l-5 5" />
    </>
  ),
  check: <path d="M4.500 12.500l5 5L20 7" />,
  "check-double": <path d="M2 13l4.500 4.500L16 7M11.500 16.500l1 1L22 7" />,
  cross: <path d="M6 6l12 12M18 6L6 18" />,
  bell: <path d="M6 10a6 6 0 0 1 12 0c0 5 2 6.500 2 6.500H4S6 15 6 10M10 19.500a2.200 2.200 0 0 0 4 0" />,
  plus: <path d="M12 5v14M5 12h14" />,
  clock: (
    <>
      <circle cx="12" cy="12" r="8.500" />
      <path d="M12 7v5l3.500 2" />
    </>
  ),
  triangle: (
    <>
      <path d="M12 3.500L22 20.500H2z" />
      <path d="M12 10v4.500M12 17.400v.1" />
    </>
  ),
  send: (
    <>
      <path d="M4 12L20.500 4 16 20.500l-4-6.500z" />
      <path d="M12 14l8.500-10" />
    </>
  ),
  key: (
    <>
      <circle cx="8" cy="15.500" r="4.500" />
      <path d="M11.300 12.200L20 3.500M16.500 7l3 3" />
    </>
  ),
  phone: (
    <>
      <rect x="7" y="2.500" width="10" height="19" rx="2.500" />
      <path d="M11 18.500h2" />
    </>
  ),
  screen: (
    <>
      <rect x="3" y="4" width="18" height="12.500" rx="2" />
      <path d="M8.500 20.500h7M12 16.500v4" />
    </>
  ),
  eye: (
    <>
      <path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z" />
      <circle cx="12" cy="12" r="2.800" />
    </>
  ),
  "eye-closed": (
    <>
      <path d="M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12z" />
      <path d="M4 20L20 4" />
    </>
  ),
  left: <path d="M14.500 5l-7 7 7 7" />,
  right: <path d="M9.500 5l7 7-7 7" />,
  down: <path d="M5 9.500l7 7 7-7" />,
  door: <path d="M14 4h5.500v16H14M4 12h11M11 8l4 4-4 4" />,
  leave: <path d="M10 4H4.500v16H10M9 12h11M16 8l4 4-4 4" />,
  message: <path d="M4 5h16v11.500H11L6.500 20.500v-4H4z" />,
  cut: <path d="M12 2.500v6l-2 1.500M12 21.500v-6l2-1.500M6 12h.1M18 12h.1M8.500 7.500L7 6M15.500 16.500L17 18" />,
  "no-network": (
    <path d="M3 9a14 14 0 0 1 6-3.300M21 9a14 14 0 0 0-6.500-3.400M6.500 13a9 9 0 0 1 4-2.200M17.500 13a9 9 0 0 0-2-1.500M12 18.500v.1M4 3l16 18" />
  ),
  clip: <path d="M8 12.500l6.500-6.500a3 3 0 0 1 4.300 4.300l-8.300 8.300a5 5 0 0 1-7-7L11 4" />,
  file: <path d="M6 2.800h8l4.500 4.500V21.200H6zM13.500 3v5h5" />,
  picture: (
    <>
      <rect x="3" y="4.500" width="18" height="15" rx="2" />
      <path d="M3.500 17l5-5 4 4 3-3 5 5M15.500 9h.1" />
    </>
  ),
  download: <path d="M12 3.500v12M6.500 10.500l5.500 5.500 5.500-5.500M4 20.500h16" />,
  export: <path d="M12 15.500V3.500M6.500 8.500L12 3l5.500 5.500M4 14v6.500h16V14" />,
  keep: <path d="M3.500 4.500h17v4.500h-17zM5 9v10.500h14V9M9.500 13h5" />,
  book: (
    <path d="M12 6.500C9.500 5 6.500 4.500 3 4.500v13.500c3.500 0 6.500.5 9 2 2.500-1.500 5.500-2 9-2V4.500c-3.500 0-6.500.5-9 2zM12 6.500V20" />
  ),
  pin: <path d="M9 3.500h6l-.7 6.500 3.200 3.500h-11l3.200-3.500zM12 13.500v7" />,
  fold: <path d="M5 14.500l7-7 7 7" />,
  retry: <path d="M19.500 12a7.500 7.500 0 1 1-2.200-5.300M19.500 3.500V8H15" />,
  more: <path d="M6 12h.1M12 12h.1M18 12h.1" />,
  "sector-health": <circle cx="12" cy="12" r="10.800" />,
  "sector-medico-social": <rect x="1.200" y="1.200" width="21.600" height="21.600" rx="7" />,
  "sector-social": <path d="M12 0l12 12-12 12L0 12z" />,
} satisfies Record<string, ReactNode>

export type IconName = keyof typeof drawings

/** Mounted once at the root of the page; every Icon refers to its symbols. */
export function IconSprite() {
  return (
    <svg className="icon-sprite" aria-hidden="true">
      {Object.entries(drawings).map(([name, drawing]) => (
        <symbol key={name} id={`icon-${name}`} viewBox="0 0 24 24">
          {drawing}
        </symbol>
      ))}
    </svg>
  )
}
