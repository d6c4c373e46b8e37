/**
 * How a circle is called: in lists, in the banner, within a sentence. By its patient where there is one, and never
 * without; by its own name or by the other person elsewhere.
 */
import { useTranslation } from "react-i18next"
import type { About } from "../../core/index.ts"
import { fullName, listedName } from "../directory/professional.ts"
import { listName, sentenceName, usePatientWords } from "./patient.ts"

export type Titled = Pick<About, "kind" | "patient" | "name" | "organisation" | "peer">

/**
 * `AUBERTIN Jeanne`, `Équipe mobile`, `Dr Hélène ROUSSEL`: the first line of a row. `A. J.` of a patient whose name waits
 * until a coordinator has made sure of who was invited.
 */
export function circleTitle({ name, patient, peer }: Titled): string {
  if (patient !== null) return listName(patient)
  return peer === null ? (name ?? "") : listedName(peer)
}

/** What a circle is found by, and read out as: a compartment has the patient's name before its own. */
export function fullTitle(titled: Titled): string {
  return titled.patient !== null && titled.name !== null
    ? `${circleTitle(titled)}, ${titled.name}`
    : circleTitle(titled)
}

export interface CircleWords {
  /** `F, 84 ans, née le 12/03/1941`, `Équipe, CPTS de l’Aubrac`, `Médecin, Cabinet des Sources`: the second line. */
  readonly line: string
  /** The same in fewer words. */
  readonly shortLine: string
  /** `au cercle de Jeanne AUBERTIN`, `à l’équipe « Plaies »`, `à Dr Hélène ROUSSEL`: after "Écrire". */
  readonly to: string
  /** `du cercle de Jeanne AUBERTIN` */
  readonly of: string
  /** `le cercle de Jeanne AUBERTIN` */
  readonly the: string
}

export function useCircleWords(): (titled: Titled) => CircleWords {
  const { t } = useTranslation("kinds")
  const patientWords = usePatientWords()
  return (titled) => {
    const { name, organisation, patient, peer } = titled
    const form = formOf(titled)
    const values = { name: patient === null ? name : sentenceName(patient), own: name, peer: peer && fullName(peer) }
    const sentence = { to: t(`to.${form}`, values), of: t(`of.${form}`, values), the: t(`the.${form}`, values) }
    if (patient !== null) {
      const { line, shortLine } = patientWords(patient)
      return { ...sentence, line, shortLine }
    }
    if (titled.kind === "care") return { ...sentence, line: t("line.initials"), shortLine: t("line.initials") }
    const line =
      peer === null
        ? t("line.team", { organisation: organisation?.name ?? "" })
        : [peer.profession.label, peer.organisation?.name].filter((word) => word !== undefined).join(", ")
    return { ...sentence, line, shortLine: line }
  }
}

/** A compartment is a kind of its own to those who read. */
export function formOf({ kind, name, patient }: Titled): "care" | "compartment" | "team" | "direct" {
  if (kind !== "care") return kind
  return patient !== null && name !== null ? "compartment" : "care"
}
