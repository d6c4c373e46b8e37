// @vitest-environment jsdom
import { fireEvent, screen } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

test("the banner is a landmark that names the patient in full", () => {
  show(paths.circle(jeanne))
  const banner = screen.getByRole("region", {
    name: "Patient\u00a0: AUBERTIN Jeanne, femme, 84\u00a0ans, née le 12 mars 1941, identité qualifiée",
  })
  expect(banner.textContent).toContain("Nom proche\u00a0: AUBERTIN Jean")
  expect(banner.textContent).toContain("INS 2\u00a041\u00a003\u00a038\u00a0421\u00a0056\u00a038")
})

test("the banner is announced at each switch of circle", () => {
  show(paths.circle(jeanne))
  const live = document.querySelector("[aria-live=polite]")
  expect(live?.textContent).toContain("AUBERTIN Jeanne, femme, 84\u00a0ans")
  fireEvent.click(screen.getByRole("row", { name: /GRANDVAUX/ }))
  expect(live?.textContent).toContain("GRANDVAUX Émile, homme, 91\u00a0ans")
})

test("the banner stands over an invitation too", () => {
  show(paths.invite(jeanne))
  expect(screen.getByRole("region", { name: /AUBERTIN Jeanne, femme/ })).toBeDefined()
})

test("neither the title of the tab nor the address names the patient", () => {
  show(paths.circle(jeanne))
  // How much waits, and where one is: no name.
  expect(document.title).toMatch(/^\(\d+\) Cercle · Cordée$/)
  expect(paths.circle(jeanne)).toMatch(/^\/cercles\/[0-9a-f-]{36}$/)
})
