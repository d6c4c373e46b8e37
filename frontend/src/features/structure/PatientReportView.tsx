/** What is kept about a patient, as they will read it: headings and lists, which the browser prints by itself. */
import type { PatientReport, ReportSection } from "../../core/index.ts"

export function PatientReportView({ report }: { report: PatientReport }) {
  return (
    <article className="patient-answer" lang="fr" aria-labelledby="patient-report">
      <h4 id="patient-report">{report.title}</h4>
      {report.intro.map((words) => (
        <p key={words}>{words}</p>
      ))}
      {report.sections.map((section, index) => (
        // Two circles have sections of the same name.
        <Section key={index} section={section} />
      ))}
    </article>
  )
}

function Section({ section }: { section: ReportSection }) {
  const Heading = section.level === 1 ? "h5" : "h6"
  return (
    <>
      <Heading>{section.title}</Heading>
      {section.paragraphs.map((words) => (
        <p key={words}>{words}</p>
      ))}
      {section.items.length > 0 && (
        <ul>
          {section.items.map((item, index) => (
            <li key={index}>
              {item.text}
              {item.details.length > 0 && (
                <ul className="small soft">
                  {item.details.map((words) => (
                    <li key={words}>{words}</li>
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
