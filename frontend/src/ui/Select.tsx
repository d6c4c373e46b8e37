/** A closed list of a few choices. */
import "./select.css"
import {
  Button as AriaButton,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select as AriaSelect,
  SelectValue,
  Text,
} from "react-aria-components"
import { FieldProblem } from "./Field.tsx"
import { Icon } from "./Icon.tsx"

export interface Choice<Value extends string> {
  value: Value
  label: string
  description?: string
}

interface SelectProps<Value extends string> {
  label: string
  choices: readonly Choice<Value>[]
  value: Value | null
  onChange: (value: Value) => void
  placeholder?: string
  error?: string | undefined
  isDisabled?: boolean
}

export function Select<Value extends string>({ label, choices, value, onChange, error, ...rest }: SelectProps<Value>) {
  return (
    <AriaSelect
      {...rest}
      className="field"
      value={value}
      onChange={(key) => {
        const choice = choices.find((each) => each.value === key)
        if (choice) onChange(choice.value)
      }}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <AriaButton className="field-box select-button">
        <SelectValue className="select-value" />
        <Icon name="down" small />
      </AriaButton>
      <FieldProblem error={error} />
      <Popover className="popover select-popover">
        <ListBox className="select-list">
          {choices.map((choice) => (
            <ListBoxItem key={choice.value} id={choice.value} textValue={choice.label} className="select-item">
              <Icon name="check" small />
              <Text slot="label">{choice.label}</Text>
              {choice.description && (
                <Text slot="description" className="select-description">
                  {choice.description}
                </Text>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}
