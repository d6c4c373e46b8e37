/** The parts of a profile that are the same for oneself and for colleagues. */
import { useTranslation } from "react-i18next"
import { Link as AriaLink } from "react-aria-components"
import type { Hours, Member, ProfessionalCard, ProfessionalProfile } from "../../core/index.ts"
import { Chip } from "../../ui/Chip.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { fullName } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"
import { useAbsenceWords } from "./absence.ts"
import { useLanguageNames, useWeekdays } from "./languages.ts"

interface PartProps {
  profile: ProfessionalProfile
}

/** Nothing when the person is there. */
export function AbsenceNotice({ whose }: { whose: Pick<Member, "absence"> & ProfessionalCard }) {
  const { t } = useTranslation("network")
  const words = useAbsenceWords()(whose.absence, whose)
  if (words === null) return null
  return (
    <div className="network-notice">
      <Notice icon="calendar">{t("absence.of", { name: fullName(whose), absence: words.whole })}</Notice>
    </div>
  )
}

/** As the directory has them: nobody writes here what they are. */
export function Situations({ profile: { mssante, situations } }: PartProps) {
  const { t } = useTranslation("network")
  return (
    <section className="card" aria-labelledby="situations">
      <h2 id="situations">{t("profile.situations")}</h2>
      <ul>
        {situations.map(({ active, city, organisation, profession, role, speciality }) => (
          <li key={role} className="situation">
            <p>{speciality === null ? profession.label : `${profession.label}, ${speciality}`}</p>
            <p className="small soft">
              {organisation === null ? (
                (city ?? t("profile.noStructure"))
              ) : (
                <AriaLink href={paths.structureShown(organisation.id)} className="colleague-link">
                  {organisation.name}
                </AriaLink>
              )}
              {organisation?.city && `, ${organisation.city}`}
            </p>
            {!active && <Chip>{t("inactive")}</Chip>}
          </li>
        ))}
      </ul>
      {mssante !== null && (
        <p className="small">
          {t("profile.mssante")} <span className="code">{mssante}</span>
        </p>
      )}
      <p className="small soft">{t("profile.fromDirectory")}</p>
    </section>
  )
}

/** Languages, hours, and what the person says of reaching them. */
export function Reaching({ profile: { availability, hours, languages } }: PartProps) {
  const { t } = useTranslation("network")
  const nameOf = useLanguageNames()
  const nothing = availability === "" && hours.length === 0 && languages.length === 0
  return (
    <section className="card" aria-labelledby="reaching">
      <h2 id="reaching">{t("profile.reaching")}</h2>
      {nothing && <p className="small soft">{t("profile.nothing")}</p>}
      {availability !== "" && <p className="availability">{availability}</p>}
      {hours.length > 0 && <Week hours={hours} />}
      {languages.length > 0 && (
        <p>
          {t("profile.languages")} {languages.map(nameOf).join(", ")}
        </p>
      )}
    </section>
  )
}

function Week({ hours }: { hours: readonly Hours[] }) {
  const { t } = useTranslation("network")
  const weekdays = useWeekdays()
  const days = [1, 2, 3, 4, 5, 6, 7].filter((day) => hours.some((each) => each.day === day))
  return (
    <dl className="facts" aria-label={t("profile.hours")}>
      {days.map((day) => (
        <div key={day} className="week-day">
          <dt>{weekdays[day - 1]}</dt>
          <dd>
            {hours
              .filter((each) => each.day === day)
              .map(({ closes, opens }) => t("profile.stretch", { opens, closes }))
              .join(", ")}
          </dd>
        </div>
      ))}
    </dl>
  )
}
