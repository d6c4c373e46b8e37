/** From a code as it is typed, or an address as the journal says it, to whom or what it stands for. Pure. */
import { asId, type HeldSubject, type Pseudonym, type TrailRow } from "../../core/index.ts"
import { LETTERS, subjectCode } from "../trail/code.ts"
import type { Asked } from "../trail/filters.ts"

/** What the journal followed. */
export function followedSubject({ followed: { cir, pat, who } }: Asked): HeldSubject | null {
  if (who !== undefined) return { kind: "Person", pseudonym: asId<Pseudonym>(who) }
  if (pat !== undefined) return { kind: "Patient", pseudonym: asId<Pseudonym>(pat) }
  return cir === undefined ? null : { kind: "Circle", pseudonym: asId<Pseudonym>(cir) }
}

export const codeOf = ({ kind, pseudonym }: HeldSubject): string => subjectCode(kind, pseudonym)

/** Whom these acts name by this code: two may share it. */
export function subjectsNamed(code: string, rows: readonly TrailRow[]): readonly HeldSubject[] {
  const found = new Map<Pseudonym, HeldSubject>()
  for (const subject of rows.flatMap(subjectsOf)) {
    if (codeOf(subject) === code) found.set(subject.pseudonym, subject)
  }
  return [...found.values()]
}

function subjectsOf({ cir, obj, on, pat, who }: TrailRow): readonly HeldSubject[] {
  const [type, id = ""] = obj?.split("/") ?? []
  const named = [
    ["Person", who],
    ["Person", on],
    ["Patient", pat],
    ["Circle", cir],
  ] as const
  return [
    ...named.flatMap(([kind, pseudonym]) => (pseudonym === null ? [] : [{ kind, pseudonym }])),
    ...(Object.keys(LETTERS) as readonly HeldSubject["kind"][])
      .filter((kind) => kind === type)
      .map((kind) => ({ kind, pseudonym: asId<Pseudonym>(id) })),
  ]
}
