/**
 * Dates typed part by part (day, month, year), and for coming dates a calendar beside it.
 * Outside, a date is the text `YYYY-MM-DD` of the protocol, or null while it is incomplete.
 */
import "./dateField.css"
import { parseDate, type CalendarDate } from "@internationalized/date"
import {
  Button as AriaButton,
  Calendar,
  CalendarCell,
  CalendarGrid,
  DateField as AriaDateField,
  DateInput,
  DatePicker as AriaDatePicker,
  DateSegment,
  Dialog,
  Group,
  CalendarHeading,
  Label,
  Popover,
  Text,
} from "react-aria-components"
import { FieldProblem } from "./Field.tsx"
import { Icon } from "./Icon.tsx"

export interface DateFieldProps {
  label: string
  value: string | null
  onChange: (value: string | null) => void
  min?: string
  max?: string
  help?: string
  error?: string | undefined
  isDisabled?: boolean
}

function forAria({ value, onChange, min, max, error, isDisabled = false }: DateFieldProps) {
  return {
    className: "field",
    value: value === null ? null : parseDate(value),
    onChange: (date: CalendarDate | null) => {
      onChange(date === null ? null : date.toString())
    },
    ...(min !== undefined && { minValue: parseDate(min) }),
    ...(max !== undefined && { maxValue: parseDate(max) }),
    isInvalid: error !== undefined,
    isDisabled,
    shouldForceLeadingZeros: true,
    validationBehavior: "aria" as const,
  }
}

/** For a date one knows by heart, such as a birth date: typing only. */
export function DateField(props: DateFieldProps) {
  return (
    <AriaDateField {...forAria(props)}>
      <Label className="field-label">{props.label}</Label>
      <DateInput className="field-box date-input">
        {(segment) => <DateSegment segment={segment} className="date-segment" />}
      </DateInput>
      <Help text={props.help} />
      <FieldProblem error={props.error} />
    </AriaDateField>
  )
}

/** For a date one chooses, such as an end of access: typing first, a calendar beside it. */
export function DatePicker({ labels, ...props }: DateFieldProps & { labels: { previous: string; next: string } }) {
  return (
    <AriaDatePicker {...forAria(props)}>
      <Label className="field-label">{props.label}</Label>
      <Group className="field-box date-group">
        <DateInput className="date-input">
          {(segment) => <DateSegment segment={segment} className="date-segment" />}
        </DateInput>
        <AriaButton className="field-tool">
          <Icon name="calendar" small />
        </AriaButton>
      </Group>
      <Help text={props.help} />
      <FieldProblem error={props.error} />
      <Popover className="popover">
        <Dialog className="date-dialog">
          <Calendar className="calendar">
            <header className="calendar-head">
              <AriaButton slot="previous" className="button button-icon" aria-label={labels.previous}>
                <Icon name="left" />
              </AriaButton>
              <CalendarHeading className="calendar-heading" />
              <AriaButton slot="next" className="button button-icon" aria-label={labels.next}>
                <Icon name="right" />
              </AriaButton>
            </header>
            <CalendarGrid className="calendar-grid">
              {(date) => <CalendarCell date={date} className="calendar-cell" />}
            </CalendarGrid>
          </Calendar>
        </Dialog>
      </Popover>
    </AriaDatePicker>
  )
}

function Help({ text }: { text: string | undefined }) {
  if (text === undefined) return null
  return (
    <Text slot="description" className="field-help">
      {text}
    </Text>
  )
}
