// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { device, fixtureCordee } from "../fixtures/client.ts"
import { registrar } from "../fixtures/registry.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

/** Rail, then tabs: both are in the page, and the stylesheet shows one of them. */
function tabs(): HTMLElement {
  return screen.getAllByRole("navigation", { name: "Principal" })[1] ?? expect.unreachable()
}

async function more(): Promise<(string | null)[]> {
  fireEvent.click(within(tabs()).getByRole("button", { name: "Plus" }))
  const menu = await screen.findByRole("menu", { name: "Plus" })
  return within(menu)
    .getAllByRole("menuitem")
    .map((item) => item.textContent)
}

test("a phone has at most five tabs, and leads everywhere", async () => {
  show(paths.circles, fixtureCordee({ at: "ready", me: registrar, device }))
  const first = within(tabs()).getAllByRole("link")
  expect(first.length).toBeLessThan(5)
  expect(first[0]?.getAttribute("aria-current")).toBe("page")
  const rail = screen.getAllByRole("navigation", { name: "Principal" })[0] ?? expect.unreachable()
  const everywhere = within(rail).getAllByRole("link").slice(1)
  expect([...first.map((link) => link.textContent), ...(await more())]).toEqual(
    everywhere.map((link) => link.textContent),
  )
})

test("behind Plus stands what is not every day’s, and Plus says that one is there", async () => {
  show(paths.circles)
  expect(await more()).not.toContain("Attester")
  fireEvent.click(screen.getByRole("menuitem", { name: "Sécurité" }))
  expect(await screen.findByRole("heading", { name: "Sécurité et réglages" })).toBeDefined()
  expect(screen.getByTestId("address").textContent).toBe("/securite")
  expect(within(tabs()).getByRole("button", { name: "Plus" }).getAttribute("aria-current")).toBe("page")
})
