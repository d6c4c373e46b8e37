/** Requests to lift many pseudonyms: one officer asks, another approves, and the first may then see, for a day. */
import "./resolutions.css"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { ResolutionRow, SubjectResolved } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { subjectCode } from "./code.ts"
import { useDesk } from "./desk.ts"
import { useToldWords } from "./Resolve.tsx"

export function Resolutions() {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const { data } = useQuery({ queryKey: ["resolutions", id], queryFn: () => trail.resolutions(id) })
  if (data === undefined || data.length === 0) return null
  return (
    <section className="resolutions" aria-label={t("resolutions.title")}>
      <h2>{t("resolutions.title")}</h2>
      <ul>
        {data.map((row) => (
          <Request key={row.id} row={row} />
        ))}
      </ul>
    </section>
  )
}

function Request({ row }: { row: ResolutionRow }) {
  const { t } = useTranslation("trail")
  const dates = useDates()
  const [told, setTold] = useState<readonly SubjectResolved[] | null>(null)
  const day = (instant: string) => t("resolutions.at", { day: dates.day(instant), hour: dates.hour(instant) })
  return (
    <li className="resolution">
      <div>
        <p>
          <b>
            {t("resolutions.asked", { count: row.count, name: row.asked_by ?? t("somebody"), when: day(row.asked) })}
          </b>
        </p>
        {row.reason !== null && <p className="soft small">{t("resolutions.reason", { reason: row.reason })}</p>}
        <p className="soft mini">
          {row.approved === null
            ? t("resolutions.waiting")
            : t("resolutions.approved", { name: row.approved_by ?? t("somebody"), when: day(row.approved) })}
          {row.until !== null && `, ${t("resolutions.until", { when: day(row.until) })}`}
        </p>
        {told !== null && <ToldList subjects={told} />}
      </div>
      <Next row={row} onTold={setTold} />
    </li>
  )
}

/** What this officer may do next, if anything: whether it is still possible the server says. */
function Next({ onTold, row }: { row: ResolutionRow; onTold: (subjects: readonly SubjectResolved[]) => void }) {
  const { t } = useTranslation("trail")
  const { trail } = useCordee()
  const { organisation, tell } = useDesk()
  const queries = useQueryClient()
  const act = useAct()
  if (row.mine && row.approved === null) return <Chip icon="clock">{t("resolutions.pending")}</Chip>
  if (!row.mine && row.approved !== null) return <Chip icon="check">{t("resolutions.done")}</Chip>
  return (
    <div className="resolution-next">
      <Button
        variant={row.mine ? "primary" : "plain"}
        isPending={act.running}
        onPress={() => {
          act.run(async () => {
            if (!row.mine) await trail.approveResolution(organisation.id, row.id)
            else {
              const subjects = await trail.openResolution(organisation.id, row.id)
              tell(subjects)
              onTold(subjects)
            }
            await queries.invalidateQueries({ queryKey: ["resolutions", organisation.id] })
          })
        }}
      >
        {row.mine ? t("resolutions.open") : t("resolutions.approve")}
      </Button>
      <Problem words={act.problem} />
    </div>
  )
}

function ToldList({ subjects }: { subjects: readonly SubjectResolved[] }) {
  const words = useToldWords()
  return (
    <ul className="resolution-told small" role="status">
      {subjects.map((subject) => (
        <li key={subject.pseudonym}>
          {subject.kind !== null && <b>{subjectCode(subject.kind, subject.pseudonym)} </b>}
          {words(subject)}
        </li>
      ))}
    </ul>
  )
}
