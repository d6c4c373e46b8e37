/** Begins a legal hold: on a subject by its code, or on a period; what that does is said before it is done. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQueryClient } from "@tanstack/react-query"
import { useSearchParams } from "react-router"
import { type HeldPeriod, type HeldSubject } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Field } from "../../ui/Field.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { toast } from "../../ui/toasts.ts"
import { wholeDays } from "../access/asked.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { readCode } from "../trail/code.ts"
import { useDesk } from "../trail/desk.ts"
import { readAsked } from "../trail/filters.ts"
import { codeOf, followedSubject, subjectsNamed } from "./subject.ts"

const LONGEST = 500
const OF = ["subject", "period"] as const

export function BeginHold() {
  const { t } = useTranslation("holds")
  const { holds, trail } = useCordee()
  const { id } = useDesk().organisation
  const today = useToday()
  const [query] = useSearchParams()
  const asked = readAsked(query, today)
  const followed = followedSubject(asked)
  const [of, setOf] = useState<(typeof OF)[number]>("subject")
  const [code, setCode] = useState(followed === null ? (asked.codes[0] ?? "") : codeOf(followed))
  const [from, setFrom] = useState<string | null>(null)
  const [to, setTo] = useState<string | null>(null)
  const [reason, setReason] = useState("")
  const [mistake, setMistake] = useState<"unknown" | "several" | null>(null)
  const queries = useQueryClient()
  const act = useAct()
  const read = readCode(code)
  const isBackwards = from !== null && to !== null && to < from
  const period = from === null || to === null || isBackwards ? null : wholeDays(from, to)
  const isWhole = (of === "subject" ? code.trim() !== "" : period !== null) && reason.trim() !== ""

  /** What was typed, as the server asks for it; null when that is nobody's code, or more than one's. */
  const chosen = async (): Promise<HeldSubject | HeldPeriod | null> => {
    if (of === "period") return period && { kind: "Period", ...period }
    if (followed !== null && codeOf(followed) === read?.code) return followed
    const named =
      read === null ? [] : subjectsNamed(read.code, (await trail.search(id, { code: [read.code] }, null)).events)
    if (named.length !== 1) setMistake(named.length === 0 ? "unknown" : "several")
    return named.length === 1 ? (named[0] ?? null) : null
  }
  const begin = async () => {
    const what = await chosen()
    if (what === null) return
    await holds.begin(id, what, reason.trim())
    await queries.invalidateQueries({ queryKey: ["holds", id] })
    setCode("")
    setReason("")
    toast(t("begun"))
  }
  return (
    <form
      className="holds-begin"
      aria-label={t("begin")}
      onSubmit={(event) => {
        event.preventDefault()
        if (isWhole) act.run(begin)
      }}
    >
      <h2>{t("begin")}</h2>
      <Segmented
        label={t("of.label")}
        choices={OF.map((value) => ({ value, label: t(`of.${value}`) }))}
        value={of}
        onChange={setOf}
      />
      {of === "subject" ? (
        <Field
          label={t("code.label")}
          help={t("code.help")}
          value={code}
          code
          onChange={(value) => {
            setCode(value)
            setMistake(null)
          }}
          error={mistake === null ? undefined : t(`code.${mistake}`)}
        />
      ) : (
        <Period {...{ from, to, setFrom, setTo, isBackwards, today }} />
      )}
      <p className="small soft">{t(`does.${of}`)}</p>
      <p className="small soft">{t("does.ends")}</p>
      <Field
        label={t("reason.label")}
        help={t("reason.help")}
        multiline
        value={reason}
        onChange={setReason}
        maxLength={LONGEST}
      />
      <Problem words={act.problem} />
      <div>
        <Button variant="primary" type="submit" isPending={act.running} isDisabled={!isWhole}>
          {t("submit")}
        </Button>
      </div>
    </form>
  )
}

interface PeriodProps {
  from: string | null
  to: string | null
  setFrom: (day: string | null) => void
  setTo: (day: string | null) => void
  isBackwards: boolean
  today: string
}

function Period({ from, isBackwards, setFrom, setTo, to, today }: PeriodProps) {
  const { t } = useTranslation(["holds", "trail"])
  const labels = { previous: t("trail:period.previous"), next: t("trail:period.next") }
  return (
    <div className="holds-period">
      <DatePicker label={t("from")} labels={labels} value={from} max={today} onChange={setFrom} />
      <DatePicker
        label={t("to")}
        labels={labels}
        value={to}
        error={isBackwards ? t("backwards") : undefined}
        onChange={setTo}
      />
    </div>
  )
}
