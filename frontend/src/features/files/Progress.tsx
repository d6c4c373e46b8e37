/** How far something is that takes its time, in words and as a bar. */
import "./files.css"
import { Label, ProgressBar } from "react-aria-components"

export function Progress({ label, part }: { label: string; part: number }) {
  return (
    <ProgressBar className="progress" value={part * 100}>
      {({ valueText }) => (
        <>
          <Label>{label}</Label>
          <span className="progress-value">{valueText}</span>
          <progress className="progress-bar" value={part} max={1} aria-hidden="true" />
        </>
      )}
    </ProgressBar>
  )
}
