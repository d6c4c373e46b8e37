// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { answerable } from "../fixtures/structure.ts"
import { atTheDesk, show } from "./screen.tsx"
import { typeDate } from "./typing.ts"

atTheDesk()

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

async function open(): Promise<FixtureCordee> {
  const cordee = show(paths.structure, fixtureCordee({ at: "ready", me: answerable, device }))
  await screen.findByRole("button", { name: /^Changer les rôles de .*Haddad/i })
  return cordee
}

const row = (name: RegExp) =>
  within(screen.getByRole("list", { name: "Personnes" }))
    .getAllByRole("listitem")
    .find((each) => name.test(each.textContent)) ?? expect.unreachable()

test("whoever holds no role finds no such page", () => {
  show(paths.structure)
  expect(screen.queryByRole("link", { name: "Structure" })).toBeNull()
  expect(screen.getByRole("heading", { name: "Mes cercles" })).toBeDefined()
})

describe("people", () => {
  test("a role is given with what it allows, and stands on the row", async () => {
    const cordee = await open()
    press(/^Changer les rôles de .*HADDAD/i)
    const dialog = await screen.findByRole("dialog")
    fireEvent.click(within(dialog).getByRole("checkbox", { name: /^Conformité.*examine les accès exceptionnels/ }))
    press("Enregistrer", dialog)
    await screen.findByText(/^Rôles de .*HADDAD enregistrés\./i)
    expect(cordee.calls).toEqual(["appoint compliance_officer"])
    expect(row(/HADDAD/i).textContent).toContain("Conformité")
  })

  test("somebody from elsewhere keeps or loses their role, and cannot leave", async () => {
    await open()
    expect(within(row(/LANDRIN/i)).queryByRole("button", { name: /départ/ })).toBeNull()
    press(/^Changer les rôles de .*LANDRIN/i)
    const dialog = await screen.findByRole("dialog")
    expect(within(dialog).getAllByRole("checkbox")).toHaveLength(1)
  })

  test("a departure says what ends, wants a reason and a proof, then happens", async () => {
    const cordee = await open()
    press(/^Enregistrer le départ de .*HADDAD/i)
    const dialog = await screen.findByRole("alertdialog")
    expect(dialog.textContent).toContain("sort de tous les cercles")
    press(/^Enregistrer le départ de/, dialog)
    expect(await within(dialog).findByText("Indiquez le motif.")).toBeDefined()
    fireEvent.change(within(dialog).getByLabelText("Motif"), { target: { value: "Retraite" } })
    cordee.failNext = "reauthentication_required"
    press(/^Enregistrer le départ de/, dialog)
    fireEvent.change(await screen.findByLabelText("Code"), { target: { value: "123456" } })
    press("Confirmer")
    await screen.findByText(/enregistré : 3 places terminées, compte fermé\./)
    expect(cordee.calls).toEqual(["depart Retraite", "reauthenticate", "depart Retraite"])
    expect(screen.queryByText(/HADDAD/i, { selector: ".possession-name" })).toBeNull()
  })

  test("the last administrator stays", async () => {
    const cordee = await open()
    press(/^Changer les rôles de .*FERRIER/i)
    const dialog = await screen.findByRole("dialog")
    fireEvent.click(within(dialog).getByRole("checkbox", { name: /^Administration/ }))
    cordee.failNext = "last_administrator"
    press("Enregistrer", dialog)
    expect((await within(dialog).findByRole("alert")).textContent).toContain("garde toujours une administration")
  })
})

test("durations are numbers, and refused ones are worded", async () => {
  const cordee = await open()
  const field = await screen.findByLabelText(/^Après la fermeture d’un cercle/)
  const save = () => screen.getAllByRole("button", { name: "Enregistrer" }).at(-1) ?? expect.unreachable()
  fireEvent.change(field, { target: { value: "un an" } })
  expect(save().hasAttribute("disabled")).toBe(true)
  fireEvent.change(field, { target: { value: "10" } })
  cordee.failNext = "bad_duration"
  fireEvent.click(save())
  expect((await screen.findByRole("alert")).textContent).toContain("en dehors de ce que la loi permet")
  fireEvent.change(field, { target: { value: "60" } })
  fireEvent.click(save())
  await screen.findByText("Durées enregistrées.")
  expect(cordee.calls.at(-1)).toBe(
    'setRetention {"archive":60,"purge":120,"break_glass":36,"notices":180,"access":36,"security":12}',
  )
})

test("nothing is asked for a patient who is not named whole", async () => {
  await open()
  expect(screen.getByRole("button", { name: "Établir le rapport d’accès" }).hasAttribute("disabled")).toBe(true)
  expect(screen.getByRole("button", { name: "Demander l’effacement" }).hasAttribute("disabled")).toBe(true)
})

test("the report says who looked at what, and is printed or taken along as a PDF", async () => {
  const cordee = await open()
  for (const [label, value] of [
    ["Nom de naissance", "MARTIN"],
    ["Prénoms de naissance", "Louise"],
    ["Lieu de naissance", "63113"],
  ] as const) {
    fireEvent.change(screen.getByLabelText(new RegExp(`^${label}`)), { target: { value } })
  }
  typeDate(document.body, "Date de naissance", ["02", "03", "1941"])
  fireEvent.click(screen.getByRole("radio", { name: /^Féminin/ }))
  press("Établir le rapport d’accès")
  const report = await screen.findByRole("article", { name: "Ce que Cordée conserve à votre sujet" })
  expect(within(report).getByRole("heading", { name: "Qui a consulté ce cercle" })).toBeDefined()
  expect(within(report).getByText(/a ouvert la conversation.: une fois/)).toBeDefined()
  expect(report.lang).toBe("fr")
  expect(screen.getByText(/^Rapport établi.: 1 cercle\./)).toBeDefined()
  expect(screen.getByRole("button", { name: "Imprimer" })).toBeDefined()
  expect(screen.getByRole("button", { name: "Télécharger le PDF" })).toBeDefined()
  expect(cordee.calls).toEqual(["patientReport"])
})
