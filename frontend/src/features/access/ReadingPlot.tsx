/** Who could read when: a bar for each person, from when they could until they left; the same as words for each bar. */
import { useTranslation } from "react-i18next"
import type { CertificateDocument, EntitledPerson } from "../../core/index.ts"
import { subjectCode } from "../trail/code.ts"
import { useDesk } from "../trail/desk.ts"
import { useMoment } from "./PersonCard.tsx"

const WIDTH = 1000
/** So that also a short time can be seen. */
const NARROWEST = 8

export function ReadingPlot({ document }: { document: CertificateDocument }) {
  const { t } = useTranslation("access")
  const moment = useMoment()
  const { told } = useDesk()
  const [begin, end] = bounds(document)
  const nameOf = ({ name, pseudonym }: EntitledPerson) =>
    told.get(pseudonym)?.name ?? name ?? subjectCode("Person", pseudonym)
  return (
    <section className="reading" aria-labelledby="reading-title">
      <h3 id="reading-title">{t("plot.title")}</h3>
      <ul className="reading-legend mini soft">
        <li className="reading-roster">{t("plot.roster")}</li>
        <li className="reading-grant">{t("plot.grant")}</li>
      </ul>
      <ul className="reading-bars">
        {document.people.map((person) => {
          const left = share(person.since, begin, end)
          const right = person.left === null ? WIDTH : share(person.left, begin, end)
          const until = person.left === null ? t("plot.still") : moment(person.left)
          const from = Math.min(left, WIDTH - NARROWEST)
          return (
            <li key={person.pseudonym}>
              <span className="reading-who">{nameOf(person)}</span>
              <svg viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
                <rect
                  className={person.epochs.length > 0 ? "reading-by-roster" : "reading-by-grant"}
                  x={from}
                  y="1"
                  height="8"
                  width={Math.max(right - from, NARROWEST)}
                />
              </svg>
              <span className="unseen">{t("plot.bar", { from: moment(person.since), until })}</span>
            </li>
          )
        })}
      </ul>
      <p className="reading-days mini faint" aria-hidden="true">
        <span>{moment(new Date(begin).toISOString())}</span>
        <span>{moment(new Date(end).toISOString())}</span>
      </p>
    </section>
  )
}

/** From the first moment at which somebody could read to the last that is known. */
function bounds({ from, people, to }: CertificateDocument): readonly [number, number] {
  const instants = [from, to, ...people.flatMap(({ left, since }) => [since, left ?? to])].map((each) =>
    Date.parse(each),
  )
  const begin = Math.min(...instants)
  return [begin, Math.max(...instants, begin + 1)]
}

function share(instant: string, begin: number, end: number): number {
  return Math.round(((Date.parse(instant) - begin) / (end - begin)) * WIDTH)
}
