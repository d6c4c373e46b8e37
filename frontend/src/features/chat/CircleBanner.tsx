/** What a circle is about, above everything that is done in it: the patient, or the team, or the other person. */
import "./banner.css"
import { useEffect, type ReactNode } from "react"
import { useTranslation } from "react-i18next"
import type { CirclePatient, CircleRow } from "../../core/index.ts"
import { announce } from "../../ui/announce.ts"
import { Chip } from "../../ui/Chip.tsx"
import { ropeClass } from "../../ui/Rope.tsx"
import { circleTitle, useCircleWords } from "../circles/circleTitle.ts"
import { PatientBanner } from "./PatientBanner.tsx"

interface CircleBannerProps {
  row: CircleRow
  /** Patients of my other circles with a near name. */
  near: readonly CirclePatient[]
  /** What stands at the end of the banner. */
  children?: ReactNode
}

export function CircleBanner({ row, near, children }: CircleBannerProps) {
  if (row.patient === null) return <ColleaguesBanner row={row}>{children}</ColleaguesBanner>
  return (
    <PatientBanner
      patient={row.patient}
      compartment={row.name}
      rope={row}
      initials={row.initials}
      near={near}
      closed={row.state === "closed"}
    >
      {children}
    </PatientBanner>
  )
}

/** Of circles without a patient: a round token, so that nobody takes a team for somebody who is cared for. */
function ColleaguesBanner({ row, children }: Omit<CircleBannerProps, "near">) {
  const { t } = useTranslation("kinds")
  const { line } = useCircleWords()(row)
  const title = circleTitle(row)
  const label = t(row.kind === "team" ? "banner.team" : "banner.direct", { title, line })

  useEffect(() => {
    announce(label)
  }, [label])

  return (
    <section
      className={`banner banner-colleagues ${ropeClass(row)}${row.state === "closed" ? " banner-closed" : ""}`}
      aria-label={label}
      data-region
    >
      <span className="banner-token" aria-hidden="true">
        <span className="banner-round">{row.initials}</span>
      </span>
      <div className="banner-words">
        <div className="banner-who">
          <h1>{title}</h1>
        </div>
        <p className="banner-traits">
          <span>{line}</span>
          <Chip icon="people">{t("banner.noPatient")}</Chip>
          {row.state === "closed" && <Chip icon="eye">{t("banner.closed")}</Chip>}
        </p>
      </div>
      <div className="banner-tools">{children}</div>
    </section>
  )
}
