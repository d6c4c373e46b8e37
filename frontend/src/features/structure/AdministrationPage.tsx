/**
 * An organisation as those answer for it who hold a role there: administrators see to its people and to how long what
 * is kept, compliance officers to exceptional accesses and to what patients ask.
 */
import "../auth/security.css"
import "./structure.css"
import { useTranslation } from "react-i18next"
import type { ServedOrganisation } from "../../core/index.ts"
import { useMe } from "../auth/me.ts"
import { Systems } from "../careteam/Systems.tsx"
import { BreakGlassReviews } from "../identity/BreakGlasses.tsx"
import { useTitle } from "../shell/title.ts"
import { PatientRequests } from "./PatientRequests.tsx"
import { RetentionForm } from "./RetentionForm.tsx"
import { Staff } from "./Staff.tsx"

export function AdministrationPage() {
  const { t } = useTranslation("organisation")
  const organisations = useMe().organisations
  useTitle(t("title"))
  return (
    <main className="screen security">
      <h1 className="security-title">{t("title")}</h1>
      {organisations.map((organisation) => (
        <Desk key={organisation.id} organisation={organisation} />
      ))}
    </main>
  )
}

function Desk({ organisation: { id, name, abilities } }: { organisation: ServedOrganisation }) {
  const administers = abilities.includes("administer")
  const reviews = abilities.includes("review")
  if (!administers && !reviews) return null
  return (
    <section className="structure" aria-label={name}>
      <h2>{name}</h2>
      {administers && (
        <>
          <div className="card">
            <Staff organisation={id} />
          </div>
          <div className="card">
            <Systems organisation={id} />
          </div>
        </>
      )}
      {reviews && (
        <>
          <div className="card">
            <BreakGlassReviews organisation={id} />
          </div>
          <div className="card">
            <PatientRequests organisation={id} />
          </div>
        </>
      )}
      <div className="card">
        <RetentionForm organisation={id} readOnly={!administers} />
      </div>
    </section>
  )
}
