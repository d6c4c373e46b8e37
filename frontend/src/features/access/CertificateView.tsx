/** One certificate: what was asked, who could read and since when, each person with ground and devices, and the files. */
import { useTranslation } from "react-i18next"
import { certificateFile, type CertificateDocument, type CertificateRow } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { subjectCode } from "../trail/code.ts"
import { useClock } from "../trail/clock.ts"
import { useDesk } from "../trail/desk.ts"
import { useAboutWords } from "./CertificateList.tsx"
import { CheckCard } from "./CheckCard.tsx"
import { PersonCard } from "./PersonCard.tsx"
import { ReadingPlot } from "./ReadingPlot.tsx"
import { ResolveAll } from "./ResolveAll.tsx"
import { useCertificate } from "./useCertificates.ts"

interface CertificateViewProps {
  row: CertificateRow
  /** On a phone, back to the list. */
  onBack: () => void
}

export function CertificateView({ onBack, row }: CertificateViewProps) {
  const { t } = useTranslation("access")
  const words = useErrorWords()
  const about = useAboutWords()
  const { organisation } = useDesk()
  const { data, error } = useCertificate(row.id)
  return (
    <article className="certificate" aria-labelledby="certificate-title">
      <div className="access-back">
        <Button variant="quiet" icon="left" onPress={onBack}>
          {t("view.back")}
        </Button>
      </div>
      <header className="certificate-head">
        <h2 id="certificate-title">{about(row)}</h2>
        <div className="certificate-files">
          <LinkButton icon="download" download href={certificateFile(organisation.id, row.id, "pdf")}>
            {t("view.pdf")}
          </LinkButton>
          <LinkButton icon="download" download href={certificateFile(organisation.id, row.id, "json")}>
            {t("view.json")}
          </LinkButton>
        </div>
      </header>
      {error !== null && <Notice role="alert">{words(error)}</Notice>}
      {data === undefined ? error === null && <p role="status">{t("view.asking")}</p> : <Shown document={data} />}
    </article>
  )
}

function Shown({ document }: { document: CertificateDocument }) {
  const { t } = useTranslation("access")
  const { people } = document
  const granted = people.filter(({ epochs }) => epochs.length === 0).length
  const left = people.filter((person) => person.left !== null).length
  return (
    <>
      <p>
        <Asked document={document} /> <b>{t("view.found", { count: people.length })}</b>{" "}
        {t("view.of", { granted, left })}
      </p>
      <p className="small soft">{t("view.notOpened")}</p>
      <CheckCard document={document} />
      <ReadingPlot document={document} />
      <section aria-labelledby="certificate-people">
        <div className="certificate-people-head">
          <h3 id="certificate-people">{t("view.people")}</h3>
          <ResolveAll people={people} />
        </div>
        <ul className="entitled">
          {people.map((person) => (
            <PersonCard key={person.pseudonym} person={person} />
          ))}
        </ul>
      </section>
    </>
  )
}

function Asked({ document: { circle, epochs, from, message, to } }: { document: CertificateDocument }) {
  const { t } = useTranslation("access")
  const dates = useDates()
  const clock = useClock()
  const at = (instant: string) => `${dates.numeric(instant)} ${clock.time(instant)}`
  const code = subjectCode("Circle", circle)
  const [first, last] = epochs
  return message === null
    ? t("view.period", { code, from: at(from), to: at(to), first, last })
    : t("view.message", { code, at: at(from), epoch: first })
}
