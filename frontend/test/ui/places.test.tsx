// @vitest-environment jsdom
/** The patient's wishes on a member's card, the timeline, and a circle that closes. */
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import type { CircleDetail } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { ferrier, oyelaran, uuid } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"
import { typeDate } from "./typing.ts"

atTheDesk()

async function openCard(name: string): Promise<HTMLElement> {
  const panel = screen.getByRole("complementary", { name: "Membres" })
  fireEvent.click(within(panel).getByRole("button", { name: `Voir la fiche\u00a0: ${name}` }))
  return screen.findByRole("dialog", { name: new RegExp(`${name}$`) })
}

test("a card says on which consent a place rests, and takes it back with its consequence first", async () => {
  const cordee = show(paths.circle(jeanne))
  const card = await openCard("Thomas OYELARAN")
  expect(card.textContent).toContain("Accord de la patienteLe 01/09/2025, de vive voix")
  fireEvent.click(within(card).getByRole("button", { name: "Retrait de l’accord" }))
  const question = await screen.findByRole("alertdialog", { name: /La patiente retire son accord/ })
  expect(question.textContent).toContain("Son accès prend fin tout de suite")
  fireEvent.change(within(question).getByRole("textbox"), { target: { value: "au téléphone" } })
  fireEvent.click(within(question).getByRole("button", { name: "Enregistrer le retrait" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["withdrawConsent", uuid(21, 1), "au téléphone"]])
  })
})

test("an opposition needs its day", async () => {
  const cordee = show(paths.circle(jeanne))
  const card = await openCard("Thomas OYELARAN")
  fireEvent.click(within(card).getByRole("button", { name: "Opposition de la patiente" }))
  const question = await screen.findByRole("alertdialog", { name: /Opposition à la présence de .*OYELARAN/ })
  fireEvent.click(within(question).getByRole("button", { name: "Enregistrer l’opposition" }))
  expect(question.textContent).toContain("Indiquez la date.")
  expect(cordee.circle(jeanne).decided).toEqual([])
  typeDate(question, "Dite le", ["26", "11", "2025"])
  fireEvent.click(within(question).getByRole("button", { name: "Enregistrer l’opposition" }))
  await waitFor(() => {
    const said = { user: oyelaran.user, toldOn: "2025-11-26", how: "spoken", reason: "" }
    expect(cordee.circle(jeanne).decided).toEqual([["oppose", said]])
  })
})

test("the timeline says who came on what ground, and marks what the signed acts contradict", async () => {
  show(paths.timeline(jeanne))
  const list = await screen.findByRole("list", { name: "Chronologie du cercle" })
  const lines = within(list)
    .getAllByRole("listitem")
    .map((item) => item.textContent)
  expect(lines[1]).toContain("invite M. Thomas OYELARAN comme membre, hors équipe, avec accord, jusqu’au 31/03/2026.")
  expect(lines[2]).toContain("Accord de la patiente pour M. Thomas OYELARAN, donné de vive voix le 01/09/2025")
  expect(lines[2]).toContain("Enregistré par le serveur")
  expect(lines[5]).toContain("Contredit par les actes signés")
  expect(screen.getByRole("alert").textContent).toContain("Une ligne ne correspond pas aux actes signés.")
})

test("an opposition is lifted from its line", async () => {
  const cordee = show(paths.timeline(jeanne))
  fireEvent.click(await screen.findByRole("button", { name: "Lever l’opposition" }))
  const question = await screen.findByRole("alertdialog", { name: /Lever cette opposition/ })
  fireEvent.click(within(question).getByRole("button", { name: "Lever l’opposition" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["liftOpposition", uuid(21, 2), ""]])
  })
})

test("a circle is closed after what follows was said, and a closed one says by whom and opens again", async () => {
  const cordee = show(paths.timeline(jeanne))
  fireEvent.click(await screen.findByRole("button", { name: "Fermer le cercle" }))
  const question = await screen.findByRole("alertdialog", { name: /^Fermer le cercle de Jeanne AUBERTIN/ })
  expect(question.textContent).toContain("Vous pouvez le rouvrir pendant 30\u00a0jours.")
  fireEvent.click(within(question).getByRole("button", { name: "Fermer le cercle" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["close", ""]])
  })
  const { view } = cordee.circle(jeanne)
  const closure = {
    closed: "2025-11-27T14:00:00+01:00",
    by: ferrier.user,
    code: "decided",
    reopens_until: "2025-12-27T14:00:00+01:00",
  }
  act(() => {
    view.set({
      ...view.get(),
      abilities: ["read"],
      detail: { ...view.get().detail, state: "closed", closure } as CircleDetail,
    })
  })
  expect(screen.getByText(/Cercle fermé le 27\/11\/2025 par Mme Anne-Laure FERRIER/)).toBeDefined()
  expect(screen.queryByRole("button", { name: "Fermer le cercle" })).toBeNull()
  fireEvent.click(screen.getByRole("button", { name: "Rouvrir" }))
  const again = await screen.findByRole("alertdialog", { name: /Rouvrir ce cercle/ })
  fireEvent.click(within(again).getByRole("button", { name: "Rouvrir le cercle" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided.at(-1)).toEqual(["reopen", ""])
  })
})
