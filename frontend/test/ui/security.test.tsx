// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function card(name: string): HTMLElement {
  return screen.getByRole("region", { name })
}

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

test("signing out leaves an address that names nothing of what was open", async () => {
  show(paths.circle(jeanne))
  fireEvent.click(screen.getByRole("button", { name: /^Mon compte/ }))
  fireEvent.click(await screen.findByRole("button", { name: "Se déconnecter" }))
  expect(await screen.findByRole("heading", { name: "Se connecter" })).toBeDefined()
  await waitFor(() => {
    expect(screen.getByTestId("address").textContent).toBe(paths.circles)
  })
})

test("a sign-out that did not succeed is said, and one stays signed in", async () => {
  const cordee = show(paths.security)
  cordee.failNext = "offline"
  fireEvent.click(within(card("Mon compte")).getByRole("button", { name: "Se déconnecter" }))
  expect(await screen.findByText(/Le serveur ne répond pas/)).toBeDefined()
  expect(screen.getByRole("heading", { name: "Sécurité et réglages" })).toBeDefined()
})
