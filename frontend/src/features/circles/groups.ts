/** The order of "Mes cercles": what waits for me, what I have not read, the rest; and the search within. */
import type { CircleSummary, Invitation } from "../../core/index.ts"
import { plain } from "./nearNames.ts"
import { fullTitle, type Titled } from "./circleTitle.ts"

export const shownKinds = ["all", "care", "team", "direct"] as const
export type ShownKind = (typeof shownKinds)[number]

export interface CircleGroups {
  readonly invitations: readonly Invitation[]
  readonly waiting: readonly CircleSummary[]
  readonly unread: readonly CircleSummary[]
  readonly recent: readonly CircleSummary[]
}

/** A circle waits for me when something in it goes no further without my doing something. */
export function waitsForMe(circle: CircleSummary): boolean {
  return circle.composer === "refused" || circle.toConfirm !== null
}

export function grouped(
  circles: readonly CircleSummary[],
  invitations: readonly Invitation[],
  query: string,
  kind: ShownKind = "all",
): CircleGroups {
  const isShown = (titled: Titled) => (kind === "all" || titled.kind === kind) && matches(titled, query)
  const found = circles.filter(({ row }) => isShown(row))
  const groups: CircleGroups = {
    invitations: invitations.filter(isShown),
    waiting: underTheirs(found.filter(waitsForMe)),
    unread: underTheirs(found.filter((circle) => !waitsForMe(circle) && circle.unread > 0)),
    recent: underTheirs(found.filter((circle) => !waitsForMe(circle) && circle.unread === 0)),
  }
  return groups
}

/** Compartments right below the circle of their patient, where it is in the same group. */
function underTheirs(circles: readonly CircleSummary[]): readonly CircleSummary[] {
  return circles
    .filter((circle) => !isBelow(circle, circles))
    .flatMap((circle) => [circle, ...circles.filter((each) => each.row.parent === circle.row.id)])
}

/** Set in only below its own circle: below another one it would look like that patient's. */
export function isBelow({ row }: CircleSummary, group: readonly CircleSummary[]): boolean {
  return group.some((each) => each.row.id === row.parent)
}

/**
 * Every word of the query starts a word of the names, or every digit of it stands in the birth date as one writes it
 * (`12/03/1941`, `12 03 41`, `1941`).
 */
export function matches(titled: Titled, query: string): boolean {
  const words = plain(query).split(" ").filter(Boolean)
  if (words.length === 0) return true
  const { organisation, patient } = titled
  const names = plain(`${fullTitle(titled)} ${patient?.used_name ?? ""} ${organisation?.name ?? ""}`).split(" ")
  const [year = "", month = "", day = ""] = patient?.birth_date.split("-") ?? []
  const dates = patient === null ? [] : [day + month + year, day + month + year.slice(2), year]
  const [digits, letters] = [words.filter((word) => /^\d+$/.test(word)), words.filter((word) => !/^\d+$/.test(word))]
  const dated = digits.length === 0 || dates.some((date) => date.startsWith(digits.join("")))
  return dated && letters.every((word) => names.some((name) => name.startsWith(word)))
}
