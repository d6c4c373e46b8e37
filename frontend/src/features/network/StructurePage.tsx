/** A structure of the directory: where it is, what it offers, who practises there. */
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import { asId, type OrganisationId, type StructureShown } from "../../core/index.ts"
import { SectorMark } from "../../ui/Avatar.tsx"
import { useCordee } from "../cordee.ts"
import { AnswerPage } from "./AnswerPage.tsx"
import { PersonRow } from "./PersonRow.tsx"

export function StructurePage() {
  const { structure = "" } = useParams()
  const { t } = useTranslation("network")
  const { network } = useCordee()
  return (
    <AnswerPage
      title={t("structure.title")}
      about={["structure", structure]}
      ask={() => network.structure(asId<OrganisationId>(structure))}
    >
      {(shown) => <Structure structure={shown} />}
    </AnswerPage>
  )
}

function Structure({
  structure: { city, name, offers, people, postal_code, sector, truncated },
}: {
  structure: StructureShown
}) {
  const { t } = useTranslation("network")
  return (
    <>
      <h1 className="security-title">{name}</h1>
      <p className="colleague-name">
        {[postal_code, city].filter((word) => word !== null).join(" ")}
        {sector !== null && <SectorMark sector={sector} />}
      </p>
      {offers.length > 0 && (
        <section className="card" aria-labelledby="offers">
          <h2 id="offers">{t("structure.offers")}</h2>
          <ul>
            {offers.map(({ activity, field, name: offer }) => (
              <li key={`${offer} ${field} ${activity}`} className="situation">
                <p>{offer === "" ? activity : offer}</p>
                <p className="small soft">{[field, offer === "" ? "" : activity].filter(Boolean).join(", ")}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section className="card" aria-labelledby="colleagues">
        <h2 id="colleagues">{t("structure.people")}</h2>
        {people.length === 0 && <p className="small soft">{t("structure.nobody")}</p>}
        <ul>
          {people.map((person) => (
            <PersonRow key={person.role} person={person} state={person.contact} />
          ))}
        </ul>
        {truncated && <p className="small soft">{t("structure.truncated", { count: people.length })}</p>}
      </section>
    </>
  )
}
