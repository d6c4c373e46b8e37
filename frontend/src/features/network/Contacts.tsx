/** Who asks me, whom I know, who has not answered, whom I have blocked: in the order in which they need me. */
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import type { Contact, ContactState } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { WriteButton } from "./Contact.tsx"
import { PersonRow } from "./PersonRow.tsx"

export function Contacts() {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const words = useErrorWords()
  const { data, error, isPending } = useQuery({ queryKey: ["network", "contacts"], queryFn: network.contacts })
  if (isPending)
    return (
      <p className="small faint" role="status">
        {t("searching")}
      </p>
    )
  const { blocked = [], contacts = [] } = data ?? {}
  const of = (...states: readonly ContactState[]) => contacts.filter(({ state }) => states.includes(state))
  const byName = (one: Contact, other: Contact) => one.family_name.localeCompare(other.family_name, "fr")
  return (
    <>
      <Problem words={error === null ? null : words(error)} />
      <Part id="asked_me" people={of("asked_me")} acts />
      <Part id="accepted" people={of("accepted").toSorted(byName)} empty />
      <Part id="waiting" people={of("asked_by_me", "refused")} acts />
      {blocked.length > 0 && (
        <section className="card" aria-labelledby="contacts-blocked">
          <h2 id="contacts-blocked">{t("parts.blocked")}</h2>
          <p className="small soft">{t("parts.blockedNote")}</p>
          <ul>
            {blocked.map((person) => (
              <PersonRow key={person.user} person={person} state="blocked" acts />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

interface PartProps {
  id: "asked_me" | "accepted" | "waiting"
  people: readonly Contact[]
  acts?: boolean
  /** Shown also when there is nobody. */
  empty?: boolean
}

function Part({ id, people, acts = false, empty = false }: PartProps) {
  const { t } = useTranslation("network")
  if (people.length === 0 && !empty) return null
  return (
    <section className="card" aria-labelledby={`contacts-${id}`}>
      <h2 id={`contacts-${id}`}>{t(`parts.${id}`)}</h2>
      {people.length === 0 && <p className="small soft">{t("parts.none")}</p>}
      <ul>
        {people.map((person) => (
          <PersonRow key={person.user} person={person} state={person.state} acts={acts}>
            {person.state === "accepted" && (
              <div className="contact-acts">
                <WriteButton of={{ user: person.user, name: fullName(person) }} />
              </div>
            )}
            {person.message !== "" && (
              <blockquote className="contact-message" aria-label={t("parts.message", { name: fullName(person) })}>
                {person.message}
              </blockquote>
            )}
          </PersonRow>
        ))}
      </ul>
    </section>
  )
}
