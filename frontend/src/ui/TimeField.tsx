/** A time of day typed hour and minute apart, on a clock of 24 hours. Outside it is the text `HH:MM`, or null. */
import "./dateField.css"
import { parseTime, type Time } from "@internationalized/date"
import { DateInput, DateSegment, Label, TimeField as AriaTimeField } from "react-aria-components"

interface TimeFieldProps {
  label: string
  value: string | null
  onChange: (value: string | null) => void
}

export function TimeField({ label, value, onChange }: TimeFieldProps) {
  return (
    <AriaTimeField
      className="field"
      value={value === null ? null : parseTime(value)}
      onChange={(time: Time | null) => {
        onChange(time === null ? null : time.toString().slice(0, 5))
      }}
      hourCycle={24}
      shouldForceLeadingZeros
    >
      <Label className="field-label">{label}</Label>
      <DateInput className="field-box date-input">
        {(segment) => <DateSegment segment={segment} className="date-segment" />}
      </DateInput>
    </AriaTimeField>
  )
}
