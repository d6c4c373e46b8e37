/** A search field: the label is read, not drawn; Escape and the cross empty it. */
import "./field.css"
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Input, Label, SearchField as AriaSearchField } from "react-aria-components"
import { Icon } from "./Icon.tsx"

interface SearchFieldProps {
  label: string
  placeholder: string
  value: string
  onChange: (value: string) => void
  autoFocus?: boolean
  compact?: boolean
}

export function SearchField({
  label,
  placeholder,
  value,
  onChange,
  autoFocus = false,
  compact = false,
}: SearchFieldProps) {
  const { t } = useTranslation()
  return (
    <AriaSearchField
      className={compact ? "search search-compact" : "search"}
      value={value}
      onChange={onChange}
      autoFocus={autoFocus}
    >
      <Label className="unseen">{label}</Label>
      <div className="field-box">
        <Icon name="search" small={compact} />
        <Input className="field-input" placeholder={placeholder} />
        {value !== "" && (
          <AriaButton className="field-tool" aria-label={t("clear")}>
            <Icon name="cross" small />
          </AriaButton>
        )}
      </div>
    </AriaSearchField>
  )
}
