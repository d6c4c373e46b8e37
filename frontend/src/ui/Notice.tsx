/** A notice in the flow (level 1, amber) or a plain one: what happened, its consequence, one action. */
import "./notice.css"
import type { ReactNode } from "react"
import { Icon, type IconName } from "./Icon.tsx"

interface NoticeProps {
  tone?: "vigilance" | "urgent" | "neutral" | "sure"
  icon?: IconName
  /** `alert` interrupts whoever listens; keep it for what this person must know now. */
  role?: "status" | "alert"
  action?: ReactNode
  children: ReactNode
}

export function Notice({ tone = "vigilance", icon = "triangle", role, action, children }: NoticeProps) {
  return (
    <div className={`notice notice-${tone}`} role={role}>
      <Icon name={icon} />
      <div className="notice-text">{children}</div>
      {action && <div className="notice-action">{action}</div>}
    </div>
  )
}
