/**
 * Naming a colleague in a message: what is being typed after `@`, who fits, and who a text names in the end. The text
 * says it in words; the core carries who is meant. Pure.
 */
import type { ProfessionalCard, UserId } from "../../core/index.ts"
import { plain } from "../circles/nearNames.ts"

export interface Nameable extends Pick<ProfessionalCard, "given_name" | "family_name"> {
  readonly user: UserId
}

/** A name being typed: where its `@` stands, and what follows up to the caret. */
export interface Naming {
  readonly from: number
  readonly query: string
}

/** A family name of several words may still be on its way. */
const TYPED = /(?:^|[\s(])@([\p{L}'’-]*(?: [\p{L}'’-]+){0,3})$/u

/** `@Sophie LANDRIN` */
export function mentionOf({ family_name, given_name }: Omit<Nameable, "user">): string {
  return `@${given_name} ${family_name.toLocaleUpperCase("fr")}`
}

export function namingAt(text: string, caret: number): Naming | null {
  const query = TYPED.exec(text.slice(0, caret))?.[1]
  return query === undefined ? null : { from: caret - query.length - 1, query }
}

/** Each word of the query starts a word of the name. */
export function fitting<P extends Nameable>(people: readonly P[], query: string): readonly P[] {
  const words = plain(query).split(" ").filter(Boolean)
  return people.filter(({ family_name, given_name }) => {
    const names = plain(`${given_name} ${family_name}`).split(" ")
    return words.every((word) => names.some((name) => name.startsWith(word)))
  })
}

/** The text with the person in the place of what was typed, and the caret after it. */
export function withMention(
  text: string,
  { from, query }: Naming,
  person: Nameable,
): { readonly text: string; readonly caret: number } {
  const before = `${text.slice(0, from)}${mentionOf(person)} `
  return { text: before + text.slice(from + 1 + query.length).trimStart(), caret: before.length }
}

/** Whom the text names. Two people of one name are both meant: the text does not say which. */
export function namedIn(text: string, people: readonly Nameable[]): readonly UserId[] {
  return people.filter((person) => parts(text, [person]).some(({ user }) => user !== null)).map(({ user }) => user)
}

export interface Part {
  readonly text: string
  /** Who is named by it; null for what stands between. */
  readonly user: UserId | null
}

/** The text cut where it names one of these people. */
export function parts(text: string, people: readonly Nameable[]): readonly Part[] {
  const names = people
    .map((person) => ({ name: mentionOf(person), user: person.user }))
    .sort((a, b) => b.name.length - a.name.length)
  const cut: Part[] = []
  let rest = text
  while (rest !== "") {
    const at = rest.indexOf("@")
    const found =
      at < 0 ? undefined : names.find(({ name }) => rest.startsWith(name, at) && ends(rest, at + name.length))
    const end = found === undefined ? (at < 0 ? rest.length : at + 1) : at
    if (end > 0) cut.push({ text: rest.slice(0, end), user: null })
    if (found !== undefined) cut.push({ text: found.name, user: found.user })
    rest = rest.slice(end + (found?.name.length ?? 0))
  }
  return cut
}

/** A longer name is another one. */
function ends(text: string, at: number): boolean {
  return !/^[\p{L}\p{N}-]/u.test(text.slice(at))
}
