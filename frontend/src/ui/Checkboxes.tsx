/** Any number of a few statements that may be true together. */
import "./checkboxes.css"
import { CheckboxButton, CheckboxField, CheckboxGroup, Label } from "react-aria-components"
import { Icon } from "./Icon.tsx"

interface CheckboxesProps<Value extends string> {
  label: string
  boxes: readonly { readonly value: Value; readonly label: string }[]
  values: readonly Value[]
  onChange: (values: readonly Value[]) => void
}

export function Checkboxes<Value extends string>({ label, boxes, values, onChange }: CheckboxesProps<Value>) {
  return (
    <CheckboxGroup
      className="checkboxes"
      value={[...values]}
      onChange={(ticked) => {
        onChange(boxes.map((box) => box.value).filter((value) => ticked.includes(value)))
      }}
    >
      <Label className="field-label">{label}</Label>
      {boxes.map((box) => (
        <CheckboxField key={box.value} value={box.value}>
          <CheckboxButton className="checkbox">
            <span className="checkbox-box">
              <Icon name="check" small />
            </span>
            {box.label}
          </CheckboxButton>
        </CheckboxField>
      ))}
    </CheckboxGroup>
  )
}
