// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test, vi } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { subjectCode } from "../../src/features/trail/code.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { circle, nurse, officer, patient } from "../fixtures/trail.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

async function open(query = ""): Promise<FixtureCordee> {
  const cordee = show(`${paths.holds}${query}`, fixtureCordee({ at: "ready", me: officer, device }))
  await screen.findByRole("heading", { name: "Conservations imposées", level: 1 })
  return cordee
}

const form = (): HTMLElement => screen.getByRole("form", { name: "Imposer une conservation" })
const list = (): HTMLElement => screen.getByRole("region", { name: "Conservations de l’organisation" })

function type(label: string, value: string): void {
  fireEvent.change(within(form()).getByLabelText(label), { target: { value } })
}

function begin(): void {
  fireEvent.click(within(form()).getByRole("button", { name: "Imposer et inscrire" }))
}

test("each hold says on whom, since when, by whom, and how far it is from being lifted", async () => {
  await open()
  await within(list()).findByText("Patient T-KCQPR et ses cercles")
  const said = within(list())
    .getAllByRole("listitem")
    .map((row) => row.textContent)
  expect(said[0]).toContain("Depuis le 26 novembre, par Mme Aude VIGIER")
  expect(said[0]).toContain("En vigueur, levée demandée")
  expect(said[1]).toMatch(/^Actes du 01\/03\/2025 au 31\/03\/2025/)
  expect(said[2]).toContain("Levée le 24 novembre")
  const acts = within(list()).getByRole("link", { name: /^Voir au journal\s: Patient/ })
  expect(acts.getAttribute("href")).toMatch(/^\/journal\?all=1&obj=Hold%2F/)
})

test("whom the journal followed is held, once there is a reason", async () => {
  const cordee = await open(`?pat=${patient}`)
  type("Pourquoi cette conservation", " Expertise judiciaire ")
  begin()
  await screen.findByText("La conservation est en vigueur.")
  expect(cordee.calls.at(-1)).toBe(`hold {"kind":"Patient","pseudonym":"${patient}"} Expertise judiciaire`)
})

test("a typed code is looked up in the trail; one that it does not know is refused beside the field", async () => {
  const cordee = await open()
  type("Pourquoi cette conservation", "Contentieux")
  type("Code", "P-00000")
  begin()
  expect(await within(form()).findByText(/ne nomme personne par ce code/)).toBeDefined()
  expect(cordee.calls.some((call) => call.startsWith("hold "))).toBe(false)
  type("Code", "p73kd4")
  begin()
  await screen.findByText("La conservation est en vigueur.")
  expect(cordee.calls.at(-1)).toBe(`hold {"kind":"Person","pseudonym":"${nurse}"} Contentieux`)
})

test("a period needs both its ends", async () => {
  await open()
  fireEvent.click(within(form()).getByRole("radio", { name: "Période" }))
  type("Pourquoi cette conservation", "Contrôle de la CNIL")
  expect(within(form()).getByRole("button", { name: "Imposer et inscrire" }).hasAttribute("disabled")).toBe(true)
  expect(form().textContent).toContain("aucun acte accompli pour votre organisation dans cette période n’est élagué")
})

test("one officer asks, and what another has asked is lifted", async () => {
  const cordee = await open()
  fireEvent.click(await within(list()).findByRole("button", { name: /^Lever la conservation\s: Patient/ }))
  const dialog = await screen.findByRole("dialog", { name: "Lever la conservation" })
  expect(dialog.textContent).toContain("sans retour")
  fireEvent.change(within(dialog).getByLabelText("Raison"), { target: { value: "Affaire classée sans suite" } })
  fireEvent.click(within(dialog).getByRole("button", { name: "Lever la conservation" }))
  await screen.findByText("La conservation est levée.")

  const again = await screen.findByRole("region", { name: "Conservations de l’organisation" })
  fireEvent.click(within(again).getByRole("button", { name: /^Demander la levée\s: Actes/ }))
  const second = await screen.findByRole("dialog", { name: "Demander la levée" })
  fireEvent.change(within(second).getByLabelText("Raison"), { target: { value: "Contrôle terminé" } })
  fireEvent.click(within(second).getByRole("button", { name: "Demander la levée" }))
  await screen.findByText("En vigueur, un autre responsable doit confirmer la levée")
  expect(cordee.calls.filter((call) => call.startsWith("lift "))).toHaveLength(2)
  expect(within(again).queryByRole("button")).toBeNull()
})

test("a refusal is worded and nothing that was typed is lost", async () => {
  const cordee = await open(`?cir=${circle}`)
  type("Pourquoi cette conservation", "Contentieux")
  cordee.failNext = "not_found"
  begin()
  expect(await within(form()).findByRole("alert")).toBeDefined()
  expect(within(form()).getByLabelText<HTMLTextAreaElement>("Pourquoi cette conservation").value).toBe("Contentieux")
})

test("on a phone one reads", async () => {
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }))
  await open()
  await within(list()).findByText("Patient T-KCQPR et ses cercles")
  expect(screen.queryByRole("form")).toBeNull()
  expect(within(list()).queryByRole("button")).toBeNull()
})

test("from an act in the journal one reaches the hold of each whom it names", async () => {
  const code = subjectCode("Circle", circle)
  show(`${paths.journal}?all=1`, fixtureCordee({ at: "ready", me: officer, device }))
  fireEvent.click((await screen.findAllByText(/ouvre l’historique/))[0] ?? expect.unreachable())
  fireEvent.click(await screen.findByRole("link", { name: `Imposer la conservation de ${code}` }))
  expect(screen.getByTestId("address").textContent).toBe(paths.holds)
  expect(within(form()).getByLabelText<HTMLInputElement>("Code").value).toBe(code)
})

test("the acts of one hold are searched for in words", async () => {
  show(`${paths.journal}?all=1&obj=Hold/${circle}`, fixtureCordee({ at: "ready", me: officer, device }))
  expect((await screen.findByText(/^objet\s: conservation imposée /)).textContent).toContain(circle.slice(-6))
})
