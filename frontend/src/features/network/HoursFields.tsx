/** When I can be reached: stretches of the week, each a day and two times. */
import { useTranslation } from "react-i18next"
import type { Hours } from "../../core/index.ts"
import { Button, IconButton } from "../../ui/Button.tsx"
import { Select } from "../../ui/Select.tsx"
import { TimeField } from "../../ui/TimeField.tsx"
import { useWeekdays } from "./languages.ts"

export interface HoursTyped {
  readonly day: number
  readonly opens: string | null
  readonly closes: string | null
}

const DAYS = [1, 2, 3, 4, 5, 6, 7]
/** As many as the server takes. */
const MOST = 21

/** Null while one of them lacks a time. */
export function typedHours(typed: readonly HoursTyped[]): readonly Hours[] | null {
  const whole = typed.flatMap(({ closes, day, opens }) =>
    opens === null || closes === null ? [] : [{ day, opens, closes }],
  )
  return whole.length === typed.length ? whole : null
}

interface HoursFieldsProps {
  value: readonly HoursTyped[]
  onChange: (value: readonly HoursTyped[]) => void
}

export function HoursFields({ value, onChange }: HoursFieldsProps) {
  const { t } = useTranslation("network")
  const weekdays = useWeekdays()
  const change = (at: number, to: Partial<HoursTyped>) => {
    onChange(value.map((each, index) => (index === at ? { ...each, ...to } : each)))
  }
  const add = () => {
    const last = value.at(-1)
    const day = Math.min((last?.day ?? 0) + 1, 7)
    onChange([...value, { day, opens: last?.opens ?? "08:30", closes: last?.closes ?? "18:00" }])
  }
  return (
    <fieldset className="network-hours">
      <legend className="field-label">{t("own.hours")}</legend>
      {value.map(({ closes, day, opens }, index) => (
        <div key={index} className="network-stretch" role="group" aria-label={weekdays[day - 1]}>
          <Select
            label={t("own.day")}
            value={String(day)}
            choices={DAYS.map((each) => ({ value: String(each), label: weekdays[each - 1] ?? "" }))}
            onChange={(chosen) => {
              change(index, { day: Number(chosen) })
            }}
          />
          <TimeField
            label={t("own.opens")}
            value={opens}
            onChange={(time) => {
              change(index, { opens: time })
            }}
          />
          <TimeField
            label={t("own.closes")}
            value={closes}
            onChange={(time) => {
              change(index, { closes: time })
            }}
          />
          <IconButton
            icon="cross"
            label={t("own.removeHours", { day: weekdays[day - 1] ?? "" })}
            onPress={() => {
              onChange(value.filter((_, at) => at !== index))
            }}
          />
        </div>
      ))}
      {value.length < MOST && (
        <div>
          <Button icon="plus" onPress={add}>
            {t("own.addHours")}
          </Button>
        </div>
      )}
    </fieldset>
  )
}
