// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { invitation, jeanne, pending } from "../fixtures/circles.ts"
import { fixtureCordee, ready, type FixtureCordee } from "../fixtures/client.ts"
import type { Progress } from "../../src/core/index.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const TOKEN = "a".repeat(64)
const LINK = `${paths.welcome}#${TOKEN}`

function welcomed(): FixtureCordee {
  return show(LINK, fixtureCordee({ at: "signed_out", ended: false }))
}

test("the link of a letter says who invites, as what, until when, and leaves the address bar", async () => {
  welcomed()
  await screen.findByRole("heading", { name: "Bienvenue, Mme Lou VERDIER" })
  const main = screen.getByRole("main").textContent
  for (const words of [
    "Mme Sophie LANDRIN",
    "Infirmière, EHPAD",
    "Membre\u00a0: lit et écrit",
    "11 décembre 2025 à 14:05",
  ]) {
    expect(main).toContain(words)
  }
  expect(screen.getByTestId("address").textContent).toBe(paths.welcome)
  expect(document.body.textContent).not.toContain(TOKEN)
})

test("an address and a password open the account; the second factor follows", async () => {
  const cordee = welcomed()
  fireEvent.change(await screen.findByRole("textbox", { name: "Adresse pour vous connecter" }), {
    target: { value: " lou@cabinet.example " },
  })
  const password = screen.getByLabelText("Mot de passe")
  fireEvent.change(password, { target: { value: "court" } })
  fireEvent.click(screen.getByRole("button", { name: "Ouvrir mon compte" }))
  expect(screen.getByText("Au moins 12 caractères.")).toBeDefined()
  expect(cordee.claimed).toEqual([])
  fireEvent.change(password, { target: { value: "une longue phrase" } })
  fireEvent.click(screen.getByRole("button", { name: "Ouvrir mon compte" }))
  await waitFor(() => {
    expect(cordee.claimed).toEqual([[TOKEN, "lou@cabinet.example", "une longue phrase"]])
  })
  expect(await screen.findByLabelText("Code")).toBeDefined()
  expect(screen.getByTestId("address").textContent).toBe(paths.circles)
})

test.each([
  ["link_used", /déjà servi/],
  ["link_replaced", /courriel plus récent/],
  ["link_expired", /n’est plus valable/],
  ["invitation_not_open", /./],
])("a link that does not open says why: %s", async (code, words) => {
  const cordee = fixtureCordee({ at: "signed_out", ended: false })
  cordee.failNext = code
  show(LINK, cordee)
  await screen.findByRole("heading", { name: "Ce lien ne s’ouvre pas" })
  expect(screen.getByRole("main").textContent).toMatch(words)
  expect(screen.queryByRole("button", { name: "Ouvrir mon compte" })).toBeNull()
})

test("an address without its secret asks the server nothing", () => {
  const cordee = show(`${paths.welcome}#abc`, fixtureCordee({ at: "signed_out", ended: false }))
  expect(screen.getByText(/adresse est incomplète/)).toBeDefined()
  expect(cordee.calls).toEqual([])
})

test("where somebody is signed in the link is not even asked about", () => {
  const cordee = show(LINK, fixtureCordee(ready))
  expect(screen.getByRole("heading", { name: "Quelqu’un est connecté ici" })).toBeDefined()
  expect(cordee.calls).not.toContain("welcome")
})

test("whom the letter was not for gives it back", async () => {
  const cordee = welcomed()
  fireEvent.click(await screen.findByRole("button", { name: "Je ne suis pas Mme Lou VERDIER" }))
  fireEvent.click(await screen.findByRole("button", { name: "Retirer l’invitation" }))
  expect(await screen.findByRole("heading", { name: "Invitation retirée" })).toBeDefined()
  expect(cordee.calls).toContain("refuseWelcome")
})

test("my invitations are on a page of their own, and are answered there", async () => {
  show(paths.invitations)
  const list = screen.getByRole("list", { name: "Mes invitations" })
  expect(list.textContent).toContain("Dr Marc SAUVAGE")
  fireEvent.click(within(list).getByRole("button", { name: "Voir et répondre" }))
  expect(await screen.findByRole("dialog", { name: /Entrer dans ce cercle/ })).toBeDefined()
})

test("a patient whose name waits for the coordination is shown by initials", () => {
  const cordee = fixtureCordee()
  cordee.invitations.set([{ ...invitation, patient: null, name: "P. N.", admission: "to_ask" }])
  show(paths.invitations, cordee)
  expect(screen.getByRole("heading", { name: "P. N." })).toBeDefined()
  expect(screen.getByText(/quand la coordination aura confirmé/)).toBeDefined()
})

test("without invitations the page says so", () => {
  const cordee = fixtureCordee()
  cordee.invitations.set([])
  show(paths.invitations, cordee)
  expect(screen.getByText("Aucune invitation n’attend votre réponse.")).toBeDefined()
})

function waitingAt(progress: Progress): FixtureCordee {
  const cordee = fixtureCordee()
  const { view } = cordee.circle(jeanne)
  const { detail } = view.get()
  if (detail === null) throw new Error("no detail")
  view.set({ ...view.get(), detail: { ...detail, invitations: [{ ...pending, progress }] } })
  return show(paths.circle(jeanne), cordee)
}

async function followUp(item: string): Promise<void> {
  fireEvent.click(await screen.findByRole("button", { name: /^Suivre l’invitation/ }))
  fireEvent.click(await screen.findByRole("menuitem", { name: item }))
}

test("who was invited shows how far it has come, and is reminded", async () => {
  const cordee = waitingAt("told")
  expect(await screen.findByText("Invitation envoyée")).toBeDefined()
  await followUp("Rappeler")
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["remind", pending.id]])
  })
})

test("a reminder that comes too soon is worded", async () => {
  const cordee = waitingAt("told")
  cordee.failNext = "too_soon"
  await followUp("Rappeler")
  expect(await screen.findByText(/moins d’un jour/)).toBeDefined()
})

test("a refused address is pointed out, and another letter goes elsewhere", async () => {
  const cordee = waitingAt("letter_refused")
  expect(await screen.findByText("Adresse refusée")).toBeDefined()
  await followUp("Écrire de nouveau")
  const dialog = await screen.findByRole("dialog", { name: /Écrire de nouveau à/ })
  fireEvent.change(within(dialog).getByRole("textbox", { name: "Adresse électronique" }), {
    target: { value: "autre@cabinet.example" },
  })
  fireEvent.click(within(dialog).getByRole("button", { name: "Envoyer le courriel" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([
      ["resend", pending.id, { to: "autre@cabinet.example", language: "fr" }],
    ])
  })
})
