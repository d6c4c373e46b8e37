/** Whom programs would have in this circle: chosen here, they are invited like anybody else. */
import { useTranslation } from "react-i18next"
import type { Candidate, Circle, ProposedMember } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"
import { useChanges } from "./useChanges.ts"

interface ProposedMembersProps {
  circle: Circle
  onChoose: (candidate: Candidate) => void
}

export function ProposedMembers({ circle, onChoose }: ProposedMembersProps) {
  const { t } = useTranslation("careteam")
  const cordee = useCordee()
  const act = useAct()
  const { data, refetch } = useChanges(circle.id)
  if (data === undefined || data.members.length === 0) return null

  const choose = (member: ProposedMember) => {
    act.run(async () => {
      // The directory's word for the same situation: what is signed is what is shown there.
      const { candidates } = await circle.candidates(`${member.family_name} ${member.given_name}`)
      const candidate = candidates.find((each) => each.role === member.role && each.invitable)
      if (candidate === undefined) toast(t("members.notFound", { name: fullName(member) }))
      else onChoose(candidate)
    })
  }
  const putAside = (member: ProposedMember) => {
    act.run(async () => {
      await cordee.careTeams.putAside(member.id, "")
      await refetch()
    })
  }

  return (
    <section aria-label={t("members.title")}>
      <h3>{t("members.title")}</h3>
      <ul aria-label={t("members.title")}>
        {data.members.map((member) => (
          <li key={member.id} className="possession">
            <Icon name="people" />
            <div>
              <p className="name possession-name">{fullName(member)}</p>
              <p className="small soft">
                {[member.profession.label, member.organisation?.name].filter(Boolean).join(", ")}
              </p>
              <p className="small soft">{t("members.by", { ...member.source })}</p>
            </div>
            <div className="possession-acts">
              <Button
                aria-label={t("members.inviteOf", { name: fullName(member) })}
                onPress={() => {
                  choose(member)
                }}
              >
                {t("members.invite")}
              </Button>
              <Button
                variant="quiet"
                aria-label={t("members.putAsideOf", { name: fullName(member) })}
                onPress={() => {
                  putAside(member)
                }}
              >
                {t("members.putAside")}
              </Button>
            </div>
          </li>
        ))}
      </ul>
      <Problem words={act.problem} />
    </section>
  )
}
