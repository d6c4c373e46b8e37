/** One icon of the sprite. Decorative: the words beside it, or the control's name, say what it means. */
import "./icon.css"
import type { IconName } from "./icons.tsx"

export type { IconName } from "./icons.tsx"

export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return (
    <svg className={small ? "icon icon-small" : "icon"} aria-hidden="true">
      <use href={`#icon-${name}`} />
    </svg>
  )
}

/** The mark: a circle and the rope that passes through it. */
export function Mark({ size }: { size: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 40 40" fill="none" aria-hidden="true">
      <circle cx="20" cy="20" r="12.500" stroke="currentColor" strokeWidth="3.600" />
      <path d="M25 1.500C14 9 13 14 20 20s6 11-5 18.500" stroke="var(--rail)" strokeWidth="8.500" />
      <path
        d="M25 1.500C14 9 13 14 20 20s6 11-5 18.500"
        stroke="var(--corde-marque)"
        strokeWidth="4"
        strokeLinecap="round"
      />
      <path d="M32.500 20A12.500 12.500 0 0 1 20 32.500" stroke="currentColor" strokeWidth="3.600" />
    </svg>
  )
}
