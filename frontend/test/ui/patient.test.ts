import { describe, expect, test } from "vitest"
import { grouped, matches } from "../../src/features/circles/groups.ts"
import { areNear, withinTwo } from "../../src/features/circles/nearNames.ts"
import { age, groupedMatricule, listName, sentenceName } from "../../src/features/circles/patient.ts"
import { logRows } from "../../src/features/chat/logRows.ts"
import { briefName, fullName, initialsOf, listedName } from "../../src/features/directory/professional.ts"
import { careOf, conversation, summaries } from "../fixtures/circles.ts"

const [first] = summaries()
const jeanne = first?.row.patient ?? {
  family: "",
  given: "",
  used_name: null,
  sex: "I" as const,
  birth_date: "",
  identity_status: "provisional" as const,
  attributes: [],
  matricule: null,
}

describe("a patient in words", () => {
  test("the family name is in capitals with its accents", () => {
    expect(listName({ family: "Élisée-Noël", given: "Zoé" })).toBe("ÉLISÉE-NOËL Zoé")
    expect(sentenceName({ family: "Aubertin", given: "Jeanne" })).toBe("Jeanne AUBERTIN")
  })

  test.each([
    ["1941-03-12", "2025-03-11", { unit: "years", count: 83 }],
    ["1941-03-12", "2025-03-12", { unit: "years", count: 84 }],
    ["2024-02-29", "2025-02-28", { unit: "months", count: 11 }],
    ["2023-01-15", "2025-11-27", { unit: "months", count: 34 }],
    ["2025-10-20", "2025-11-27", { unit: "days", count: 38 }],
    ["2025-11-27", "2025-11-27", { unit: "days", count: 0 }],
  ] as const)("born %s is on %s %o", (birth, today, expected) => {
    expect(age(birth, today)).toEqual(expected)
  })

  test("an INS is grouped as it is read aloud", () => {
    expect(groupedMatricule("154082A00401219")).toBe("1 54 08 2A 004 012 19".replaceAll(" ", "\u00a0"))
    expect(groupedMatricule("something else")).toBe("something else")
  })
})

describe("near names", () => {
  test.each([
    [{ family: "AUBERTIN", given: "Jean", birth_date: "1967-09-02" }, true],
    [{ family: "Martin", given: "Paul", birth_date: "1941-03-12" }, true],
    [{ family: "Aubertain", given: "Jeanne", birth_date: "1950-01-01" }, true],
    [{ family: "Aubert", given: "Jeanne", birth_date: "1950-01-01" }, true],
    [{ family: "Roussel", given: "Jeanne", birth_date: "1950-01-01" }, false],
  ])("%o", (other, near) => {
    expect(areNear(jeanne, { ...jeanne, ...other })).toBe(near)
  })

  test("two keystrokes are near, three are not", () => {
    expect(withinTwo("martin paul", "martel paul")).toBe(true)
    expect(withinTwo("martin paul", "mortel paul")).toBe(false)
  })
})

describe("searching my circles", () => {
  test.each(["aubertin", "jean", "AUBERT jea", "12/03/1941", "12031941", "12 03 41", "1941", "aubertin 1941"])(
    "%s finds Jeanne AUBERTIN",
    (query) => {
      expect(matches(careOf(jeanne), query)).toBe(true)
    },
  )

  test.each(["bertin", "1940", "roussel", "aubertin 1940"])("%s does not", (query) => {
    expect(matches(careOf(jeanne), query)).toBe(false)
  })

  test("a search keeps the groups", () => {
    const { unread, recent } = grouped(summaries(), [], "aubertin")
    expect(unread.map(({ row }) => row.patient?.given)).toEqual(["Jean"])
    expect(recent.map(({ row }) => row.patient?.given)).toEqual(["Jeanne"])
  })
})

describe("a professional in words", () => {
  const doctor = { civility: "DR", given_name: "Karim", family_name: "BENALI" }
  const nurse = { civility: "MME", given_name: "Fatou", family_name: "Diarra-Leroy" }

  test("a title stays, a civility goes where it tells nothing", () => {
    expect([fullName(doctor), listedName(doctor), briefName(doctor)]).toEqual([
      "Dr Karim BENALI",
      "Dr Karim BENALI",
      "Dr K. Benali",
    ])
    expect([fullName(nurse), listedName(nurse), briefName(nurse)]).toEqual([
      "Mme Fatou DIARRA-LEROY",
      "Fatou DIARRA-LEROY",
      "F. Diarra-Leroy",
    ])
    expect(initialsOf(nurse)).toBe("FD")
  })
})

describe("the rows of a conversation", () => {
  test("days stand between messages, and the new ones begin after what was read", () => {
    const rows = logRows(conversation(), 9)
    expect(rows.filter((row) => row.kind === "day")).toHaveLength(3)
    const fresh = rows.findIndex((row) => row.kind === "new")
    const next = rows[fresh + 1]
    expect(next?.kind === "entry" && next.entry.seq).toBe(10)
  })

  test("a conversation never read before has no line", () => {
    expect(logRows(conversation(), 0).some((row) => row.kind === "new")).toBe(false)
  })
})
