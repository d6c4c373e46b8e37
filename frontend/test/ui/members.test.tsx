// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { oyelaran } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function panel(): HTMLElement {
  return screen.getByRole("complementary", { name: "Membres" })
}

test("each member stands with profession, structure, sector, ground and end", () => {
  show(paths.circle(jeanne))
  const [first] = within(panel()).getAllByText("Thomas OYELARAN")
  expect(first?.closest("li")?.textContent).toContain(
    "Assistant de service social, CCAS de Saint-AubracSocialHors équipe, avec accordjusqu’au 31/03/2026",
  )
})

test("an end of access within a week is pointed out", () => {
  show(paths.circle(jeanne))
  expect(within(panel()).getByText("Fin d’accès le 30/11/2025")).toBeDefined()
})

test("the panel says how many people and devices can read on", () => {
  show(paths.circle(jeanne))
  expect(panel().textContent).toContain("Chiffré de bout en bout7 personnes et 11 appareils peuvent lire la suite.")
})

test("removing a member asks why before it is done", async () => {
  const cordee = show(paths.circle(jeanne))
  fireEvent.click(within(panel()).getByRole("button", { name: "Retirer du cercle\u00a0: Thomas OYELARAN" }))
  const question = await screen.findByRole("alertdialog", { name: /Retirer Thomas OYELARAN du cercle/ })
  fireEvent.click(within(question).getByRole("button", { name: "Retirer du cercle" }))
  expect(question.textContent).toContain("Choisissez pourquoi.")
  expect(cordee.circle(jeanne).ended).toEqual([])

  fireEvent.click(within(question).getByRole("radio", { name: "La patiente s’oppose à sa présence" }))
  fireEvent.click(within(question).getByRole("button", { name: "Retirer du cercle" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).ended).toEqual([[oyelaran.user, "opposition", ""]])
  })
})

test("what the server does not allow is not offered", () => {
  const cordee = show(paths.circle(jeanne))
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), abilities: ["read", "send"] })
  })
  expect(within(panel()).queryByRole("link", { name: "Inviter" })).toBeNull()
  expect(within(panel()).queryAllByRole("button", { name: /^Retirer/ })).toEqual([])
})

test("who has read a message is one press away", async () => {
  show(paths.circle(jeanne))
  fireEvent.click(screen.getByRole("button", { name: "Remis à 6, lu par 4" }))
  const names = await screen.findByRole("dialog", { name: "Qui a reçu et lu ce message" })
  expect(names.textContent).toContain("Lu parDr Hélène ROUSSEL")
  expect(names.textContent).toContain("Remis, pas encore luDr Claire VASSEUR")
})

test("what cannot be shown is said", () => {
  show(paths.circle(jeanne))
  const log = screen.getByRole("log")
  expect(log.textContent).toContain("Un message de Dr Claire VASSEUR manque ici.")
  expect(log.textContent).toContain("Cet appareil n’en a pas encore la clé.")
})

test("each message names its author, profession and hour", () => {
  show(paths.circle(jeanne))
  expect(screen.getByRole("article", { name: "Dr Hélène ROUSSEL, Médecin généraliste, 14:05" })).toBeDefined()
})
