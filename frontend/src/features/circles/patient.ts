/** A patient in words: names, age, birth, identity status. Names and birth dates are always whole. */
import { useTranslation } from "react-i18next"
import type { CirclePatient, Sex } from "../../core/index.ts"
import { daysBetween, useDates } from "../../locales/dates.ts"
import { useToday } from "../../locales/today.ts"

/** The words of a ground agree with the patient; where there is none, with nobody. */
export function sexOf(patient: CirclePatient | null): Sex {
  return patient?.sex ?? "I"
}

type Named = Pick<CirclePatient, "family" | "given">

/** `AUBERTIN Jeanne`, for lists and the banner */
export function listName({ family, given }: Named): string {
  return `${family.toLocaleUpperCase("fr")} ${given}`
}

/** `Jeanne AUBERTIN`, inside sentences */
export function sentenceName({ family, given }: Named): string {
  return `${given} ${family.toLocaleUpperCase("fr")}`
}

export interface Age {
  readonly unit: "years" | "months" | "days"
  readonly count: number
}

/** Days below two months, months below three years, years after: as carers count. Both dates are calendar days. */
export function age(birth: string, today: string): Age {
  const days = Math.max(0, daysBetween(birth, today))
  const months = monthsBetween(birth, today)
  if (months < 2) return { unit: "days", count: days }
  if (months < 36) return { unit: "months", count: months }
  return { unit: "years", count: Math.floor(months / 12) }
}

function monthsBetween(birth: string, today: string): number {
  const part = (date: string, from: number, to: number) => Number(date.slice(from, to))
  const months = (part(today, 0, 4) - part(birth, 0, 4)) * 12 + part(today, 5, 7) - part(birth, 5, 7)
  return part(today, 8, 10) < part(birth, 8, 10) ? months - 1 : months
}

/** `2 41 03 38 421 056 38`: the groups in which an INS is read aloud */
export function groupedMatricule(matricule: string): string {
  const groups = /^(\d)(\d{2})(\d{2})(\w{2})(\d{3})(\d{3})(\d{2})$/.exec(matricule)
  return groups === null ? matricule : groups.slice(1).join("\u00a0")
}

/**
 * How a sentence names the patient by sex: `de la patiente`, `La patiente`. Taken by every sentence about consent or
 * choice.
 */
export function useSexWords(): (sex: Sex) => { readonly of: string; readonly the: string } {
  const { t } = useTranslation("circles")
  return (context) => ({ of: t("patient.of", { context }), the: t("patient.the", { context }) })
}

export interface PatientWords {
  /** `84 ans` */
  readonly age: string
  /** `F, 84 ans`; the age alone when the sex is not determined */
  readonly sexAndAge: string
  /** `née le 12/03/1941` */
  readonly born: string
  /** `F, 84 ans, née le 12/03/1941` */
  readonly line: string
  /** `F, 84 ans, 12/03/1941` */
  readonly shortLine: string
  /** `Patient : AUBERTIN Jeanne, femme, 84 ans, née le 12 mars 1941, identité qualifiée` */
  readonly label: string
}

export type PatientInWords = Omit<CirclePatient, "matricule" | "used_name" | "attributes">

export function usePatientWords(): (patient: PatientInWords) => PatientWords {
  const { t } = useTranslation("circles")
  const today = useToday()
  const dates = useDates()
  return (patient) => {
    const { unit, count } = age(patient.birth_date, today)
    const context = patient.sex
    const ageWords = t(`patient.age.${unit}`, { count })
    const date = dates.numeric(patient.birth_date)
    const sexAndAge = t("patient.sexAndAge", { context, age: ageWords })
    const born = t("patient.born", { context, date })
    return {
      age: ageWords,
      sexAndAge,
      born,
      line: `${sexAndAge}, ${born}`,
      shortLine: `${sexAndAge}, ${date}`,
      label: t("patient.label", {
        name: listName(patient),
        sex: t(`patient.sex.${patient.sex}`),
        age: ageWords,
        born: t("patient.born", { context, date: dates.long(patient.birth_date) }),
        identity: t(`patient.identity.${patient.identity_status}`).toLocaleLowerCase(),
      }),
    }
  }
}
