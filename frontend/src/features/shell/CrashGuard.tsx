/** Without it, an error while drawing would leave an empty page: React takes everything down. */
import { Component, type ReactNode } from "react"
import { Crashed } from "../auth/Standstill.tsx"

export class CrashGuard extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false }

  static getDerivedStateFromError(): { crashed: boolean } {
    return { crashed: true }
  }

  override render(): ReactNode {
    return this.state.crashed ? <Crashed /> : this.props.children
  }
}
