/** Exceptional accesses: told to the circle's members above the conversation, reviewed by compliance officers. */
import "./identity.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { BreakGlassRow, CircleId, OrganisationId, Verdict } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { daysBetween } from "../../locales/dates.ts"
import { dayOf, useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { Field } from "../../ui/Field.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"

/** Days for which the circle is shown one: long enough for everybody to come by. */
const SHOWN_DAYS = 7

export function BreakGlassNotices({ circle }: { circle: CircleId }) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const today = useToday()
  const about = useAbout()
  const { data } = useQuery({
    queryKey: ["break glasses", circle],
    queryFn: () => cordee.patients.breakGlassesOfCircle(circle),
    refetchInterval: 60_000,
  })
  const recent = (data ?? []).filter(({ started }) => daysBetween(dayOf(started), today) <= SHOWN_DAYS)
  if (recent.length === 0) return null
  return (
    <section className="waiting" aria-label={t("review.label")} role="status">
      {recent.map((each) => (
        <Notice key={each.id} icon="eye">
          <Marked text={t("review.told", about(each))} /> {t("review.reason", { reason: each.reason })}
        </Notice>
      ))}
    </section>
  )
}

/** For the officers of an organisation: each access with its reason, and their verdict. */
export function BreakGlassReviews({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const words = useErrorWords()
  const { data, error, refetch } = useQuery({
    queryKey: ["break glass reviews", organisation],
    queryFn: () => cordee.patients.breakGlassesOfOrganisation(organisation),
  })
  return (
    <section aria-labelledby="break-glass-reviews">
      <h3 id="break-glass-reviews">{t("review.title")}</h3>
      <Problem words={error === null ? null : words(error)} />
      {data?.length === 0 && <p className="soft">{t("review.none")}</p>}
      <ul className="review-list">
        {data?.map((each) => (
          <li key={each.id} className="review">
            <Review row={each} done={() => void refetch()} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function Review({ row, done }: { row: BreakGlassRow; done: () => void }) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const about = useAbout()
  const act = useAct()
  const [comment, setComment] = useState("")
  const decide = (verdict: Verdict) => {
    act.run(async () => {
      await cordee.patients.review(row.id, verdict, comment.trim())
      done()
    })
  }
  return (
    <>
      <p>
        <Marked text={t("review.told", about(row))} />{" "}
        {row.verdict !== null && (
          <Chip
            tone={row.verdict === "justified" ? "sure" : "vigilance"}
            icon={row.verdict === "justified" ? "check" : "triangle"}
          >
            {t(`review.verdict.${row.verdict}`)}
          </Chip>
        )}
      </p>
      <p>{t("review.reason", { reason: row.reason })}</p>
      {row.comment !== null && row.comment !== "" && (
        <p className="soft">{t("review.commented", { comment: row.comment })}</p>
      )}
      {row.mine && <p className="small soft">{t("review.mine")}</p>}
      {row.verdict === null && !row.mine && (
        <>
          <Field label={t("review.comment")} value={comment} onChange={setComment} maxLength={500} multiline />
          <div className="known-actions">
            <Button
              variant="primary"
              onPress={() => {
                decide("justified")
              }}
            >
              {t("review.justified")}
            </Button>
            <Button
              variant="danger-outline"
              onPress={() => {
                decide("unjustified")
              }}
            >
              {t("review.unjustified")}
            </Button>
          </div>
        </>
      )}
      <Problem words={act.problem} />
    </>
  )
}

function useAbout(): (row: BreakGlassRow) => Record<"name" | "profession" | "structure" | "date" | "hour", string> {
  const { t } = useTranslation("identity")
  const dates = useDates()
  return ({ by, started }) => ({
    name: by.name,
    profession: by.profession.label,
    structure: by.organisation?.name ?? t("requests.noStructure"),
    date: dates.day(started),
    hour: dates.hour(started),
  })
}
