/** The organisation's professionals: who waits to be attested first, and who is. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button as AriaButton } from "react-aria-components"
import type { OrganisationId, RegisteredPerson } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { SearchField } from "../../ui/SearchField.tsx"
import { useMe } from "../auth/me.ts"
import { SafetyDialog } from "../people/SafetyDialog.tsx"
import { AttestDialog } from "./AttestDialog.tsx"

/** More than these are found by name. */
const SEARCHED_FROM = 8

type Standing = "waiting" | "none" | "attested"
const order: readonly Standing[] = ["waiting", "none", "attested"]

function standing({ attestation, identity_key }: RegisteredPerson): Standing {
  if (identity_key === null) return "none"
  return attestation === null ? "waiting" : "attested"
}

function inOrder(one: RegisteredPerson, other: RegisteredPerson): number {
  const rank = (person: RegisteredPerson) => order.indexOf(standing(person))
  return rank(one) - rank(other) || one.name.localeCompare(other.name, "fr")
}

/** Without accents and capitals, as one types in a hurry. */
function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase("fr")
}

interface PeopleProps {
  organisation: OrganisationId
  people: readonly RegisteredPerson[]
}

export function People({ organisation, people }: PeopleProps) {
  const { t } = useTranslation("registrar")
  const [query, setQuery] = useState("")
  const [comparing, setComparing] = useState<RegisteredPerson | null>(null)
  const [attesting, setAttesting] = useState<RegisteredPerson | null>(null)
  const found = people.filter(({ name, number }) => plain(`${name} ${number}`).includes(plain(query)))
  return (
    <>
      <h3>{t("people.title")}</h3>
      {people.length > SEARCHED_FROM && (
        <SearchField label={t("people.search")} placeholder={t("people.search")} value={query} onChange={setQuery} />
      )}
      {found.length === 0 && <p className="small soft">{t("people.nobody")}</p>}
      <ul aria-label={t("people.title")}>
        {found.toSorted(inOrder).map((person) => (
          <Row
            key={person.user}
            person={person}
            onCompare={() => {
              setComparing(person)
            }}
            onAttest={() => {
              setAttesting(person)
            }}
          />
        ))}
      </ul>
      <SafetyDialog
        person={comparing}
        onClose={() => {
          setComparing(null)
        }}
      />
      <AttestDialog
        organisation={organisation}
        person={attesting}
        onClose={() => {
          setAttesting(null)
        }}
      />
    </>
  )
}

interface RowProps {
  person: RegisteredPerson
  onCompare: () => void
  onAttest: () => void
}

function Row({ person, onCompare, onAttest }: RowProps) {
  const { t } = useTranslation("registrar")
  const dates = useDates()
  const me = useMe()
  const { name, number, profession, since, user } = person
  const stands = standing(person)
  return (
    <li className="possession">
      <Icon name="people" />
      <div>
        <p className="name possession-name">{name}</p>
        <p className="small soft">
          {profession.label}, {t("people.number", { number })}
        </p>
        {since !== null && <p className="small soft">{t("people.since", { date: dates.numeric(since) })}</p>}
      </div>
      {stands === "attested" ? (
        <Chip tone="sure" icon="check">
          {t("people.attested")}
        </Chip>
      ) : (
        <Chip {...(stands === "waiting" && { tone: "vigilance", icon: "shield" })}>{t(`people.${stands}`)}</Chip>
      )}
      {stands === "waiting" && (
        <div className="possession-acts">
          {user !== me.id && (
            <AriaButton
              className="button button-plain"
              aria-label={t("people.compareWith", { name })}
              onPress={onCompare}
            >
              {t("people.compare")}
            </AriaButton>
          )}
          <AriaButton className="button button-plain" aria-label={t("people.attestOf", { name })} onPress={onAttest}>
            {t("people.attest")}
          </AriaButton>
        </div>
      )}
    </li>
  )
}
