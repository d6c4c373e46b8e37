// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function card(name: string): HTMLElement {
  return screen.getByRole("region", { name })
}

test("this device stands first, removed ones last", async () => {
  show(paths.security)
  const rows = await within(card("Mes appareils")).findAllByRole("listitem")
  expect(rows.map((row) => row.textContent)).toEqual([
    expect.stringMatching(/^Chrome, poste de soins 2.*Cet appareil$/),
    expect.stringMatching(/^Firefox, Android/),
    expect.stringMatching(/^Chrome, Windows.*Retiré$/),
  ])
})

test("the language is a setting", async () => {
  show(paths.security)
  fireEvent.click(screen.getByRole("radio", { name: "English" }))
  expect(await screen.findByRole("heading", { name: "Security and settings" })).toBeDefined()
  expect(document.documentElement.lang).toBe("en")
  fireEvent.click(screen.getByRole("radio", { name: "Français" }))
  expect(await screen.findByRole("heading", { name: "Sécurité et réglages" })).toBeDefined()
})

test("the appearance is a setting", () => {
  show(paths.security)
  fireEvent.click(screen.getByRole("radio", { name: "Sombre" }))
  expect(document.documentElement.dataset["theme"]).toBe("dark")
  fireEvent.click(screen.getByRole("radio", { name: "Système" }))
  expect(document.documentElement.dataset["theme"]).toBeUndefined()
})
