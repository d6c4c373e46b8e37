/** The two panes before the door: what Cordée is, and what to do now. */
import "./gate.css"
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Mark } from "../../ui/Icon.tsx"
import { isDemo } from "./demo.ts"

interface GatePanesProps {
  /** The sentence on the left. */
  headline: string
  explanation: string
  wide?: boolean
  children: ReactNode
}

export function GatePanes({ headline, explanation, wide = false, children }: GatePanesProps) {
  const { t } = useTranslation("auth")
  return (
    <div className="gate">
      <header className="gate-picture">
        <Mountains />
        <p className="gate-brand">
          <Mark size={40} />
          Cordée
        </p>
        <div className="gate-words">
          <p className="gate-headline">{headline}</p>
          <p className="gate-explanation">{explanation}</p>
        </div>
        <p className="gate-foot">{isDemo() && t("demo")}</p>
      </header>
      <main className="gate-form">
        <div className={wide ? "gate-column gate-column-wide" : "gate-column"}>{children}</div>
      </main>
    </div>
  )
}

function Mountains() {
  const rope = "M612 -10C560 90 652 150 610 236S520 350 566 438s70 118 20 196-96 130-48 280"
  return (
    <svg className="gate-drawing" viewBox="0 0 720 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <path d="M0 900V742l96-84 58 42 128-150 74 80 92-126 118 158 70-52 84 70v220z" fill="#133848" />
      <path d="M0 900v-76l140-72 96 46 150-102 120 92 110-56 104 58v110z" fill="#184557" />
      <path d={rope} fill="none" stroke="#f2c36b" strokeWidth="6" />
      <path d={rope} fill="none" stroke="#8a6420" strokeWidth="6" strokeDasharray="3 9" />
      <g fill="#0e2a37" stroke="#f2c36b" strokeWidth="5">
        <circle cx="610" cy="236" r="15" />
        <circle cx="566" cy="438" r="15" />
        <circle cx="586" cy="634" r="15" />
      </g>
    </svg>
  )
}
