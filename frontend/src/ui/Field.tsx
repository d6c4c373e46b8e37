/** A text field with its label, help and error. The error is words, linked to the input and announced. */
import "./field.css"
import { useState, type ReactNode, type Ref } from "react"
import { Button as AriaButton, FieldError, Input, Label, Text, TextArea, TextField } from "react-aria-components"
import { Icon } from "./Icon.tsx"

export interface FieldProps {
  label: string
  value: string
  onChange: (value: string) => void
  error?: string | undefined
  help?: string | undefined
  type?: "text" | "email" | "password"
  autoComplete?: string
  inputMode?: "text" | "numeric" | "email"
  maxLength?: number
  isRequired?: boolean
  isDisabled?: boolean
  autoFocus?: boolean
  code?: boolean
  multiline?: boolean
  name?: string
  inputRef?: Ref<HTMLInputElement>
  children?: ReactNode
}

export function Field({
  label,
  value,
  onChange,
  error,
  help,
  code,
  multiline,
  inputRef,
  children,
  ...rest
}: FieldProps) {
  return (
    <TextField
      {...rest}
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <Label className="field-label">{label}</Label>
      <div className={multiline ? "field-box field-box-tall" : "field-box"}>
        {multiline ? (
          <TextArea className="field-input field-area" rows={2} />
        ) : (
          <Input ref={inputRef} className={code ? "field-input code" : "field-input"} />
        )}
        {children}
      </div>
      {help && (
        <Text slot="description" className="field-help">
          {help}
        </Text>
      )}
      <FieldProblem error={error} />
    </TextField>
  )
}

/** A password that can be looked at. `labels` are the names of the button for its two states. */
export function PasswordField({ labels, ...props }: FieldProps & { labels: { show: string; hide: string } }) {
  const [seen, setSeen] = useState(false)
  return (
    <Field {...props} type={seen ? "text" : "password"}>
      <AriaButton
        className="field-tool"
        aria-label={seen ? labels.hide : labels.show}
        onPress={() => {
          setSeen(!seen)
        }}
      >
        <Icon name={seen ? "eye-closed" : "eye"} small />
      </AriaButton>
    </Field>
  )
}

/** The error line of any react-aria field. */
export function FieldProblem({ error }: { error: string | undefined }) {
  return (
    <FieldError className="field-error">
      <Icon name="triangle" small />
      <span>{error}</span>
    </FieldError>
  )
}
