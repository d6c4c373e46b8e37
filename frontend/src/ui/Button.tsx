/** Buttons and links that look like buttons. Every pressable thing of the interface is one of these three. */
import "./button.css"
import type { ReactNode, Ref } from "react"
import {
  Button as AriaButton,
  Link as AriaLink,
  Tooltip,
  TooltipTrigger,
  type ButtonProps as AriaButtonProps,
} from "react-aria-components"
import { Icon, type IconName } from "./Icon.tsx"

/** `danger` is filled red: one thing a screen, the one this person must do now. */
export type ButtonVariant = "plain" | "primary" | "danger" | "danger-outline" | "quiet"

interface Look {
  variant?: ButtonVariant
  icon?: IconName
  large?: boolean
}

function look({ variant = "plain", large = false }: Look): string {
  return `button button-${variant}${large ? " button-large" : ""}`
}

interface ButtonProps extends Look, Omit<AriaButtonProps, "children" | "className" | "style"> {
  children: ReactNode
  ref?: Ref<HTMLButtonElement>
}

export function Button({ variant, icon, large, children, ...rest }: ButtonProps) {
  return (
    <AriaButton {...rest} className={look({ ...(variant && { variant }), ...(large && { large }) })}>
      {icon && <Icon name={icon} small={!large} />}
      {children}
    </AriaButton>
  )
}

interface LinkButtonProps extends Look {
  href: string
  /** The accessible name, where the words alone say too little. */
  label?: string
  /** It leads to a file, which the browser keeps. */
  download?: boolean
  children: ReactNode
}

export function LinkButton({ href, label, download = false, variant, icon, large, children }: LinkButtonProps) {
  return (
    <AriaLink
      href={href}
      {...(download && { download: "" })}
      {...(label && { "aria-label": label })}
      className={look({ ...(variant && { variant }), ...(large && { large }) })}
    >
      {icon && <Icon name={icon} small={!large} />}
      {children}
    </AriaLink>
  )
}

interface IconButtonProps {
  icon: IconName
  /** The accessible name, also shown as a tooltip. */
  label: string
  onPress?: () => void
  href?: string
  isDisabled?: boolean
  /** For a button inside a react-aria composite (SearchField, DatePicker) that fills the slot. */
  slot?: string
}

export function IconButton({ icon, label, href, ...rest }: IconButtonProps) {
  return (
    <TooltipTrigger delay={600}>
      {href === undefined ? (
        <AriaButton {...rest} aria-label={label} className="button button-icon">
          <Icon name={icon} />
        </AriaButton>
      ) : (
        <AriaLink href={href} aria-label={label} className="button button-icon">
          <Icon name={icon} />
        </AriaLink>
      )}
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  )
}
