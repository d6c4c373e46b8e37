/** What is kept and on whom, with the way to let it go: one officer asks, another lifts. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import { Link } from "react-router"
import type { HoldRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { toast } from "../../ui/toasts.ts"
import { Problem } from "../auth/Problem.tsx"
import { useMedia } from "../chat/useMedia.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { AskReason } from "../trail/AskReason.tsx"
import { subjectCode } from "../trail/code.ts"
import { AT_THE_DESK, useDesk } from "../trail/desk.ts"

export function HoldList() {
  const { t } = useTranslation("holds")
  const { holds } = useCordee()
  const { id } = useDesk().organisation
  const words = useErrorWords()
  const { data, error } = useQuery({ queryKey: ["holds", id], queryFn: () => holds.list(id) })
  return (
    <section className="holds-list" aria-label={t("list")}>
      <h2>{t("list")}</h2>
      <Problem words={error === null ? null : words(error)} />
      {data?.length === 0 && <p className="soft">{t("none")}</p>}
      <ul>
        {data?.map((each) => (
          <li key={each.id} className="holds-row">
            <Row hold={each} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Row({ hold }: { hold: HoldRow }) {
  const { t } = useTranslation("holds")
  const dates = useDates()
  const what = useHeldWords()(hold)
  const isDesk = useMedia(AT_THE_DESK)
  const since = { date: dates.day(hold.placed), by: hold.by }
  return (
    <>
      <div className="holds-what">
        <p>
          <b>{what}</b>
        </p>
        <p className="small soft">{hold.by === null ? t("since", since) : t("sinceBy", since)}</p>
        <p className="small soft">
          {t("sealed")}{" "}
          <Link
            className="text-link"
            to={{ pathname: paths.journal, search: String(new URLSearchParams({ all: "1", obj: `Hold/${hold.id}` })) }}
            aria-label={t("actsOf", { what })}
          >
            {t("acts")}
          </Link>
        </p>
      </div>
      <div className="holds-state">
        <State hold={hold} />
        {isDesk && hold.lifted === null && !hold.mine && <Lift hold={hold} what={what} />}
      </div>
    </>
  )
}

function State({ hold: { asked, lifted, mine } }: { hold: HoldRow }) {
  const { t } = useTranslation("holds")
  const dates = useDates()
  if (lifted !== null) return <Chip icon="check">{t("state.lifted", { date: dates.day(lifted) })}</Chip>
  if (!asked) return <Chip icon="keep">{t("state.stands")}</Chip>
  return (
    <Chip tone="vigilance" icon="clock">
      {t(mine ? "state.askedByMe" : "state.asked")}
    </Chip>
  )
}

/** The first officer's request, or the second one's word: both say why. */
function Lift({ hold, what }: { hold: HoldRow; what: string }) {
  const { t } = useTranslation("holds")
  const { holds } = useCordee()
  const { id } = useDesk().organisation
  const queries = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const step = hold.asked ? "confirm" : "ask"
  return (
    <>
      <Button
        aria-label={t(`lift.${step}.of`, { what })}
        onPress={() => {
          setAsking(true)
        }}
      >
        {t(`lift.${step}.submit`)}
      </Button>
      <AskReason
        title={t(`lift.${step}.title`)}
        consequence={[t(`lift.${step}.consequence`, { what }), t("lift.recorded")]}
        submit={t(`lift.${step}.submit`)}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false)
        }}
        act={async (reason) => {
          const lifted = await holds.lift(id, hold.id, reason)
          await queries.invalidateQueries({ queryKey: ["holds", id] })
          toast(t(lifted ? "lift.done" : "lift.waits"))
        }}
      />
    </>
  )
}

/** `Patient T-9B2F6`, `Période du 01/03/2025 au 31/03/2025` */
function useHeldWords(): (hold: HoldRow) => string {
  const { t } = useTranslation("holds")
  const dates = useDates()
  return ({ kind, pseudonym, since, until }) => {
    if (kind !== "Period") return pseudonym === null ? "" : t(`on.${kind}`, { code: subjectCode(kind, pseudonym) })
    if (since === null || until === null) return ""
    // The last day is the one before the moment at which it ends.
    const last = new Date(Date.parse(until) - 1).toISOString()
    return t("on.Period", { from: dates.numeric(since), to: dates.numeric(last) })
  }
}
