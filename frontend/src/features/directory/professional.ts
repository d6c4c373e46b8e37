/** A professional in words: `Dr Hélène ROUSSEL` in sentences, `Dr K. Benali` in previews, initials on the avatar. */
import type { ProfessionalCard } from "../../core/index.ts"

export type NamedProfessional = Pick<ProfessionalCard, "civility" | "given_name" | "family_name">

/** The directory's civilities and titles (ANS), as French writes them. */
const titles: Readonly<Record<string, string>> = { M: "M.", MME: "Mme", MLLE: "Mme", DR: "Dr", PR: "Pr" }

function title(civility: string): string {
  return titles[civility.replace(".", "").toLocaleUpperCase("fr")] ?? civility
}

function joined(...words: readonly string[]): string {
  return words.filter((word) => word !== "").join(" ")
}

/** `Mme Sophie LANDRIN` */
export function fullName({ civility, given_name, family_name }: NamedProfessional): string {
  return joined(title(civility), given_name, family_name.toLocaleUpperCase("fr"))
}

/** `Sophie LANDRIN`, `Dr Hélène ROUSSEL`: in lists of people, where only a title tells something */
export function listedName(professional: NamedProfessional): string {
  const word = title(professional.civility)
  return fullName({ ...professional, civility: word === "M." || word === "Mme" ? "" : word })
}

/** `S. Landrin`, `Dr K. Benali`: in previews */
export function briefName({ civility, given_name, family_name }: NamedProfessional): string {
  const word = title(civility)
  const initial = given_name === "" ? "" : `${given_name.charAt(0)}.`
  return joined(word === "M." || word === "Mme" ? "" : word, initial, inTitleCase(family_name))
}

/** `AF` for Anne-Laure FERRIER: first letters of given and family name */
export function initialsOf({ given_name, family_name }: NamedProfessional): string {
  return (given_name.charAt(0) + family_name.charAt(0)).toLocaleUpperCase("fr")
}

function inTitleCase(name: string): string {
  return name
    .toLocaleLowerCase("fr")
    .replace(/(^|[\s'’-])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toLocaleUpperCase("fr"))
}
