/**
 * The desk of a registrar: the organisation's key, whose identity it attests, and the circles that have lost all their
 * coordinators.
 */
import "../auth/security.css"
import "./registrar.css"
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { Organisation } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { useMe } from "../auth/me.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { useTitle } from "../shell/title.ts"
import { MakeKey } from "./MakeKey.tsx"
import { People } from "./People.tsx"
import { Stranded } from "./Stranded.tsx"

type Named = Pick<Organisation, "id" | "name">

export function RegistrarPage() {
  const { t } = useTranslation("registrar")
  const organisations = useMe().organisations.filter((each) => each.abilities.includes("attest"))
  useTitle(t("title"))
  return (
    <main className="screen security">
      <h1 className="security-title">{t("title")}</h1>
      <p className="registrar-note">{t("note")}</p>
      {organisations.map((organisation) => (
        <Desk key={organisation.id} organisation={organisation} />
      ))}
    </main>
  )
}

function Desk({ organisation }: { organisation: Named }) {
  const { t } = useTranslation("registrar")
  const cordee = useCordee()
  const words = useErrorWords()
  const { id, name } = organisation
  const { data, error, isPending } = useQuery({
    queryKey: ["organisation", id],
    queryFn: () => cordee.organisationPeople(id),
  })
  return (
    <section className="card" aria-label={name}>
      <h2>{name}</h2>
      {isPending && (
        <p className="small faint" role="status">
          {t("asking")}
        </p>
      )}
      <Problem words={error === null ? null : words(error)} />
      {data?.steward === null ? (
        <MakeKey organisation={id} />
      ) : (
        data && (
          <>
            <People organisation={id} people={data.people} />
            <Stranded organisation={id} />
          </>
        )
      )}
    </section>
  )
}
