/** Giving coordination to a member: for good, or for as long as one is away. What follows is said before it is signed. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Circle, Member } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { endOfDay, useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { fullName } from "../directory/professional.ts"

interface HandOverDialogProps {
  circle: Circle
  member: Member
  isOpen: boolean
  onClose: () => void
}

const ways = ["while", "share", "leave"] as const

export function HandOverDialog({ isOpen, ...form }: HandOverDialogProps) {
  const { t } = useTranslation("places")
  return (
    <Dialog title={t("handOver.title", { name: fullName(form.member) })} isOpen={isOpen} onClose={form.onClose}>
      <HandOverForm {...form} />
    </Dialog>
  )
}

function HandOverForm({ circle, member, onClose }: Omit<HandOverDialogProps, "isOpen">) {
  const { t } = useTranslation(["places", "directory"])
  const dates = useDates()
  const today = useToday()
  const act = useAct()
  const name = fullName(member)
  const [way, setWay] = useState<(typeof ways)[number] | null>(null)
  const [until, setUntil] = useState<string | null>(null)
  const [tried, setTried] = useState(false)
  const untilWrong =
    way !== "while"
      ? undefined
      : until === null
        ? t("handOver.untilMissing")
        : until < today
          ? t("directory:endPast")
          : undefined

  const give = () => {
    setTried(true)
    if (way === null || untilWrong !== undefined) return
    act.run(async () => {
      const end = way === "while" && until !== null ? endOfDay(until) : null
      await circle.handOver({ to: member.user, until: end, stepDown: way === "leave" })
      onClose()
      toast(t("handOver.done", { name }))
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
      <RadioCards
        label={t("handOver.how")}
        cards={ways.map((value) => ({
          value,
          label: t(`handOver.way.${value}.label`),
          description: t(`handOver.way.${value}.description`, { name }),
        }))}
        value={way}
        onChange={setWay}
        error={tried && way === null ? t("handOver.howMissing") : undefined}
      />
      {way === "while" && (
        <DatePicker
          label={t("handOver.until")}
          value={until}
          onChange={setUntil}
          min={today}
          error={tried ? untilWrong : undefined}
          labels={{ previous: t("directory:previousMonth"), next: t("directory:nextMonth") }}
        />
      )}
      {way !== null && (way !== "while" || until !== null) && (
        <p>
          <Marked text={t(`handOver.sentence.${way}`, { name, date: until === null ? "" : dates.numeric(until) })} />{" "}
          {t("handOver.others")}
        </p>
      )}
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="primary" icon="key" isPending={act.running}>
          {t("handOver.submit")}
        </Button>
      </div>
    </Form>
  )
}
