/** One of two to four words, chosen at once: filters, language, theme. */
import "./segmented.css"
import { ToggleButton, ToggleButtonGroup } from "react-aria-components"
import type { Choice } from "./Select.tsx"

interface SegmentedProps<Value extends string> {
  label: string
  choices: readonly Choice<Value>[]
  value: Value
  onChange: (value: Value) => void
}

export function Segmented<Value extends string>({ label, choices, value, onChange }: SegmentedProps<Value>) {
  return (
    <ToggleButtonGroup
      className="segmented"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const choice = choices.find((each) => keys.has(each.value))
        if (choice) onChange(choice.value)
      }}
    >
      {choices.map((choice) => (
        <ToggleButton key={choice.value} id={choice.value} className="segmented-choice">
          {choice.label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}
