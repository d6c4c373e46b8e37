/** A chip: always a word, with a glyph where the word alone would rest on colour. Not a control. */
import "./chip.css"
import type { ReactNode } from "react"
import { Icon, type IconName } from "./Icon.tsx"

export type ChipTone = "neutral" | "action" | "sure" | "vigilance" | "urgent" | "urgent-filled"

export function Chip({ tone = "neutral", icon, children }: { tone?: ChipTone; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`chip chip-${tone}`}>
      {icon && <Icon name={icon} small />}
      <span>{children}</span>
    </span>
  )
}

/** How many are new. `meaning` follows the number for those who hear it: "3 non lus". */
export function Count({ value, meaning }: { value: number; meaning: string }) {
  return (
    <span className="count">
      {value > 99 ? "99+" : value}
      <span className="unseen"> {meaning}</span>
    </span>
  )
}
