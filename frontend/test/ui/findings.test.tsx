// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { weeksOf } from "../../src/features/findings/weeks.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { subjectCode } from "../../src/features/trail/code.ts"
import frWords from "../../src/locales/fr/findings.json"
import { RULES } from "../../src/core/index.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { circle, officer, outsider } from "../fixtures/trail.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

async function open(): Promise<FixtureCordee> {
  const cordee = show(paths.findings, fixtureCordee({ at: "ready", me: officer, device }))
  await screen.findByRole("grid", { name: "Écarts relevés" })
  return cordee
}

const rows = (): readonly HTMLElement[] =>
  within(screen.getByRole("grid", { name: "Écarts relevés" })).getAllByRole("row")
const press = (name: string | RegExp): void => {
  fireEvent.click(screen.getByRole("button", { name }))
}
const choose = (name: RegExp): void => {
  fireEvent.click(rows().find((each) => name.test(each.textContent)) ?? expect.unreachable())
}

test("whoever reviews for no organisation finds no such page", () => {
  show(paths.findings)
  expect(screen.queryByRole("link", { name: "Écarts" })).toBeNull()
  expect(screen.getByRole("heading", { name: "Mes cercles" })).toBeDefined()
})

test("what stands out is listed with whom it is about and what was counted", async () => {
  await open()
  const links = screen.getAllByRole("link", { name: "Écarts" }) // the rail's and the tab's
  expect(links.map((each) => each.getAttribute("aria-current"))).toEqual(["page", "page"])
  const [first] = rows()
  expect(first?.textContent).toContain(
    `Refusé puis admis ${subjectCode("Person", outsider)} ${subjectCode("Circle", circle)}`,
  )
  expect(first?.textContent).toMatch(/Refus\s: 4.*À examiner/)
  expect(
    screen.getByText(/^4 écarts en 26 semaines, dont 1 confirmés\. Semaine la plus chargée.*24 novembre/),
  ).toBeDefined()
})

test("a rule narrows the list and says what it finds", async () => {
  await open()
  fireEvent.click(screen.getByRole("option", { name: /^Lectures en nombre/ }))
  expect(await screen.findByText(/^Bien plus de cercles ou de fichiers/)).toBeDefined()
  expect((await screen.findAllByRole("row")).map((each) => each.textContent)).toEqual([
    expect.stringMatching(/Cercles en un jour\s: 45 \(d’habitude 12 au plus\)/),
  ])
})

test("a finding is reviewed with words and leaves those that wait", async () => {
  const cordee = await open()
  choose(/^Lectures en nombre/)
  const review = await screen.findByRole("region", { name: "Votre avis" })
  const confirm = within(review).getByRole("button", { name: "Expliqué" })
  expect(confirm.hasAttribute("disabled")).toBe(true)
  fireEvent.change(within(review).getByLabelText("Ce que vous avez constaté"), {
    target: { value: "Tournée du dimanche" },
  })
  fireEvent.click(confirm)
  await screen.findByText("Avis enregistré.")
  expect(cordee.calls).toEqual(["annotate Tournée du dimanche explained"])
  expect(await screen.findByText("Tournée du dimanche")).toBeDefined()
  expect(await screen.findByRole("button", { name: "Rouvrir" })).toBeDefined()
  expect(rows()).toHaveLength(2)
})

test("the acts it rests on are those of the journal, and lead there", async () => {
  await open()
  choose(/^Refusé puis admis/)
  const evidence = await screen.findByRole("region", { name: "Actes en cause" })
  expect(within(evidence).getAllByRole("listitem")).toHaveLength(4)
  const link = within(evidence).getByRole("link", { name: "Voir dans le journal" })
  expect(link.getAttribute("href")).toMatch(/^\/journal\?from=2025-11-26&to=2025-11-26&who=bbeb8000-/)
})

test("nobody reviews what they did themselves", async () => {
  await open()
  choose(/^Exports/)
  expect(await screen.findByText(/^Cet écart porte sur vos propres actes/)).toBeDefined()
  expect(screen.queryByRole("region", { name: "Votre avis" })).toBeNull()
})

test("a threshold is chosen within its bounds, and the default is not written down", async () => {
  const cordee = await open()
  fireEvent.click(screen.getByRole("radio", { name: "Seuils" }))
  const field = await screen.findByLabelText("Cercles lus en un jour")
  fireEvent.change(field, { target: { value: "501" } })
  expect(await screen.findByText("Un nombre entier entre les bornes.")).toBeDefined()
  expect(screen.getByRole("button", { name: "Enregistrer" }).hasAttribute("disabled")).toBe(true)
  fireEvent.change(field, { target: { value: "60" } })
  press("Enregistrer")
  await screen.findByText("Seuils enregistrés.")
  expect(cordee.calls).toEqual(['setThresholds {"bulk_circles":60,"night_from":21}'])
})

test("the report of a month is fetched as PDF", async () => {
  await open()
  fireEvent.click(screen.getByRole("radio", { name: "Rapports mensuels" }))
  const link = await screen.findByRole("link", { name: "Télécharger le PDF de octobre 2025" })
  expect(link.getAttribute("href")).toMatch(/\/monthly-reports\/2025-10-01\/pdf$/)
})

test("each rule has its words", () => {
  expect(Object.keys(frWords.rule)).toEqual([...RULES])
})

test("the plot has every week of the last half year, of one rule or of all", () => {
  const weeks = [
    { rule: "bulk", week: "2025-11-24", n: 2, confirmed: 1 },
    { rule: "exports", week: "2025-11-24", n: 1, confirmed: 0 },
  ] as const
  const all = weeksOf(weeks, null, "2025-11-30")
  expect(all).toHaveLength(26)
  expect(all[0]).toEqual({ week: "2025-06-02", n: 0, confirmed: 0 })
  expect(all.at(-1)).toEqual({ week: "2025-11-24", n: 3, confirmed: 1 })
  expect(weeksOf(weeks, "bulk", "2025-11-30").at(-1)?.n).toBe(2)
})
