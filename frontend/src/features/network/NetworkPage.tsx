/** The network: who asks for me, my contacts, and the whole directory behind one search field. */
import "../auth/security.css"
import "./network.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Link as AriaLink } from "react-aria-components"
import { useQuery } from "@tanstack/react-query"
import type { Found, FoundStructure } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Icon } from "../../ui/Icon.tsx"
import { SearchField } from "../../ui/SearchField.tsx"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { useSettled } from "../directory/useSettled.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { Contacts } from "./Contacts.tsx"
import { PersonRow } from "./PersonRow.tsx"

/** The pause after which a search is meant. */
const PAUSE_MS = 250
/** Shorter than this finds half of the directory. */
const LEAST_CHARACTERS = 2

export function NetworkPage() {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const words = useErrorWords()
  const [typed, setTyped] = useState("")
  const query = useSettled(typed.trim(), PAUSE_MS)
  const asked = query.length >= LEAST_CHARACTERS
  const { data, error, isFetching } = useQuery({
    queryKey: ["network", "search", query],
    queryFn: () => network.search(query),
    enabled: asked,
    placeholderData: (before) => before,
  })
  useTitle(t("title"))
  return (
    <main className="screen security network">
      <h1 className="security-title">{t("title")}</h1>
      <div className="network-search">
        <SearchField label={t("search")} placeholder={t("searchPlaceholder")} value={typed} onChange={setTyped} />
        <p className="mini faint" role="status">
          {!asked ? t("searchNote") : data === undefined || isFetching ? t("searching") : <Counts found={data} />}
        </p>
      </div>
      <Problem words={error === null ? null : words(error)} />
      {asked ? data !== undefined && <Results found={data} /> : <Contacts />}
    </main>
  )
}

function Counts({ found: { people, structures, truncated } }: { found: Found }) {
  const { t } = useTranslation("network")
  const counted = `${t("people", { count: people.length })}, ${t("structures", { count: structures.length })}.`
  return truncated ? `${counted} ${t("truncated")}` : counted
}

function Results({ found: { people, structures } }: { found: Found }) {
  const { t } = useTranslation("network")
  return (
    <>
      {structures.length > 0 && (
        <section className="card" aria-labelledby="structures">
          <h2 id="structures">{t("structuresTitle")}</h2>
          <ul>
            {structures.map((structure) => (
              <StructureRow key={structure.id} structure={structure} />
            ))}
          </ul>
        </section>
      )}
      <section className="card" aria-labelledby="people">
        <h2 id="people">{t("peopleTitle")}</h2>
        {people.length === 0 && <p className="small soft">{t("nobody")}</p>}
        <ul>
          {people.map((person) => (
            <PersonRow key={person.role} person={person} state={person.contact} />
          ))}
        </ul>
      </section>
    </>
  )
}

function StructureRow({ structure: { city, id, name, postal_code } }: { structure: FoundStructure }) {
  return (
    <li className="colleague">
      <span className="colleague-icon">
        <Icon name="building" />
      </span>
      <div className="colleague-words">
        <AriaLink href={paths.structureShown(id)} className="colleague-link name">
          {name}
        </AriaLink>
        <p className="small soft">{[postal_code, city].filter((word) => word !== null).join(" ")}</p>
      </div>
    </li>
  )
}
