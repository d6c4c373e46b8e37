// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

/** The security page, with the list of passkeys drawn. */
async function security(cordee: FixtureCordee = fixtureCordee()): Promise<FixtureCordee> {
  show(paths.security, cordee)
  await screen.findByRole("list", { name: "Clés d’accès" })
  return cordee
}

function keys(): string[] {
  return within(screen.getByRole("list", { name: "Clés d’accès", hidden: true }))
    .getAllByRole("listitem", { hidden: true })
    .map((row) => row.textContent)
}

async function askToAdd(name: string): Promise<HTMLElement> {
  fireEvent.click(screen.getByRole("button", { name: "Ajouter une clé d’accès" }))
  const dialog = await screen.findByRole("dialog", { name: "Ajouter une clé d’accès" })
  fireEvent.change(within(dialog).getByLabelText("Nom de la clé"), { target: { value: name } })
  fireEvent.click(within(dialog).getByRole("button", { name: "Continuer" }))
  return dialog
}

test("each says its name, since when it is there and when it was used", async () => {
  await security()
  expect(keys()).toEqual(["TéléphoneAjoutée le 14/09/2025, utilisée le 26/11/2025 à 22:14Retirer"])
})

test("one is added after a proof, in the same dialog", async () => {
  const cordee = await security()
  cordee.failNext = "reauthentication_required"
  const dialog = await askToAdd(" Clé du bureau ")
  fireEvent.change(await within(dialog).findByLabelText("Code"), { target: { value: "123 456" } })
  fireEvent.click(within(dialog).getByRole("button", { name: "Confirmer" }))
  expect(await screen.findByText("Clé d’accès ajoutée.")).toBeDefined()
  expect(cordee.calls).toEqual(["addPasskey", "reauthenticate", "addPasskey"])
  expect(keys()[1]).toMatch(/^Clé du bureauAjoutée le 27\/11\/2025, pas encore utilisée/)
  expect(screen.queryByRole("dialog")).toBeNull()
})

test("a wrong proof is said at the code, and asked again", async () => {
  const cordee = await security()
  cordee.failNext = "reauthentication_required"
  const dialog = await askToAdd("Clé du bureau")
  const code = await within(dialog).findByLabelText("Code")
  cordee.failNext = "wrong_code"
  fireEvent.change(code, { target: { value: "000000" } })
  fireEvent.click(within(dialog).getByRole("button", { name: "Confirmer" }))
  expect(await within(dialog).findByText(/^Ce code n’est pas le bon/)).toBeDefined()
  expect(cordee.calls).toEqual(["addPasskey", "reauthenticate"])
})

test.each([
  ["passkey_cancelled", "a été interrompue. Rien n’a été ajouté"],
  ["passkey_exists", "garde déjà une clé d’accès"],
  ["passkey_unfit", "n’a pas pu être créée"],
  ["no_passkeys", "ne propose pas de clé d’accès"],
])("words %s, and keeps the name", async (code, words) => {
  const cordee = await security()
  cordee.failNext = code
  const dialog = await askToAdd("Clé du bureau")
  expect((await within(dialog).findByRole("alert")).textContent).toContain(words)
  expect(within(dialog).getByLabelText<HTMLInputElement>("Nom de la clé").value).toBe("Clé du bureau")
  expect(keys()).toHaveLength(1)
})

test("one without a name is not asked for", async () => {
  const cordee = await security()
  const dialog = await askToAdd("  ")
  expect(within(dialog).getByText("Donnez un nom à la clé.")).toBeDefined()
  expect(cordee.calls).toEqual([])
})

test("one is removed, with a passkey as the proof", async () => {
  const cordee = await security()
  fireEvent.click(screen.getByRole("button", { name: /^Retirer la clé d’accès.*Téléphone$/ }))
  const dialog = await screen.findByRole("alertdialog", { name: /Retirer cette clé/ })
  cordee.failNext = "reauthentication_required"
  fireEvent.click(within(dialog).getByRole("button", { name: "Retirer la clé" }))
  fireEvent.click(await within(dialog).findByRole("button", { name: "Utiliser une clé d’accès" }))
  expect(await screen.findByText("Vous n’en avez pas encore.")).toBeDefined()
  expect(cordee.calls).toEqual(["removePasskey", "reauthenticateWithPasskey", "removePasskey"])
})

test("the last factor stays, and it is said why", async () => {
  const cordee = await security()
  fireEvent.click(screen.getByRole("button", { name: /^Retirer la clé d’accès.*Téléphone$/ }))
  const dialog = await screen.findByRole("alertdialog")
  cordee.failNext = "last_factor"
  fireEvent.click(within(dialog).getByRole("button", { name: "Retirer la clé" }))
  await waitFor(() => {
    expect(within(dialog).getByRole("alert").textContent).toContain("Ajoutez-en un autre avant de retirer celui-ci")
  })
  expect(keys()).toHaveLength(1)
})
