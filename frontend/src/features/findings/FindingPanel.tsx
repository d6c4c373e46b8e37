/** One finding: what it counted, the acts it rests on, what officers said, and one's own review. */
import { useTranslation } from "react-i18next"
import { Link } from "react-aria-components"
import type { Annotation, FindingDetail, FindingId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Problem } from "../auth/Problem.tsx"
import { paths } from "../shell/paths.ts"
import { subjectCode } from "../trail/code.ts"
import { EventRow } from "../trail/EventRow.tsx"
import { writeAsked } from "../trail/filters.ts"
import { dayOf } from "../../locales/today.ts"
import { Review } from "./Review.tsx"
import { StatusChip } from "./StatusChip.tsx"
import { useFinding } from "./useFindings.ts"
import { useFacts } from "./words.ts"

export function FindingPanel({ finding }: { finding: FindingId }) {
  const { t } = useTranslation("findings")
  const words = useErrorWords()
  const { detail, error } = useFinding(finding)
  if (error !== null) return <Problem words={words(error)} />
  if (detail === null) return <p role="status">{t("list.asking")}</p>
  return (
    <div className="detail finding-panel">
      <Head finding={detail} />
      <Evidence finding={detail} />
      <Said annotations={detail.annotations} />
      <Review finding={detail} />
    </div>
  )
}

function Head({ finding }: { finding: FindingDetail }) {
  const { t } = useTranslation("findings")
  const dates = useDates()
  const facts = useFacts()
  const at = (instant: string) => `${dates.day(instant)} ${dates.hour(instant)}`
  return (
    <>
      <div>
        <StatusChip status={finding.status} />
        <h2>{t(`rule.${finding.rule}.name`)}</h2>
        <p className="soft small">{t(`rule.${finding.rule}.means`)}</p>
      </div>
      <p>{facts(finding)}</p>
      <dl className="facts">
        {finding.who !== null && <Fact name={t("detail.who")} code={subjectCode("Person", finding.who)} />}
        {finding.pat !== null && <Fact name={t("detail.pat")} code={subjectCode("Patient", finding.pat)} />}
        {finding.cir !== null && <Fact name={t("detail.cir")} code={subjectCode("Circle", finding.cir)} />}
        <dt>{t("detail.when")}</dt>
        <dd>
          {at(finding.began) === at(finding.ended)
            ? at(finding.began)
            : t("detail.from", { from: at(finding.began), to: at(finding.ended) })}
        </dd>
      </dl>
    </>
  )
}

function Fact({ code, name }: { code: string; name: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <b>{code}</b>
      </dd>
    </>
  )
}

function Evidence({ finding }: { finding: FindingDetail }) {
  const { t } = useTranslation("findings")
  const { evidence, events } = finding
  if (evidence.length === 0) return null
  return (
    <section aria-labelledby="finding-evidence">
      <h3 id="finding-evidence">{t("detail.evidence")}</h3>
      <ol className="finding-evidence">
        {evidence.map((event) => (
          <li key={event.id} className="act">
            <EventRow event={event} organisation={null} />
          </li>
        ))}
      </ol>
      {evidence.length < events && (
        <p className="mini soft">{t("detail.evidenceMore", { shown: evidence.length, count: events })}</p>
      )}
      <Link className="button button-quiet" href={`${paths.journal}?${journalOf(finding)}`}>
        {t("detail.journal")}
      </Link>
    </section>
  )
}

/** The days of the finding in the journal, by the person, or else by the circle. */
function journalOf({ began, cir, ended, who }: FindingDetail): URLSearchParams {
  const followed = who !== null ? { who } : cir !== null ? { cir } : {}
  return writeAsked({
    from: dayOf(began),
    to: dayOf(ended),
    day: null,
    groups: [],
    out: null,
    orgs: [],
    codes: [],
    followed,
  })
}

function Said({ annotations }: { annotations: readonly Annotation[] }) {
  const { t } = useTranslation("findings")
  const dates = useDates()
  if (annotations.length === 0) return null
  return (
    <section aria-labelledby="finding-said">
      <h3 id="finding-said">{t("review.said")}</h3>
      <ul className="finding-said">
        {annotations.map(({ at, author, status, text }) => (
          <li key={at}>
            <p className="mini soft">
              {t("review.by", { author, date: dates.day(at), hour: dates.hour(at) })}{" "}
              {status !== null && <StatusChip status={status} />}
            </p>
            <p>{text ?? <span className="soft">{t("review.erased")}</span>}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
