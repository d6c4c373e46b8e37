/** A choice among few, each with a sentence: legal grounds, ways to answer. The whole card is the target. */
import "./radioCards.css"
import { Label, RadioButton, RadioField, RadioGroup, Text } from "react-aria-components"
import { FieldProblem } from "./Field.tsx"

export interface RadioCard<Value extends string> {
  value: Value
  label: string
  description?: string | undefined
  isDisabled?: boolean
}

interface RadioCardsProps<Value extends string> {
  label: string
  /** A quiet note at the end of the label's line, such as the article of law. */
  note?: string
  cards: readonly RadioCard<Value>[]
  value: Value | null
  onChange: (value: Value) => void
  error?: string | undefined
  columns?: boolean
}

export function RadioCards<Value extends string>({
  label,
  note,
  cards,
  value,
  onChange,
  error,
  columns = false,
}: RadioCardsProps<Value>) {
  const choose = (chosen: string) => {
    const card = cards.find((each) => each.value === chosen)
    if (card) onChange(card.value)
  }
  return (
    <RadioGroup
      className="radio-cards"
      value={value}
      onChange={choose}
      isInvalid={error !== undefined}
      validationBehavior="aria"
    >
      <div className="radio-cards-head">
        <Label className="field-label">{label}</Label>
        {note && <span className="mini faint">{note}</span>}
      </div>
      <div className={columns ? "radio-cards-list radio-cards-columns" : "radio-cards-list"}>
        {cards.map((card) => (
          <RadioField key={card.value} value={card.value} isDisabled={card.isDisabled ?? false} className="radio-card">
            <RadioButton className="radio-card-button">{card.label}</RadioButton>
            {card.description && (
              <Text slot="description" className="radio-card-description">
                {card.description}
              </Text>
            )}
          </RadioField>
        ))}
      </div>
      <FieldProblem error={error} />
    </RadioGroup>
  )
}
