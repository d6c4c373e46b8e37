/** A person: initials in the outline of the sector, and the sector in a glyph and a word. */
import "./avatar.css"
import { useTranslation } from "react-i18next"
import { Icon, type IconName } from "./Icon.tsx"

/** The server's word for where a person works; any other word is shown as health without claiming it in words. */
export type Sector = "health" | "medico_social" | "social"

const shapes: Record<Sector, string> = {
  health: "avatar-round",
  medico_social: "avatar-soft",
  social: "avatar-sharp",
}

const glyphs: Record<Sector, IconName> = {
  health: "sector-health",
  medico_social: "sector-medico-social",
  social: "sector-social",
}

interface AvatarProps {
  initials: string
  sector: Sector
  mine?: boolean
  small?: boolean
}

/** Decoration: the name stands beside it. */
export function Avatar({ initials, sector, mine = false, small = false }: AvatarProps) {
  return (
    <span
      className={`avatar ${shapes[sector]}${mine ? " avatar-mine" : ""}${small ? " avatar-small" : ""}`}
      aria-hidden="true"
    >
      {initials}
    </span>
  )
}

export function SectorMark({ sector }: { sector: Sector }) {
  const { t } = useTranslation()
  return (
    <span className="sector">
      <Icon name={glyphs[sector]} />
      {t(`sector.${sector}`)}
    </span>
  )
}
