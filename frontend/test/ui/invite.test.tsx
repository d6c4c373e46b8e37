// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { atTheDesk, show } from "./screen.tsx"
import { typeDate } from "./typing.ts"

atTheDesk()

async function search(): Promise<HTMLElement> {
  fireEvent.change(screen.getByRole("searchbox", { name: "Nom, profession, structure ou lieu" }), {
    target: { value: "kinésithérapeute" },
  })
  return screen.findByRole("grid", { name: "Professionnels de l’annuaire" })
}

async function choose(name: RegExp): Promise<void> {
  const found = await search()
  fireEvent.click(await within(found).findByRole("row", { name }))
}

test("someone who cannot be invited stays in the list and says why", async () => {
  show(paths.invite(jeanne))
  const found = await search()
  const merle = await within(found).findByRole("row", {
    name: /^M. Paul MERLE, Ostéopathe.*Ne peut être invité\u00a0: profession hors de la liste/,
  })
  expect(merle.textContent).toContain("Profession hors de la liste R1110-2")
  merle.focus()
  expect(document.activeElement).toBe(merle)
  expect(within(found).getByRole("row", { name: /BRUNEL.*Déjà membre/ })).toBeDefined()
})

test("pressing someone who cannot be invited chooses nobody", async () => {
  show(paths.invite(jeanne))
  await choose(/MERLE/)
  expect(screen.queryByRole("button", { name: "Inviter et signer" })).toBeNull()
})

test("the sentence says the whole act before it is signed", async () => {
  show(paths.invite(jeanne))
  await choose(/DUCASSE/)
  const act = (await screen.findByRole("button", { name: "Inviter et signer" })).closest("form")
  expect(act?.textContent).toContain(
    "M. Malik DUCASSE lira la suite du cercle de Jeanne AUBERTIN et pourra y écrire, sans date de fin. Les autres membres le verront.",
  )
})

test("without a legal ground nobody is invited", async () => {
  const cordee = show(paths.invite(jeanne))
  await choose(/DUCASSE/)
  fireEvent.click(await screen.findByRole("button", { name: "Inviter et signer" }))
  expect(screen.getByText(/sans motif, personne n’entre/)).toBeDefined()
  expect(cordee.circle(jeanne).invited).toEqual([])
})

test("outside the team nobody is invited without the patient's dated consent, and it goes with the invitation", async () => {
  const cordee = show(paths.invite(jeanne))
  await choose(/DUCASSE/)
  fireEvent.click(await screen.findByRole("radio", { name: "Hors équipe" }))
  const consent = screen.getByRole("group", { name: "Accord préalable de la patiente" })
  fireEvent.click(screen.getByRole("button", { name: "Inviter et signer" }))
  expect(consent.textContent).toContain("Indiquez la date.")
  typeDate(consent, "Accord donné le", ["26", "11", "2025"])
  fireEvent.click(screen.getByRole("button", { name: "Inviter et signer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).invited[0]).toMatchObject({
      ground: "outside_team",
      consent: { givenOn: "2025-11-26", how: "spoken" },
    })
  })
})

test("an invitation goes to the circle with candidate, role and ground", async () => {
  const cordee = show(paths.invite(jeanne))
  await choose(/DUCASSE/)
  fireEvent.click(await screen.findByRole("radio", { name: "Équipe formalisée" }))
  fireEvent.click(screen.getByRole("button", { name: "Inviter et signer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).invited).toHaveLength(1)
  })
  expect(cordee.circle(jeanne).invited[0]).toMatchObject({ role: "member", ground: "formal_team", notAfter: null })
  expect(cordee.circle(jeanne).invited[0]?.candidate.family_name).toBe("Ducasse")
})

test("a refused invitation is worded and keeps what was chosen", async () => {
  const cordee = show(paths.invite(jeanne))
  await choose(/DUCASSE/)
  fireEvent.click(await screen.findByRole("radio", { name: "Équipe formalisée" }))
  cordee.failNext = "already_invited"
  fireEvent.click(screen.getByRole("button", { name: "Inviter et signer" }))
  expect((await screen.findByRole("alert")).textContent).toContain("déjà une invitation en cours")
  expect(screen.getByRole<HTMLInputElement>("radio", { name: "Équipe formalisée" }).checked).toBe(true)
})

test("somebody who has not opened Cordée yet is invited with a word about what follows", async () => {
  show(paths.invite(jeanne))
  await choose(/ARNAL/)
  expect(screen.getByText(/n’a pas encore ouvert Cordée/).textContent).toBe(
    "M. Joris ARNAL n’a pas encore ouvert Cordée\u00a0: son entrée attendra une confirmation.",
  )
})

test("somebody without an account is written to at the secure mailbox, or at an address that is typed", async () => {
  const cordee = show(paths.invite(jeanne))
  await choose(/VERDIER/)
  expect(screen.getByText("lou.verdier@demo.mssante.example")).toBeDefined()
  expect(screen.getByText(/Bonjour Mme Lou VERDIER/).textContent).not.toContain("AUBERTIN")
  fireEvent.click(screen.getByRole("radio", { name: "Équipe formalisée" }))
  fireEvent.click(screen.getByRole("radio", { name: "Une autre adresse" }))
  fireEvent.click(screen.getByRole("button", { name: "Inviter et signer" }))
  expect(screen.getByText(/Indiquez une adresse/)).toBeDefined()
  expect(cordee.circle(jeanne).invited).toEqual([])
  fireEvent.change(screen.getByRole("textbox", { name: "Adresse électronique" }), {
    target: { value: " lou@cabinet.example " },
  })
  fireEvent.click(screen.getByRole("button", { name: "Inviter et signer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).invited).toHaveLength(1)
  })
  expect(cordee.circle(jeanne).invited[0]?.letter).toEqual({ to: "lou@cabinet.example", language: "fr" })
})

test("a team is invited one by one, and each says how it went", async () => {
  const cordee = show(paths.invite(jeanne))
  fireEvent.click(screen.getByRole("button", { name: "Inviter une équipe" }))
  const dialog = await screen.findByRole("dialog", { name: "Inviter une équipe" })
  fireEvent.change(within(dialog).getByRole("searchbox"), { target: { value: "kinésithérapeute" } })
  fireEvent.click(await within(dialog).findByRole("button", { name: "Tout choisir" }))
  expect(within(dialog).queryByText(/BRUNEL/)).toBeNull()
  fireEvent.click(within(dialog).getByRole("radio", { name: "Équipe formalisée" }))
  cordee.failNext = "already_invited"
  fireEvent.click(within(dialog).getByRole("button", { name: "Inviter 4 personnes et signer" }))
  await within(dialog).findByText("4 sur 4")
  expect(within(dialog).getAllByText("Invitation signée")).toHaveLength(3)
  const refused = within(dialog).getByText("Refusée").closest("li")
  expect(refused?.textContent).toMatch(/DUCASSE.*déjà une invitation en cours/)
  const invited = cordee.circle(jeanne).invited
  expect(invited.map(({ candidate }) => candidate.family_name)).toEqual(["Pradel", "Arnal", "Verdier"])
  expect(invited.map(({ letter }) => letter)).toEqual([undefined, undefined, { to: null, language: "fr" }])
  expect(new Set(invited.map(({ ground }) => ground))).toEqual(new Set(["formal_team"]))
})
