/** On a member's card: what the patient may take back of this place, or say against it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { Circle, CircleRow, Member } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { fullName } from "../directory/professional.ts"
import { Asked } from "./Asked.tsx"
import { OppositionDialog } from "./OppositionDialog.tsx"

interface MemberWishesProps {
  circle: Circle
  row: CircleRow
  member: Member
}

export function MemberWishes({ circle, row, member }: MemberWishesProps) {
  const { t } = useTranslation("places")
  const dates = useDates()
  const [doing, setDoing] = useState<"withdraw" | "oppose" | null>(null)
  const patient = useSexWords()(sexOf(row.patient))
  const name = fullName(member)
  const { consent } = member
  const stop = () => {
    setDoing(null)
  }
  return (
    <>
      {consent !== null && (
        <Button
          variant="danger-outline"
          onPress={() => {
            setDoing("withdraw")
          }}
        >
          {t("consent.withdraw")}
        </Button>
      )}
      <Button
        variant="danger-outline"
        onPress={() => {
          setDoing("oppose")
        }}
      >
        {t("opposition.record", patient)}
      </Button>
      {consent !== null && (
        <Asked
          title={t("consent.title", patient)}
          consequence={t("consent.consequence", { name, date: dates.numeric(consent.given_on), ...patient })}
          submit={t("consent.submit")}
          done={t("consent.done", { name })}
          isDangerous
          isOpen={doing === "withdraw"}
          onClose={stop}
          act={(reason) => circle.withdrawConsent(consent.id, reason)}
        />
      )}
      <OppositionDialog
        circle={circle}
        row={row}
        person={{ user: member.user, name }}
        isOpen={doing === "oppose"}
        onClose={stop}
      />
    </>
  )
}
