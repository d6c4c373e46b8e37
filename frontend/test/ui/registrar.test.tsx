// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { registrar } from "../fixtures/registry.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

const question = () => screen.findByRole("alertdialog")

function desk(): FixtureCordee {
  return show(paths.attest, fixtureCordee({ at: "ready", me: registrar, device }))
}

/** The desk of a registrar whose organisation has a key. */
async function withKey(): Promise<FixtureCordee> {
  const cordee = fixtureCordee({ at: "ready", me: registrar, device })
  await cordee.makeSteward(registrar.organisations[0]?.id ?? expect.unreachable())
  cordee.calls.length = 0
  show(paths.attest, cordee)
  await screen.findByText("Cercle ouvert le 02/10/2025")
  return cordee
}

function people(): (string | null)[] {
  const list = screen.getByRole("list", { name: "Professionnels", hidden: true })
  return within(list)
    .getAllByRole("listitem", { hidden: true })
    .map((row) => row.textContent)
}

test("whoever is no registrar finds no such page", () => {
  show(paths.attest)
  expect(screen.queryByRole("link", { name: "Attester" })).toBeNull()
  expect(screen.getByRole("heading", { name: "Mes cercles" })).toBeDefined()
})

test("the organisation's key is made after a proof, and people appear", async () => {
  const cordee = desk()
  expect(screen.getAllByRole("link", { name: "Attester" })[0]).toBeDefined()
  await screen.findByText(/n’a pas encore de clé/)
  cordee.failNext = "reauthentication_required"
  press("Créer la clé de la structure")
  fireEvent.change(await screen.findByLabelText("Code"), { target: { value: "123456" } })
  press("Confirmer")
  await screen.findByText("LANDRIN Sophie")
  expect(cordee.calls).toEqual(["makeSteward", "reauthenticate", "makeSteward"])
})

describe("attesting", () => {
  test("who waits stands first, with number, profession and since when", async () => {
    await withKey()
    expect(people()).toEqual([
      expect.stringMatching(/^LANDRIN SophieInfirmière, numéro national 10990000003Identité créée le 20\/11\/2025/),
      expect.stringMatching(/^HADDAD Nadia.*Pas encore d’identité$/),
      expect.stringMatching(/^FERRIER Anne-Laure.*Attestée$/),
    ])
  })

  test("the safety number can be compared from the row", async () => {
    await withKey()
    press("Comparer le numéro de sécurité avec LANDRIN Sophie")
    const dialog = await screen.findByRole("dialog")
    expect(await within(dialog).findByRole("list", { name: /^Numéro de sécurité/ })).toBeDefined()
  })

  test("nothing is signed before both checks are made", async () => {
    const cordee = await withKey()
    press(/^Attester l’identité.*LANDRIN Sophie$/)
    const dialog = await question()
    fireEvent.click(within(dialog).getByRole("checkbox", { name: /^Sa carte professionnelle/ }))
    press("Attester et signer", dialog)
    expect(within(dialog).getByRole("alert").textContent).toContain("Faites les deux vérifications")
    expect(cordee.calls).toEqual([])
    fireEvent.click(within(dialog).getByRole("checkbox", { name: /^Le numéro de sécurité/ }))
    press("Attester et signer", dialog)
    await screen.findByText("Identité de LANDRIN Sophie attestée.")
    expect(cordee.calls[0]).toMatch(/^attest .*0003$/)
    expect(people()[2]).toMatch(/^LANDRIN Sophie.*Attestée$/)
  })

  test("a registrar without the key is told who can", async () => {
    const cordee = await withKey()
    press(/^Attester l’identité.*LANDRIN Sophie$/)
    const dialog = await question()
    for (const box of within(dialog).getAllByRole("checkbox")) fireEvent.click(box)
    cordee.failNext = "not_allowed"
    press("Attester et signer", dialog)
    expect((await within(dialog).findByRole("alert")).textContent).toContain("dans le coffre d’une autre personne")
  })
})

test("a circle without coordination goes to a member, who is named before it is signed", async () => {
  const cordee = await withKey()
  press("Confier la coordination à BENALI Karim")
  const dialog = await question()
  expect(dialog.textContent).toContain("BENALI Karim, Pharmacien, prend la coordination du cercle ouvert le 02/10/2025")
  expect(cordee.calls).toEqual([])
  press("Confier à BENALI Karim", dialog)
  await screen.findByText("Coordination confiée à BENALI Karim.")
  expect(cordee.calls[0]).toMatch(/^restoreCoordinator .*0005$/)
  expect(await screen.findByText(/^Aucun\./)).toBeDefined()
})
