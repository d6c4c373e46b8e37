/**
 * Everyone this device has seen in a circle, so that what was written keeps its author's name when the author has left.
 */
import type { CircleDetail, ProfessionalCard } from "../api/types.ts"
import { card } from "../api/read.ts"
import type { JsonObject } from "../encoding/canonical.ts"
import type { UserId } from "../ids.ts"
import type { Person } from "../model.ts"
import { record, table, type Table } from "../store/table.ts"

/** What stays of a person; how far their key is trusted is seen anew each time. */
export type SeenPerson = Omit<Person, "trust">

/** Under circle and user. */
export const people: Table<SeenPerson> = table(
  "people",
  record(
    (person) => ({ ...writeCard(person), user: person.user, v: 1 }),
    (fields) => {
      fields.version()
      return { ...card(fields), user: fields.id<UserId>("user") }
    },
  ),
)

/** Everybody whom a circle's detail names; who is there now comes last and so prevails. */
export function peopleOf({ former, invitations, members }: CircleDetail): readonly SeenPerson[] {
  return [...former, ...invitations, ...members].map((each) => ({
    user: each.user,
    name: each.name,
    family_name: each.family_name,
    given_name: each.given_name,
    civility: each.civility,
    profession: each.profession,
    sector: each.sector,
    organisation: each.organisation,
  }))
}

function writeCard({
  civility,
  family_name,
  given_name,
  name,
  organisation,
  profession,
  sector,
}: ProfessionalCard): JsonObject {
  return {
    civility,
    family_name,
    given_name,
    name,
    organisation: organisation === null ? null : { ...organisation },
    profession: { ...profession },
    sector,
  }
}
