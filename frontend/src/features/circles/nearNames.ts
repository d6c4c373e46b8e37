/**
 * Patients of my circles who could be taken for one another: same family name, whole names two keystrokes apart, or
 * born on the same day. Shown on both; decides nothing.
 */
import type { CircleId, CirclePatient } from "../../core/index.ts"
import { listName } from "./patient.ts"

interface Circled {
  readonly id: CircleId
  readonly patient: CirclePatient | null
  /** A compartment is about the same patient as its circle. */
  readonly parent: CircleId | null
}

/** For each circle that has one, the patients of my other circles whose name is near. */
export function nearNames(circles: readonly Circled[]): ReadonlyMap<CircleId, readonly CirclePatient[]> {
  const near = new Map<CircleId, CirclePatient[]>()
  const add = ({ id }: Circled, other: CirclePatient) => {
    near.set(id, [...(near.get(id) ?? []), other])
  }
  circles.forEach((one, index) => {
    for (const other of circles.slice(index + 1)) {
      if (one.patient === null || other.patient === null || mainOf(one) === mainOf(other)) continue
      if (!areNear(one.patient, other.patient)) continue
      add(one, other.patient)
      add(other, one.patient)
    }
  })
  return near
}

function mainOf({ id, parent }: Circled): CircleId {
  return parent ?? id
}

export function areNear(one: CirclePatient, other: CirclePatient): boolean {
  if (one.birth_date === other.birth_date) return true
  if (plain(one.family) === plain(other.family)) return true
  return withinTwo(plain(listName(one)), plain(listName(other)))
}

/** Without accents, case, hyphens: how names are compared and searched. */
export function plain(name: string): string {
  return name
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim()
}

/** Levenshtein distance of at most 2. */
export function withinTwo(one: string, other: string): boolean {
  if (Math.abs(one.length - other.length) > 2) return false
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const substituted = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1)
      current.push(Math.min(substituted, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return (previous[other.length] ?? 0) <= 2
}
