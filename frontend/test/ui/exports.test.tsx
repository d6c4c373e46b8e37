// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { officer } from "../fixtures/trail.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

async function open(query = ""): Promise<FixtureCordee> {
  const cordee = show(`${paths.exports}${query}`, fixtureCordee({ at: "ready", me: officer, device }))
  await screen.findByRole("heading", { name: "Exports", level: 1 })
  return cordee
}

test("whoever reviews for no organisation finds no such page", () => {
  show(paths.exports)
  expect(screen.getByRole("heading", { name: "Mes cercles" })).toBeDefined()
})

test("what was asked for says how far it is, and is fetched while it may be", async () => {
  await open()
  const list = await screen.findByRole("region", { name: "Exports demandés" })
  expect((await within(list).findByRole("progressbar")).getAttribute("aria-valuenow")).toBe("45")
  const link = within(list).getByRole("link", { name: /^Télécharger l’export demandé le .*26 novembre/ })
  expect(link.getAttribute("href")).toMatch(/^\/api\/organisations\/.*\/exports\/.*\/file$/)
  expect(list.textContent).toMatch(/1\s214 actes, 2,3\sMo\./)
  expect(list.textContent).toContain("Effacé après sept jours.")
})

test("an export is asked for as the journal was searched, with its formats and a reason", async () => {
  const cordee = await open("?all=1&group=message&out=refused&code=P-71KD4")
  const form = screen.getByRole("form", { name: "Demander un export" })
  expect(form.textContent).toContain("P-71KD4")
  const submit = within(form).getByRole("button", { name: "Demander l’export" })
  expect(submit.hasAttribute("disabled")).toBe(true)
  fireEvent.click(within(form).getByRole("checkbox", { name: "FHIR AuditEvent (IHE BALP)" }))
  fireEvent.change(within(form).getByLabelText("Pourquoi cet export"), {
    target: { value: " Demande de la direction " },
  })
  fireEvent.click(submit)
  await screen.findByText(/^Export demandé\./)
  expect(cordee.calls.at(-1)).toBe(
    'ask export {"group":["message"],"out":"refused","code":["P-71KD4"]} csv,fhir,pdf Demande de la direction',
  )
})

test("a refusal is worded and nothing that was typed is lost", async () => {
  const cordee = await open()
  const reason = screen.getByLabelText("Pourquoi cet export")
  fireEvent.change(reason, { target: { value: "Contrôle" } })
  cordee.failNext = "too_many"
  fireEvent.click(screen.getByRole("button", { name: "Demander l’export" }))
  expect(await screen.findByRole("alert")).toBeDefined()
  expect((reason as HTMLTextAreaElement).value).toBe("Contrôle")
})
