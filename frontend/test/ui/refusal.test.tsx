// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne, refusal } from "../fixtures/circles.ts"
import type { FixtureCordee } from "../fixtures/client.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function refuse(cordee: FixtureCordee): void {
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), composer: { state: "refused", refusal } })
  })
}

test("a refusal takes the composer's place and is an alert in four parts", () => {
  refuse(show(paths.circle(jeanne)))
  const card = screen.getByRole("alert")
  expect(screen.queryByRole("textbox", { name: /^Message/ })).toBeNull()
  expect(screen.queryByRole("button", { name: /^Envoyer/ })).toBeNull()
  expect(card.textContent).toContain("Un appareil s’est présenté au nom d’un membre")
  expect(card.textContent).toContain("Vous pouvez relire la conversation. Votre brouillon est gardé.")
  expect(card.textContent).toContain("Aucun message ne part d’ici")
  expect(card.textContent).toContain("Dr Hélène ROUSSEL, MSP du Pré-Clos")
})

test("a refusal cannot be dismissed", () => {
  refuse(show(paths.circle(jeanne)))
  const card = screen.getByRole("alert")
  const buttons = within(card).getAllByRole("button")
  expect(buttons.map((button) => button.textContent)).toEqual(["Enregistrer la preuve", "Voir la preuve"])
  fireEvent.keyDown(card, { key: "Escape" })
  fireEvent.click(document.body)
  expect(screen.getByRole("alert")).toBe(card)
})

test("the conversation stays readable under a refusal", () => {
  refuse(show(paths.circle(jeanne)))
  expect(screen.getByRole("log").textContent).toContain("je passe à 14 h 45")
})

test("the draft is there again when the refusal is lifted", () => {
  const cordee = show(paths.circle(jeanne))
  fireEvent.change(screen.getByRole("textbox", { name: /^Message/ }), { target: { value: "à garder" } })
  refuse(cordee)
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), composer: { state: "open" } })
  })
  const field = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /^Message/ })
  expect(field.value).toBe("à garder")
  fireEvent.change(field, { target: { value: "" } })
})

test("the members panel says that the check failed", () => {
  refuse(show(paths.circle(jeanne)))
  expect(screen.getByRole("complementary", { name: "Membres" }).textContent).toContain("Contrôle en échec, 14:09")
})

test("resuming is offered only where it can help, after what it does was said", async () => {
  const cordee = show(paths.circle(jeanne))
  refuse(cordee)
  expect(screen.queryByRole("button", { name: "Reprendre" })).toBeNull()
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), composer: { state: "refused", refusal: { ...refusal, code: "invalid_commit" } } })
  })
  fireEvent.click(screen.getByRole("button", { name: "Reprendre" }))
  const question = await screen.findByRole("alertdialog", { name: /Reprendre dans ce cercle/ })
  expect(question.textContent).toContain("seulement si cet état suit ce qu’il connaît déjà")
  fireEvent.click(within(question).getByRole("button", { name: "Reprendre" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["resync"]])
  })
})
