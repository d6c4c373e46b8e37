/** One colleague in a list: who, where, what they are to me, and the way to their profile. */
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { Link as AriaLink } from "react-aria-components"
import type { ContactState, PractitionerId, ProfessionalCard, UserId } from "../../core/index.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { fullName, initialsOf } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"
import { ContactActs, ContactChip } from "./Contact.tsx"

interface PersonRowProps {
  person: ProfessionalCard & {
    readonly practitioner: PractitionerId
    readonly speciality?: string | null
    readonly user: UserId | null
    readonly active?: boolean
  }
  state: ContactState
  /** Acts in the row: in lists where something is to be decided. */
  acts?: boolean
  children?: ReactNode
}

export function PersonRow({ person, state, acts = false, children }: PersonRowProps) {
  const { t } = useTranslation("network")
  const { active = true, organisation, practitioner, profession, sector, speciality = null, user } = person
  const name = fullName(person)
  return (
    <li className="colleague">
      <Avatar initials={initialsOf(person)} sector={sector} />
      <div className="colleague-words">
        <p className="colleague-name">
          <AriaLink href={paths.person(practitioner)} className="colleague-link name">
            {name}
          </AriaLink>
          <SectorMark sector={sector} />
        </p>
        <p>{speciality === null ? profession.label : `${profession.label}, ${speciality}`}</p>
        {organisation !== null && (
          <p className="small soft">
            {organisation.name}
            {organisation.city !== null && `, ${organisation.city}`}
          </p>
        )}
        {children}
        {acts && user !== null && <ContactActs of={{ user, name }} state={state} />}
      </div>
      <div className="colleague-chip">
        {!active ? (
          <Chip>{t("inactive")}</Chip>
        ) : user === null ? (
          <Chip>{t("noAccount")}</Chip>
        ) : (
          <ContactChip state={state} />
        )}
      </div>
    </li>
  )
}
