/** An absence in words, which agree with the person where the directory says how: `absente jusqu’au 3 décembre`. */
import { useTranslation } from "react-i18next"
import type { Absence, ProfessionalCard } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { useToday } from "../../locales/today.ts"

export interface AbsenceWords {
  /** Away today, not only soon. */
  readonly isNow: boolean
  /** `Absente jusqu’au 3 décembre` */
  readonly chip: string
  /** `absente jusqu’au 3 décembre, remplacée par Dr Hélène ROUSSEL`, within a sentence */
  readonly whole: string
}

type Whose = Pick<ProfessionalCard, "civility">

function genderOf({ civility }: Whose): "female" | "male" | undefined {
  const word = civility.replace(".", "").toLocaleUpperCase("fr")
  if (word === "MME" || word === "MLLE") return "female"
  return word === "M" ? "male" : undefined
}

/** Null when nobody is away, or it is over where the reader is. */
export function useAbsenceWords(): (absence: Absence | null, whose: Whose) => AbsenceWords | null {
  const { t } = useTranslation("network")
  const dates = useDates()
  const today = useToday()
  return (absence, whose) => {
    if (absence === null || absence.ends < today) return null
    const gender = genderOf(whose)
    const context = gender === undefined ? {} : { context: gender }
    const isNow = absence.starts <= today
    const said = isNow
      ? t("absence.now", { until: dates.day(absence.ends), ...context })
      : t("absence.soon", { from: dates.day(absence.starts), until: dates.day(absence.ends), ...context })
    const { replacement } = absence
    const replaced = replacement === null ? "" : `, ${t("absence.replaced", { name: replacement.name, ...context })}`
    return { isNow, chip: said, whole: said.charAt(0).toLocaleLowerCase() + said.slice(1) + replaced }
  }
}
