/**
 * The rope of a circle: colour × weave, and everything that hangs on it.
 * `ropeClass` goes on an ancestor and gives the colour to seal, knots and lines below; all drawings are decoration.
 */
import "./rope.css"
import type { ReactNode } from "react"
import { Icon, type IconName } from "./Icon.tsx"

export interface RopeLook {
  colour: string
  weave: number
}

export function ropeClass({ colour, weave }: RopeLook): string {
  return `rope rope-${colour} weave-${weave}`
}

/** Initials on the circle's colour. A circle without a patient has a round seal and no rope. */
export function Seal({ rope, initials, round = false }: { rope: RopeLook; initials: string; round?: boolean }) {
  return (
    <span className={`seal ${ropeClass(rope)}${round ? " seal-round" : ""}`} aria-hidden="true">
      {initials}
    </span>
  )
}

/** A signed act on the rope. */
export function Knot({ icon, tone = "rope" }: { icon: IconName; tone?: "rope" | "vigilance" | "urgent" }) {
  return (
    <span className={`knot knot-${tone}`} aria-hidden="true">
      <Icon name={icon} small />
    </span>
  )
}

/** Steps along a rope: done, now, to come. */
export function RopeSteps({ children }: { children: ReactNode }) {
  return <ol className="steps">{children}</ol>
}

interface StepProps {
  state: "done" | "now" | "next"
  number: number
  title: string
  /** Said after the title for those who do not see the drawing: "fait", "en cours". */
  stateWord?: string
  children?: ReactNode
}

export function RopeStep({ state, number, title, stateWord, children }: StepProps) {
  return (
    <li className={`step step-${state}`} aria-current={state === "now" ? "step" : undefined}>
      <span className="knot step-knot" aria-hidden="true">
        {state === "done" ? <Icon name="check" small /> : number}
      </span>
      <div className="step-body">
        <p className="step-title">
          {title}
          {stateWord && <span className="unseen">, {stateWord}</span>}
        </p>
        {children}
      </div>
    </li>
  )
}
