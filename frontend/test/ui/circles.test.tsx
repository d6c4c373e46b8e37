// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { invitation } from "../fixtures/circles.ts"
import { device, fixtureCordee } from "../fixtures/client.ts"
import { me } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function groups(): string[] {
  return within(screen.getByRole("grid", { name: "Mes cercles" }))
    .getAllByRole("rowgroup")
    .map((group) => group.textContent)
}

test("circles stand in the order in which they need me", () => {
  show(paths.circles)
  const [waiting, unread, recent] = groups()
  expect(waiting).toMatch(/^Vous attend.*PETITJEAN Nolan/)
  expect(unread).toMatch(/^Non lus.*GRANDVAUX Émile.*AUBERTIN Jean.*DIARRA-LEROY Fatou/)
  expect(recent).toMatch(/^Récents.*AUBERTIN Jeanne.*KERVELLA Odette/)
})

test("a circle in which sending is suspended waits for me first", () => {
  const cordee = fixtureCordee()
  cordee.circles.set(
    (cordee.circles.get() ?? []).map((circle, index) => (index === 6 ? { ...circle, composer: "refused" } : circle)),
  )
  show(paths.circles, cordee)
  expect(groups()[0]).toMatch(/^Vous attend.*ROMANET Simone.*Envoi suspendu.*PETITJEAN Nolan/)
})

test("near names are marked on both rows", () => {
  show(paths.circles)
  expect(screen.getByRole("row", { name: "AUBERTIN Jeanne" }).textContent).toContain("Nom proche")
  expect(screen.getByRole("row", { name: "AUBERTIN Jean" }).textContent).toContain("Nom proche")
  expect(screen.getByRole("row", { name: "ROMANET Simone" }).textContent).not.toContain("Nom proche")
})

test("a birth date finds its patient", () => {
  show(paths.circles)
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "12/03/1941" } })
  expect(screen.getAllByRole("row", { name: /./ }).filter((row) => row.hasAttribute("data-key"))).toHaveLength(1)
  expect(screen.getByRole("row", { name: "AUBERTIN Jeanne" })).toBeDefined()
})

test("a search that finds nobody says what to check", () => {
  show(paths.circles)
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "Zzyx" } })
  expect(screen.getByText(/Vérifiez le nom de naissance/)).toBeDefined()
})

test("an invitation shows who, on what ground, as what and until when before it is accepted", async () => {
  const cordee = show(paths.circles)
  fireEvent.click(screen.getByRole("row", { name: /PETITJEAN Nolan, Invitation/ }))
  const dialog = await screen.findByRole("dialog", { name: /Entrer dans ce cercle/ })
  for (const words of [
    "PETITJEAN Nolan",
    "M, 9\u00a0ans, né le 21/01/2016",
    "Dr Marc SAUVAGE",
    "Équipe formalisée",
    "lit et écrit",
    "01/12/2025 à 11:12",
    "Rien de ce qui précède",
  ]) {
    expect(dialog.textContent).toContain(words)
  }
  expect(cordee.calls).not.toContain("accept")
  fireEvent.click(within(dialog).getByRole("button", { name: "Accepter et entrer" }))
  await waitFor(() => {
    expect(cordee.calls).toContain("accept")
  })
  expect(await screen.findByRole("log")).toBeDefined()
})

test("who has just come in sees the circle, and no invitation to it any more", () => {
  const cordee = fixtureCordee()
  const [first] = cordee.circles.get() ?? []
  if (first === undefined) throw new Error("no circle in the fixtures")
  cordee.invitations.set([{ ...invitation, circle: first.row.id }])
  show(paths.circles, cordee)
  expect(screen.queryByRole("row", { name: /, Invitation$/ })).toBeNull()
})

test("a refused acceptance says why and keeps the invitation", async () => {
  const cordee = show(paths.circles)
  fireEvent.click(screen.getByRole("row", { name: /PETITJEAN/ }))
  const dialog = await screen.findByRole("dialog")
  cordee.failNext = "broken_chain"
  fireEvent.click(within(dialog).getByRole("button", { name: "Accepter et entrer" }))
  expect((await within(dialog).findByRole("alert")).textContent).toContain("Votre appareil l’a refusée")
  expect(cordee.invitations.get()).toHaveLength(1)
})

test("declining takes the invitation away and says so", async () => {
  const cordee = show(paths.circles)
  fireEvent.click(screen.getByRole("row", { name: /PETITJEAN/ }))
  fireEvent.click(await screen.findByRole("button", { name: "Refuser" }))
  fireEvent.click(await screen.findByRole("radio", { name: "Je ne connais pas cette personne" }))
  fireEvent.change(screen.getByRole("textbox", { name: "Précision (facultatif)" }), { target: { value: " Jamais vue " } })
  fireEvent.click(screen.getByRole("button", { name: "Refuser l’invitation" }))
  await waitFor(() => {
    expect(cordee.invitations.get()).toEqual([])
  })
  expect(cordee.declined).toEqual([[invitation.id, "not_known", "Jamais vue"]])
  expect(await screen.findByText(/Invitation refusée/)).toBeDefined()
})

test("without a reason nothing is declined, and one can go back", async () => {
  const cordee = show(paths.circles)
  fireEvent.click(screen.getByRole("row", { name: /PETITJEAN/ }))
  fireEvent.click(await screen.findByRole("button", { name: "Refuser" }))
  fireEvent.click(await screen.findByRole("button", { name: "Refuser l’invitation" }))
  expect(screen.getByText(/Choisissez une raison/)).toBeDefined()
  expect(cordee.calls).not.toContain("decline")
  fireEvent.click(screen.getByRole("button", { name: "Revenir" }))
  expect(await screen.findByRole("button", { name: "Accepter et entrer" })).toBeDefined()
})

test("someone who may not open a circle is not offered it", () => {
  show(paths.circles, fixtureCordee({ at: "ready", me: { ...me, abilities: [] }, device }))
  expect(screen.queryByRole("link", { name: "Ouvrir un cercle" })).toBeNull()
})

test("an address of no circle of mine shows nothing of it", () => {
  show("/cercles/00000000-0000-7000-8000-0010000000ff")
  expect(screen.getByRole("heading", { name: "Ce cercle est introuvable" })).toBeDefined()
})

test("who asked to come in waits for the coordination, and is not asked again", () => {
  const cordee = fixtureCordee()
  cordee.invitations.set([{ ...invitation, admission: "asked" }])
  show(paths.circles, cordee)
  fireEvent.click(screen.getByRole("row", { name: /PETITJEAN/ }))
  const dialog = screen.getByRole("dialog", { name: /Entrer dans ce cercle/ })
  expect(dialog.textContent).toContain("Demande envoyée. La coordination doit confirmer votre identité.")
  expect(within(dialog).getAllByRole("button").map((button) => button.textContent)).toEqual(["Refuser"])
})

test("who was invited before having keys asks, and stays among the circles", async () => {
  const cordee = fixtureCordee()
  cordee.invitations.set([{ ...invitation, admission: "to_ask" }])
  show(paths.circles, cordee)
  fireEvent.click(screen.getByRole("row", { name: /PETITJEAN/ }))
  fireEvent.click(screen.getByRole("button", { name: "Accepter et demander l’entrée" }))
  await screen.findByText("Demande envoyée. La coordination doit confirmer votre identité.")
  expect(cordee.calls).toContain("accept")
  expect(screen.getByTestId("address").textContent).toBe(paths.circles)
})
