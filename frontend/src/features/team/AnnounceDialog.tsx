/** Writing an announcement or an event: it goes encrypted into the team's conversation, and every member is told. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleRow, ShownNotice } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { TimeField } from "../../ui/TimeField.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCircleWords } from "../circles/circleTitle.ts"

type Type = ShownNotice["type"]

/** As long as every reader takes (docs/protocol.md, "Envelope"). */
const TITLE_LENGTH = 120
const PLACE_LENGTH = 200

interface AnnounceDialogProps {
  circle: Circle
  row: CircleRow
  /** Null when nothing is being written. */
  type: Type | null
  onClose: () => void
}

export function AnnounceDialog({ type, ...rest }: AnnounceDialogProps) {
  const { t } = useTranslation("network")
  return (
    <Dialog title={type === null ? "" : t(`team.new.${type}`)} isOpen={type !== null} onClose={rest.onClose}>
      {type !== null && <Writing type={type} {...rest} />}
    </Dialog>
  )
}

function Writing({ circle, row, type, onClose }: AnnounceDialogProps & { type: Type }) {
  const { t } = useTranslation("network")
  const { to } = useCircleWords()(row)
  const { problem, run, running } = useAct()
  const [title, setTitle] = useState("")
  const [text, setText] = useState("")
  const [place, setPlace] = useState("")
  const [day, setDay] = useState<string | null>(null)
  const [from, setFrom] = useState<string | null>("14:00")
  const [until, setUntil] = useState<string | null>("15:00")
  const [isMissing, setMissing] = useState(false)
  const today = useToday()

  const publish = () => {
    const notice = written({ type, title, place, day, from, until })
    setMissing(notice === null)
    if (notice === null) return
    run(async () => {
      await circle.announce(notice, text.trim())
      onClose()
      toast(t(`team.published.${type}`))
    })
  }

  return (
    <form
      className="network-form"
      onSubmit={(event) => {
        event.preventDefault()
        publish()
      }}
    >
      <Field label={t("team.titleField")} value={title} onChange={setTitle} maxLength={TITLE_LENGTH} autoFocus />
      {type === "event" && (
        <>
          <div className="team-when">
            <DatePicker
              label={t("team.day")}
              value={day}
              min={today}
              onChange={setDay}
              labels={{ previous: t("own.previousMonth"), next: t("own.nextMonth") }}
            />
            <TimeField label={t("own.opens")} value={from} onChange={setFrom} />
            <TimeField label={t("own.closes")} value={until} onChange={setUntil} />
          </div>
          <Field label={t("team.place")} value={place} onChange={setPlace} maxLength={PLACE_LENGTH} />
        </>
      )}
      <Field label={t("team.text")} value={text} onChange={setText} multiline />
      <p className="small soft">{t("team.note")}</p>
      {(isMissing || problem !== null) && (
        <Notice tone="urgent" role="alert">
          {problem ?? t(type === "event" ? "team.missingEvent" : "team.missing")}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("back")}</Button>
        <Button type="submit" variant="primary" isPending={running} aria-label={t("team.publishTo", { to })}>
          {t("team.publish")}
        </Button>
      </div>
    </form>
  )
}

interface Typed {
  type: Type
  title: string
  place: string
  day: string | null
  from: string | null
  until: string | null
}

/** Null while something is missing. A day and two times are meant where the writer is; past midnight is the next day. */
function written({ day, from, place, title, type, until }: Typed): ShownNotice | null {
  if (title.trim() === "") return null
  if (type === "announcement") return { type, title }
  if (day === null || from === null || until === null || from === until) return null
  const starts = new Date(`${day}T${from}`)
  const ends = new Date(`${day}T${until}`)
  if (ends < starts) ends.setDate(ends.getDate() + 1)
  return { type, title, place, starts: starts.toISOString(), ends: ends.toISOString() }
}
