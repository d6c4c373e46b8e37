// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { fitting, namedIn, namingAt, parts } from "../../src/features/chat/mentions.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { fresh, jeanne, summaries } from "../fixtures/circles.ts"
import { fixtureCordee } from "../fixtures/client.ts"
import { benali, ferrier, landrin, roussel } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function field(): HTMLTextAreaElement {
  return screen.getByRole("textbox", { name: /^Message au cercle/ })
}

function type(text: string): void {
  fireEvent.change(field(), { target: { value: text } })
  field().setSelectionRange(text.length, text.length)
  fireEvent.select(field())
}

test("a name typed after @ finds colleagues by the beginning of either name", () => {
  expect(namingAt("Pour @Kar", 9)).toEqual({ from: 5, query: "Kar" })
  expect(namingAt("karim@sante.example", 8)).toBeNull()
  expect(namingAt("@Sophie a raison", 16)).toEqual({ from: 0, query: "Sophie a raison" })
  expect(fitting([landrin, benali, roussel], "ben k")).toEqual([benali])
  expect(fitting([landrin, benali, roussel], "hel")).toEqual([roussel])
})

test("a text names whom it spells out, and nobody whose name only begins alike", () => {
  expect(namedIn("@Karim BENALI peut passer", [benali, landrin])).toEqual([benali.user])
  expect(namedIn("@Karim BENALINE peut passer", [benali, landrin])).toEqual([])
  expect(parts("Oui @Karim BENALI.", [benali]).map(({ text }) => text)).toEqual(["Oui ", "@Karim BENALI", "."])
})

test("arrows choose, Enter takes, and the message carries who is meant", async () => {
  const cordee = show(paths.circle(jeanne))
  type("Pour @")
  const list = screen.getByRole("listbox", { name: "Personnes du cercle à nommer" })
  expect(within(list).queryByText(/FERRIER/)).toBeNull()
  type("Pour @ben")
  expect(within(list).getAllByRole("option")).toHaveLength(1)
  fireEvent.keyDown(field(), { key: "Enter" })
  expect(field().value).toBe("Pour @Karim BENALI ")
  expect(screen.queryByRole("listbox")).toBeNull()
  fireEvent.keyDown(field(), { key: "Enter" })
  await waitFor(() => {
    expect(cordee.circle(jeanne).sent).toEqual(["Pour @Karim BENALI"])
  })
  expect(cordee.circle(jeanne).sentOptions.at(-1)).toMatchObject({ mentions: [benali.user] })
})

test("Escape leaves the text as it is, and Enter sends again", () => {
  show(paths.circle(jeanne))
  type("@ben")
  fireEvent.keyDown(field(), { key: "ArrowDown" })
  expect(field().getAttribute("aria-activedescendant")).toBe(screen.getByRole("option").id)
  fireEvent.keyDown(field(), { key: "Escape" })
  expect(screen.queryByRole("listbox")).toBeNull()
  expect(field().value).toBe("@ben")
})

test("who is named stands out, oneself above all", () => {
  const cordee = show(paths.circle(jeanne))
  const { view } = cordee.circle(jeanne)
  const entry = fresh(landrin, 13, "2025-11-27T14:10:00+01:00", "@Anne-Laure FERRIER et @Karim BENALI, merci")
  act(() => {
    view.set({ ...view.get(), entries: [{ ...entry, mentions: [ferrier.user, benali.user] } as typeof entry] })
  })
  const marks = [...document.querySelectorAll(".mention")].map((each) => [each.textContent, each.className])
  expect(marks).toEqual([
    ["@Anne-Laure FERRIER", "mention mention-me"],
    ["@Karim BENALI", "mention"],
  ])
})

test("a circle says that I am named there, or that something urgent waits", () => {
  const cordee = fixtureCordee()
  const [first, second, ...others] = summaries()
  if (first === undefined || second === undefined) throw new Error("no circles")
  cordee.circles.set([
    { ...first, toConfirm: { count: 2, since: "2025-11-27T14:00:00+01:00" } },
    { ...second, unread: 1, mentioned: 1 },
    ...others,
  ])
  show(paths.circles, cordee)
  const [waiting, unread] = within(screen.getByRole("grid", { name: "Mes cercles" })).getAllByRole("rowgroup")
  expect(waiting?.textContent).toContain("2 urgents à confirmer")
  expect(unread?.textContent).toContain("Mention")
})
