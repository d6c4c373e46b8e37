/**
 * Whom this is about. It never scrolls away, names the patient in full, and is announced each time the circle changes:
 * writing about the wrong patient is the most dangerous mistake here.
 */
import "./banner.css"
import { useEffect, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import type { CirclePatient, IdentityStatus } from "../../core/index.ts"
import { announce } from "../../ui/announce.ts"
import { Chip, type ChipTone } from "../../ui/Chip.tsx"
import type { IconName } from "../../ui/Icon.tsx"
import { ropeClass, type RopeLook } from "../../ui/Rope.tsx"
import { isDemo } from "../auth/demo.ts"
import { groupedMatricule, listName, usePatientWords } from "../circles/patient.ts"

interface PatientBannerProps {
  patient: CirclePatient
  /** Of a compartment of the patient's circle. */
  compartment?: string | null
  rope: RopeLook
  initials: string
  /** Patients of my other circles with a near name. */
  near: readonly CirclePatient[]
  closed?: boolean
  /** What stands at the end of the banner. */
  children?: ReactNode
}

const identityChips: Record<IdentityStatus, { tone: ChipTone; icon?: IconName }> = {
  provisional: { tone: "vigilance", icon: "triangle" },
  retrieved: { tone: "vigilance", icon: "triangle" },
  validated: { tone: "neutral" },
  qualified: { tone: "sure", icon: "check" },
}

export function PatientBanner({
  patient,
  compartment = null,
  rope,
  initials,
  near,
  closed = false,
  children,
}: PatientBannerProps) {
  const { t } = useTranslation(["circles", "kinds"])
  const words = usePatientWords()(patient)
  const volet = compartment === null ? null : t("kinds:compartment", { name: compartment })
  const label = volet === null ? words.label : `${words.label}. ${volet}`

  useEffect(() => {
    announce(label)
  }, [label])

  return (
    <section className={`banner ${ropeClass(rope)}${closed ? " banner-closed" : ""}`} aria-label={label} data-region>
      <span className="banner-token" aria-hidden="true">
        {initials}
      </span>
      <div className="banner-words">
        <div className="banner-who">
          <h1>{listName(patient)}</h1>
          <span className="banner-age desk-only">{words.sexAndAge}</span>
          {volet !== null && <Chip icon="people">{volet}</Chip>}
          <span className="desk-only banner-near">
            {near.map((other) => (
              <Chip key={listName(other) + other.birth_date} tone="vigilance" icon="triangle">
                {t("nearTo", { name: listName(other) })}
              </Chip>
            ))}
          </span>
        </div>
        <p className="banner-traits">
          <span>
            <span className="phone-only-inline">
              <b>{words.sexAndAge}</b>,{" "}
            </span>
            <Born patient={patient} />
          </span>
          {patient.used_name !== null && (
            <span>{t("patient.usedName", { name: patient.used_name.toLocaleUpperCase("fr") })}</span>
          )}
          <Chip {...identityChips[patient.identity_status]}>
            <span className="desk-only-inline">{t(`patient.identity.${patient.identity_status}`)}</span>
            <span className="phone-only-inline">{t(`patient.identityShort.${patient.identity_status}`)}</span>
          </Chip>
          {patient.attributes.map((attribute) => (
            <Chip key={attribute} tone="vigilance" icon="triangle">
              {t(`patient.attribute.${attribute}`)}
            </Chip>
          ))}
          {near.length > 0 && (
            <span className="phone-only">
              <Chip tone="vigilance" icon="triangle">
                {t("near")}
              </Chip>
            </span>
          )}
          {patient.matricule !== null && (
            <span className="desk-only">
              {isDemo() ? t("patient.insDemo") : t("patient.ins")}{" "}
              <span className="code">{groupedMatricule(patient.matricule)}</span>
            </span>
          )}
          {closed && <Chip icon="eye">{t("patient.closedCircle")}</Chip>}
        </p>
      </div>
      <div className="banner-tools">{children}</div>
    </section>
  )
}

function Born({ patient }: { patient: CirclePatient }) {
  const words = usePatientWords()(patient)
  // The date is the trait that tells near names apart: it carries the weight, not the words around it.
  const [before = "", date = ""] = words.born.split(/(?=\d)(.*)/)
  return (
    <>
      {before}
      <b>{date}</b>
    </>
  )
}
