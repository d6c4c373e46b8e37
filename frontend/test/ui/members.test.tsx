// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import type { CircleDetail } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { landrin, oyelaran, roussel, uuid, vasseur } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function panel(): HTMLElement {
  return screen.getByRole("complementary", { name: "Membres" })
}

async function openCard(name: string): Promise<HTMLElement> {
  fireEvent.click(within(panel()).getByRole("button", { name: `Voir la fiche\u00a0: ${name}` }))
  return screen.findByRole("dialog", { name: new RegExp(`${name}$`) })
}

test("each member stands with profession, structure, sector, ground and end", () => {
  show(paths.circle(jeanne))
  const [first] = within(panel()).getAllByText("Thomas OYELARAN")
  expect(first?.closest("li")?.textContent).toContain(
    "Assistant de service social, CCAS de Saint-AubracSocialHors équipe, avec accordjusqu’au 31/03/2026",
  )
})

test("everybody but me carries who stands behind their identity", () => {
  show(paths.circle(jeanne))
  const row = (name: string) => within(panel()).getAllByText(name)[0]?.closest("li")?.textContent
  expect(row("Dr Hélène ROUSSEL")).toContain("Identité attestée")
  expect(row("Thomas OYELARAN")).toContain("Numéro comparé par vous")
  expect(row("Maud ACHARD")).toContain("Identité non vérifiée")
  expect(row("Anne-Laure FERRIER")).not.toContain("Identité")
})

test("a card says the terms and the devices, and when a device came", async () => {
  show(paths.circle(jeanne))
  const card = await openCard("Dr Claire VASSEUR")
  expect(card.textContent).toContain("RôleMembre")
  expect(within(card).getAllByRole("listitem").map((item) => item.textContent)).toEqual([
    "Appareil 1Retirer",
    "Appareil 2, ajouté le 27/11/2025 à 11:20Retirer",
  ])
})

test("a device is taken out after its consequence was said", async () => {
  const cordee = show(paths.circle(jeanne))
  const card = await openCard("Dr Claire VASSEUR")
  fireEvent.click(within(card).getByRole("button", { name: /^Retirer l’appareil 2/ }))
  const question = await screen.findByRole("alertdialog", { name: /Retirer l’appareil 2 de Dr Claire VASSEUR/ })
  expect(question.textContent).toContain("Les autres appareils de Dr Claire VASSEUR restent.")
  fireEvent.click(within(question).getByRole("button", { name: "Retirer l’appareil" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["endDevice", vasseur.user, uuid(19, 6)]])
  })
})

test("the coordination is handed over with a sentence that says the whole act", async () => {
  const cordee = show(paths.circle(jeanne))
  fireEvent.click(within(await openCard("Sophie LANDRIN")).getByRole("button", { name: "Confier la coordination" }))
  const form = await screen.findByRole("dialog", { name: "Confier la coordination à Mme Sophie LANDRIN" })
  fireEvent.click(within(form).getByRole("button", { name: "Confier et signer" }))
  expect(form.textContent).toContain("Choisissez de quelle façon.")
  fireEvent.click(within(form).getByRole("radio", { name: "À ma place" }))
  expect(form.textContent).toContain("pourra inviter et retirer\u00a0; vous lirez et écrirez comme membre.")
  fireEvent.click(within(form).getByRole("button", { name: "Confier et signer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["handOver", { to: landrin.user, until: null, stepDown: true }]])
  })
})

test("a refusal of the server stays in the form", async () => {
  const cordee = show(paths.circle(jeanne))
  fireEvent.click(within(await openCard("Dr Hélène ROUSSEL")).getByRole("button", { name: /^Changer le rôle/ }))
  const form = await screen.findByRole("dialog", { name: /^Rôle de/ })
  cordee.failNext = "busy"
  fireEvent.click(within(form).getByRole("button", { name: "Changer et signer" }))
  expect((await within(form).findByRole("alert")).textContent).toContain("Le cercle est occupé")
})

test("leaving asks why", async () => {
  const cordee = show(paths.circle(jeanne))
  fireEvent.click(within(await openCard("Anne-Laure FERRIER")).getByRole("button", { name: "Quitter le cercle" }))
  const question = await screen.findByRole("alertdialog", { name: /Quitter ce cercle/ })
  fireEvent.click(within(question).getByRole("button", { name: "Quitter le cercle" }))
  expect(question.textContent).toContain("Dites en quelques mots pourquoi vous partez.")
  fireEvent.change(within(question).getByRole("textbox"), { target: { value: "Changement de secteur" } })
  fireEvent.click(within(question).getByRole("button", { name: "Quitter le cercle" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["leave", "Changement de secteur"]])
  })
})

test("the last coordinator is told to hand over first", async () => {
  const cordee = show(paths.circle(jeanne))
  const { view } = cordee.circle(jeanne)
  const { detail } = view.get()
  act(() => {
    const members = detail?.members.map((member) => (member.user === roussel.user ? { ...member, role: "guest" } : member))
    view.set({ ...view.get(), detail: { ...detail, members } as CircleDetail })
  })
  fireEvent.click(within(await openCard("Anne-Laure FERRIER")).getByRole("button", { name: "Quitter le cercle" }))
  const question = await screen.findByRole("alertdialog", { name: /Quitter ce cercle/ })
  expect(question.textContent).toContain("Confiez-la d’abord à un autre membre")
  expect(within(question).queryByRole("button", { name: "Quitter le cercle" })).toBeNull()
})

test("an end of access within a week is pointed out", () => {
  show(paths.circle(jeanne))
  expect(within(panel()).getByText("Se termine dans 3 jours")).toBeDefined()
})

test("the panel says how many people and devices can read on", () => {
  show(paths.circle(jeanne))
  expect(panel().textContent).toContain("Chiffré de bout en bout7 personnes et 11 appareils peuvent lire la suite.")
})

test("removing a member asks why before it is done", async () => {
  const cordee = show(paths.circle(jeanne))
  const card = await openCard("Thomas OYELARAN")
  fireEvent.click(within(card).getByRole("button", { name: "Retirer du cercle" }))
  const question = await screen.findByRole("alertdialog", { name: /Retirer Thomas OYELARAN du cercle/ })
  fireEvent.click(within(question).getByRole("button", { name: "Retirer du cercle" }))
  expect(question.textContent).toContain("Choisissez pourquoi.")
  expect(cordee.circle(jeanne).ended).toEqual([])

  fireEvent.click(within(question).getByRole("radio", { name: "À sa demande" }))
  fireEvent.click(within(question).getByRole("button", { name: "Retirer du cercle" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).ended).toEqual([[oyelaran.user, "left", ""]])
  })
})

test("what the server does not allow is not offered", async () => {
  const cordee = show(paths.circle(jeanne))
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), abilities: ["read", "send"] })
  })
  expect(within(panel()).queryByRole("link", { name: "Inviter" })).toBeNull()
  expect(within(panel()).queryAllByRole("button", { name: /^Retirer/ })).toEqual([])
  const card = await openCard("Dr Claire VASSEUR")
  const acts = within(card).getAllByRole("button").map((button) => button.textContent)
  expect(acts).toEqual(["Comparer le numéro de sécurité", "Fermer"])
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
