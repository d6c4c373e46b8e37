/**
 * Giving a member what was written before they came in: none, from a day, or all that this device can read. History
 * goes by periods (a key each), so the day that is chosen takes in the period that it falls into.
 */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useQuery } from "@tanstack/react-query"
import type { Circle, Member } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { dayOf } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { fullName } from "../directory/professional.ts"
import { periodOf, type Period } from "./periods.ts"

interface HistoryDialogProps {
  circle: Circle
  member: Member
  isOpen: boolean
  onClose: () => void
}

export function HistoryDialog({ isOpen, ...asked }: HistoryDialogProps) {
  const { t } = useTranslation("people")
  return (
    <Dialog title={t("history.title", { name: fullName(asked.member) })} isOpen={isOpen} onClose={asked.onClose}>
      <Asking {...asked} />
    </Dialog>
  )
}

type Asked = Omit<HistoryDialogProps, "isOpen">

function Asking({ circle, member, onClose }: Asked) {
  const { t } = useTranslation("people")
  const words = useErrorWords()
  const { data, error } = useQuery({
    queryKey: ["grantable", circle.id, member.user],
    queryFn: () => circle.grantable(),
    staleTime: 0,
    gcTime: 0,
  })
  const [oldest, ...later] = (data ?? []).filter(({ at }) => Date.parse(at) < Date.parse(member.since))
  if (oldest !== undefined)
    return <Choice circle={circle} member={member} onClose={onClose} periods={[oldest, ...later]} />
  return (
    <>
      {error !== null ? (
        <Notice tone="urgent" role="alert">
          {words(error)}
        </Notice>
      ) : (
        <p role="status">{data === undefined ? t("history.asking") : t("history.nothing", { name: fullName(member) })}</p>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("sheet.close")}</Button>
      </div>
    </>
  )
}

type Extent = "none" | "from" | "all"

function Choice({ circle, member, onClose, periods }: Asked & { periods: readonly [Period, ...Period[]] }) {
  const { t } = useTranslation(["people", "directory"])
  const dates = useDates()
  const act = useAct()
  const [extent, setExtent] = useState<Extent>("none")
  const [day, setDay] = useState<string | null>(null)
  const [tried, setTried] = useState(false)
  const name = fullName(member)
  const [oldest] = periods
  const period = extent === "all" ? oldest : extent === "from" && day !== null ? periodOf(periods, day) : null

  const give = () => {
    setTried(true)
    if (extent === "none") onClose()
    if (period === null) return
    act.run(async () => {
      await circle.grantHistory(member.user, period.epoch)
      onClose()
      toast(t("history.done", { name }))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        give()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>{t("history.how", { name })}</p>
      <RadioCards
        label={t("history.what", { name })}
        cards={[
          { value: "none", label: t("history.none"), description: t("history.noneNote") },
          { value: "from", label: t("history.from") },
          {
            value: "all",
            label: t("history.all"),
            description: t("history.allNote", { date: dates.numeric(oldest.at) }),
          },
        ]}
        value={extent}
        onChange={setExtent}
      />
      {extent === "from" && (
        <DatePicker
          label={t("history.date")}
          value={day}
          onChange={setDay}
          min={dayOf(oldest.at)}
          max={dayOf(member.since)}
          error={tried && day === null ? t("history.dateMissing") : undefined}
          labels={{ previous: t("directory:previousMonth"), next: t("directory:nextMonth") }}
        />
      )}
      {extent === "from" && period !== null && (
        <p className="small soft" role="status">
          {t("history.begins", { date: dates.numeric(period.at), hour: dates.hour(period.at) })}
        </p>
      )}
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("directory:cancel")}</Button>
        <Button type="submit" variant="primary" isPending={act.running}>
          {act.running ? t("history.running") : extent === "none" ? t("history.submitNone") : t("history.submit")}
        </Button>
      </div>
    </Form>
  )
}
