/** A colleague's profile: where they practise, when they can be reached, who stands in, and what they are to me. */
import { useTranslation } from "react-i18next"
import { useParams } from "react-router"
import { asId, type PractitionerId, type ProfessionalProfile } from "../../core/index.ts"
import { Avatar, SectorMark } from "../../ui/Avatar.tsx"
import { LinkButton } from "../../ui/Button.tsx"
import { useCordee } from "../cordee.ts"
import { fullName, initialsOf } from "../directory/professional.ts"
import { paths } from "../shell/paths.ts"
import { AnswerPage } from "./AnswerPage.tsx"
import { ContactActs, ContactChip } from "./Contact.tsx"
import { AbsenceNotice, Reaching, Situations } from "./ProfileParts.tsx"

export function PersonPage() {
  const { practitioner = "" } = useParams()
  const { t } = useTranslation("network")
  const { network } = useCordee()
  return (
    <AnswerPage
      title={t("profile.title")}
      about={["profile", practitioner]}
      ask={() => network.profile(asId<PractitionerId>(practitioner))}
    >
      {(profile) => <Profile profile={profile} />}
    </AnswerPage>
  )
}

function Profile({ profile }: { profile: ProfessionalProfile }) {
  const { t } = useTranslation("network")
  const { contact, user } = profile
  const name = fullName(profile)
  return (
    <>
      <section className="card profile-head" aria-label={name}>
        <Avatar initials={initialsOf(profile)} sector={profile.sector} />
        <div className="colleague-words">
          <h1 className="security-title">{name}</h1>
          <p className="colleague-name">
            {profile.profession.label}
            <SectorMark sector={profile.sector} />
          </p>
          <p>
            <ContactChip state={contact} />
          </p>
          {user === null ? (
            <p className="small soft">{t("profile.noAccount")}</p>
          ) : (
            <ContactActs of={{ user, name }} state={contact} />
          )}
          {contact === "self" && <LinkButton href={paths.profile}>{t("profile.mine")}</LinkButton>}
        </div>
      </section>
      <AbsenceNotice whose={profile} />
      <Situations profile={profile} />
      {user !== null && <Reaching profile={profile} />}
    </>
  )
}
