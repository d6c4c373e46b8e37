/** On a member's card: the consent it rests on, whose secretariat it is, until when coordination is lent. */
import { useTranslation } from "react-i18next"
import type { CircleRow, CircleView, Member } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { fullName } from "../directory/professional.ts"

export function MemberTerms({ row, view, member }: { row: CircleRow; view: CircleView; member: Member }) {
  const { t } = useTranslation("places")
  const dates = useDates()
  const patient = useSexWords()(sexOf(row.patient))
  const { consent, delegate_of, lent_until } = member
  const principal = delegate_of === null ? undefined : view.people.get(delegate_of)
  return (
    <>
      {consent !== null && (
        <>
          <dt>{t("consent.fact", patient)}</dt>
          <dd>{t("consent.given", { date: dates.numeric(consent.given_on), how: t(`how.in.${consent.how}`) })}</dd>
        </>
      )}
      {principal !== undefined && (
        <>
          <dt>{t("delegateOf")}</dt>
          <dd>{fullName(principal)}</dd>
        </>
      )}
      {lent_until !== null && (
        <>
          <dt>{t("lentFact")}</dt>
          <dd>{t("lentUntil", { date: dates.numeric(lent_until) })}</dd>
        </>
      )}
    </>
  )
}
