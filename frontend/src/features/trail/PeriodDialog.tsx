/** From when until when: two dates, or one of the usual stretches up to today. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { later, type Asked } from "./filters.ts"

type Period = Pick<Asked, "from" | "to">

interface PeriodDialogProps {
  asked: Period
  isOpen: boolean
  onClose: () => void
  onChoose: (period: Period) => void
}

const USUAL = { last7: 7, last30: 30, last90: 90 } as const

export function PeriodDialog({ asked, isOpen, onChoose, onClose }: PeriodDialogProps) {
  const { t } = useTranslation("trail")
  return (
    <Dialog title={t("period.title")} isOpen={isOpen} onClose={onClose}>
      <PeriodForm asked={asked} onChoose={onChoose} onClose={onClose} />
    </Dialog>
  )
}

function PeriodForm({ asked, onChoose, onClose }: Omit<PeriodDialogProps, "isOpen">) {
  const { t } = useTranslation("trail")
  const today = useToday()
  const [period, setPeriod] = useState<Period>({ from: asked.from, to: asked.to })
  const { from, to } = period
  const isBackwards = from !== null && to !== null && to < from
  const labels = { previous: t("period.previous"), next: t("period.next") }
  return (
    <form
      className="dialog-form period"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBackwards) onChoose(period)
      }}
    >
      <div className="period-usual">
        {(["last7", "last30", "last90"] as const).map((name) => (
          <Button
            key={name}
            onPress={() => {
              onChoose({ from: later(today, 1 - USUAL[name]), to: today })
            }}
          >
            {t(`period.${name}`)}
          </Button>
        ))}
        <Button
          onPress={() => {
            onChoose({ from: null, to: null })
          }}
        >
          {t("period.ever")}
        </Button>
      </div>
      <DatePicker
        label={t("period.from")}
        labels={labels}
        value={from}
        max={today}
        onChange={(value) => {
          setPeriod({ ...period, from: value })
        }}
      />
      <DatePicker
        label={t("period.to")}
        labels={labels}
        value={to}
        max={today}
        error={isBackwards ? t("period.backwards") : undefined}
        onChange={(value) => {
          setPeriod({ ...period, to: value })
        }}
      />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("period.cancel")}</Button>
        <Button variant="primary" type="submit" isDisabled={isBackwards}>
          {t("period.submit")}
        </Button>
      </div>
    </form>
  )
}
