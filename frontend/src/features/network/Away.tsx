/** Who of a circle is away: beside the member, and above what one writes. */
import { useTranslation } from "react-i18next"
import type { Member } from "../../core/index.ts"
import { Chip } from "../../ui/Chip.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { fullName } from "../directory/professional.ts"
import { useAbsenceWords } from "./absence.ts"

/** Beside a member, also before they go. */
export function AbsenceChip({ member }: { member: Member }) {
  const words = useAbsenceWords()(member.absence, member)
  if (words === null) return null
  return (
    <Chip icon="calendar" {...(words.isNow && { tone: "vigilance" })}>
      {words.chip}
    </Chip>
  )
}

/** Each who is away today, with who stands in, and whether they read this circle. */
export function AwayToday({ members }: { members: readonly Member[] }) {
  const { t } = useTranslation("network")
  const wordsOf = useAbsenceWords()
  const away = members.flatMap((member) => {
    const words = wordsOf(member.absence, member)
    if (words?.isNow !== true) return []
    const replacement = member.absence?.replacement ?? null
    const outside = replacement !== null && !members.some(({ user }) => user === replacement.user)
    return [
      {
        user: member.user,
        said: t("absence.of", { name: fullName(member), absence: words.whole }),
        outside,
        replacement,
      },
    ]
  })
  if (away.length === 0) return null
  return (
    <div className="composer-away">
      <Icon name="calendar" small />
      <ul>
        {away.map(({ outside, replacement, said, user }) => (
          <li key={user}>
            {said} {outside && t("absence.notHere", { name: replacement?.name ?? "" })}
          </li>
        ))}
      </ul>
    </div>
  )
}
