// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { certified } from "../fixtures/certificates.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { officer } from "../fixtures/trail.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const message = certified.message ?? expect.unreachable()

function open(
  query: string,
  cordee: FixtureCordee = fixtureCordee({ at: "ready", me: officer, device }),
): FixtureCordee {
  return show(`${paths.access}?${query}`, cordee)
}

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

test("a message that the journal came with is asked for, with a reason", async () => {
  const cordee = open(`message=${message}`)
  const dialog = await screen.findByRole("dialog")
  expect(within(dialog).getByRole("textbox", { name: /Identifiant du message/ })).toHaveProperty("value", message)
  press("Établir et inscrire", dialog)
  expect(await within(dialog).findByText(/caractères au moins/)).toBeDefined()
  fireEvent.change(within(dialog).getByRole("textbox", { name: /Pourquoi/ }), {
    target: { value: "Demande du patient" },
  })
  press("Établir et inscrire", dialog)
  await screen.findByText(/personnes avaient le droit de lire/)
  expect(cordee.calls).toContain(`certify ${message} Demande du patient`)
})

test("everybody stands there with ground, reason and devices, beside both files", async () => {
  open(`certificate=${certified.id}`)
  await screen.findByText(/personnes avaient le droit de lire/)
  const people = screen.getAllByRole("listitem").filter((each) => each.className === "entitled-person")
  const [one, other] = people.map((each) => each.textContent)
  expect(one).toMatch(/P-73KD4.*coordination, équipe de soins formalisée.*membre du groupe à l’époque 2.*par le coffre/)
  expect(other).toMatch(/hors équipe de soins \(consentement au journal\).*a quitté le groupe.*époques 0 à 2/)
  const links = screen.getAllByRole("link").map((link) => link.getAttribute("href") ?? "")
  const file = `/certificates/${certified.id}`
  expect(links.filter((each) => each.endsWith(file) || each.endsWith(`${file}/pdf`))).toHaveLength(2)
})

test("each bar of the plot is told in words", async () => {
  open(`certificate=${certified.id}`)
  const plot = await screen.findByRole("region", { name: "Qui pouvait lire, et quand" })
  expect(plot.textContent).toMatch(/du 24\/11\/2025 .* à 26\/11\/2025/)
})

test("it is checked on this device, step by step", async () => {
  open(`certificate=${certified.id}`)
  await screen.findByText(/personnes avaient le droit de lire/)
  press("Vérifier ici")
  expect(await screen.findByText("Intact")).toBeDefined()
  expect(screen.getByText(/16 actes inscrits au journal/)).toBeDefined()
})

test("it turns red when it does not hold", async () => {
  const cordee = fixtureCordee({ at: "ready", me: officer, device })
  const broken = { passed: ["signature"], failed: "acts", acts: 16 } as const
  const trail = { ...cordee.trail, checkCertificate: () => Promise.resolve(broken) }
  open(`certificate=${certified.id}`, { ...cordee, trail })
  await screen.findByText(/personnes avaient le droit de lire/)
  press("Vérifier ici")
  expect((await screen.findByRole("alert")).textContent).toMatch(/ne tient pas/)
})

test("whoever is no officer finds no such page", () => {
  show(paths.access)
  expect(screen.getByRole("heading", { name: "Mes cercles" })).toBeDefined()
})
