// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { calendarFile } from "../../src/features/team/ics.ts"
import { jeanne } from "../fixtures/circles.ts"
import { fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { MEETING, wounds, withTeam } from "../fixtures/team.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

let cordee: FixtureCordee

beforeEach(() => {
  cordee = fixtureCordee()
  withTeam(cordee)
})

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

test("what is coming stands first, then announcements, then what is over", () => {
  show(paths.team(wounds), cordee)
  expect(screen.getByRole("heading", { level: 1, name: "Plaies complexes" })).toBeDefined()
  const titles = screen.getAllByRole("article").map((each) => each.getAttribute("aria-label"))
  expect(titles).toEqual(["Réunion plaies complexes", "Nouveau protocole", "Réunion de novembre"])
  const coming = screen.getByRole("region", { name: "À venir" })
  expect(coming.textContent).toContain("Jeudi 4 décembre, de 13:30 à 14:30")
  expect(coming.textContent).toContain("Lieu : Salle 2, rez-de-jardin")
  expect(coming.textContent).toContain("Dr Hélène ROUSSEL, le 21 novembre")
})

test("the conversation leads to the team’s page, and shows what was announced in its place", () => {
  show(paths.circle(wounds), cordee)
  const log = screen.getByRole("log")
  expect(within(log).getByText("Nouveau protocole")).toBeDefined()
  expect(within(log).getAllByText("Événement")).toHaveLength(2)
  fireEvent.click(screen.getByRole("link", { name: "Annonces et événements" }))
  expect(screen.getByTestId("address").textContent).toBe(paths.team(wounds))
})

test("a circle around a patient has no such page", () => {
  show(paths.circle(jeanne), cordee)
  expect(screen.queryByRole("link", { name: "Annonces et événements" })).toBeNull()
  cordee = show(paths.team(jeanne), fixtureCordee())
  expect(screen.getByRole("heading", { name: /introuvable/ })).toBeDefined()
})

test("only who may invite into the team is offered to announce", () => {
  withTeam(cordee, ["read", "send"])
  show(paths.team(wounds), cordee)
  expect(screen.queryByRole("button", { name: "Publier une annonce" })).toBeNull()
})

describe("writing", () => {
  test("an announcement needs a title, and goes to the team", async () => {
    show(paths.team(wounds), cordee)
    press("Publier une annonce")
    const dialog = await screen.findByRole("dialog", { name: "Publier une annonce" })
    expect(dialog.textContent).toContain("Chiffré comme chaque message")
    const publish = within(dialog).getByRole("button", { name: /^Publier à l’équipe/ })
    fireEvent.click(publish)
    expect(within(dialog).getByRole("alert").textContent).toContain("Donnez un titre")
    fireEvent.change(within(dialog).getByLabelText("Titre"), { target: { value: "Permanence" } })
    fireEvent.change(within(dialog).getByLabelText("Texte (facultatif)"), { target: { value: "Le 24, au 05. " } })
    fireEvent.click(publish)
    await screen.findByText("Annonce publiée.")
    expect(cordee.circle(wounds).decided).toEqual([
      ["announce", { type: "announcement", title: "Permanence" }, "Le 24, au 05."],
    ])
  })

  test("an event without a day is not published", async () => {
    show(paths.team(wounds), cordee)
    press("Proposer un événement")
    const dialog = await screen.findByRole("dialog", { name: "Proposer un événement" })
    fireEvent.change(within(dialog).getByLabelText("Titre"), { target: { value: "Réunion" } })
    fireEvent.click(within(dialog).getByRole("button", { name: /^Publier à l’équipe/ }))
    expect(within(dialog).getByRole("alert").textContent).toContain("un jour et deux heures")
    expect(cordee.circle(wounds).decided).toEqual([])
  })
})

describe("the calendar file", () => {
  const event = MEETING as Extract<typeof MEETING, { type: "event" }>

  test("says the event in universal time, under the message’s id", () => {
    const file = calendarFile("019386c5", event, "Ligne 1\nLigne 2 ; a, b\\c", "2025-11-21T08:00:00.000Z")
    expect(file.split("\r\n")).toEqual([
      "BEGIN:VCALENDAR",
      "VERSION:2.0",
      "PRODID:-//Cordee//Equipe//FR",
      "BEGIN:VEVENT",
      "UID:019386c5@cordee",
      "DTSTAMP:20251121T080000Z",
      "DTSTART:20251204T123000Z",
      "DTEND:20251204T133000Z",
      "SUMMARY:Réunion plaies complexes",
      "LOCATION:Salle 2\\, rez-de-jardin",
      "DESCRIPTION:Ligne 1\\nLigne 2 \\; a\\, b\\\\c",
      "END:VEVENT",
      "END:VCALENDAR",
      "",
    ])
  })

  test("folds long lines at 75 octets without cutting a letter, and nothing typed can begin a line of its own", () => {
    const file = calendarFile("1", { ...event, title: "é".repeat(120) }, "x\r\nEND:VEVENT", "2025-11-21T08:00:00.000Z")
    const lines = file.split("\r\n")
    expect(Math.max(...lines.map((line) => new TextEncoder().encode(line).length))).toBeLessThanOrEqual(75)
    expect(file.replaceAll("\r\n ", "")).toContain(`SUMMARY:${"é".repeat(120)}\r\n`)
    expect(lines.filter((line) => line === "END:VEVENT")).toHaveLength(1)
  })

  test("is made here, and saved", async () => {
    const made = vi.fn<(blob: Blob) => string>(() => "blob:x")
    Object.assign(URL, { createObjectURL: made })
    show(paths.team(wounds), cordee)
    press("Ajouter à mon agenda : Réunion plaies complexes, Jeudi 4 décembre")
    expect(await made.mock.calls[0]?.[0].text()).toContain("DTSTART:20251204T123000Z")
  })
})
