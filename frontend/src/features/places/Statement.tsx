/** What the patient said: on which day, and how it was given. */
import { useTranslation } from "react-i18next"
import type { CalendarDate, ConsentHow } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { DatePicker } from "../../ui/DateField.tsx"
import { Select } from "../../ui/Select.tsx"

export interface Said {
  readonly on: CalendarDate | null
  readonly how: ConsentHow
}

export const NOTHING_SAID: Said = { on: null, how: "spoken" }

const ways = ["spoken", "written", "electronic"] as const satisfies readonly ConsentHow[]

interface StatementProps {
  label: string
  said: Said
  onChange: (said: Said) => void
  tried: boolean
}

export function Statement({ label, said, onChange, tried }: StatementProps) {
  const { t } = useTranslation(["places", "directory"])
  const today = useToday()
  const mistake = saidWrong(said, today)
  return (
    <div className="conditions-two">
      <DatePicker
        label={label}
        value={said.on}
        onChange={(on) => {
          onChange({ ...said, on })
        }}
        max={today}
        error={tried && mistake !== undefined ? t(mistake) : undefined}
        labels={{ previous: t("directory:previousMonth"), next: t("directory:nextMonth") }}
      />
      <Select
        label={t("how.label")}
        choices={ways.map((value) => ({ value, label: t(`how.${value}`) }))}
        value={said.how}
        onChange={(how) => {
          onChange({ ...said, how })
        }}
      />
    </div>
  )
}

export function saidWrong({ on }: Said, today: CalendarDate): "how.dateMissing" | "how.dateInFuture" | undefined {
  if (on === null) return "how.dateMissing"
  return on > today ? "how.dateInFuture" : undefined
}
