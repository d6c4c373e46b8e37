/** Whose secretariat somebody is: one of the members who read and write here. */
import { useTranslation } from "react-i18next"
import type { Circle, UserId } from "../../core/index.ts"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { useObserved } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"

interface PrincipalProps {
  circle: Circle
  chosen: UserId | null
  onChange: (user: UserId) => void
  tried: boolean
}

export function Principal({ circle, chosen, onChange, tried }: PrincipalProps) {
  const { t } = useTranslation("places")
  const { detail } = useObserved(circle.view)
  const members = (detail?.members ?? []).filter(({ role }) => role === "member" || role === "coordinator")
  return (
    <RadioCards
      label={t("delegateOf")}
      note={t("delegateOfNote")}
      cards={members.map((member) => ({
        value: member.user,
        label: fullName(member),
        description: member.organisation?.name ?? member.profession.label,
      }))}
      value={chosen}
      onChange={onChange}
      error={tried && chosen === null ? t("delegateOfMissing") : undefined}
    />
  )
}
