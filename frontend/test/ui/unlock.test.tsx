// @vitest-environment jsdom
import { fireEvent, screen } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { fixtureCordee, recoveryCode, type FixtureCordee } from "../fixtures/client.ts"
import { me } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function locked(passkeys: number): FixtureCordee {
  return show("/", fixtureCordee({ at: "locked", me, passkeys }))
}

const passkeyButton = () => screen.queryByRole("button", { name: "Ouvrir avec une clé d’accès" })
const press = (name: string) => {
  fireEvent.click(screen.getByRole("button", { name }))
}

function giveGroupAskedBack(): void {
  const asked = /Recopiez le groupe (\d)/.exec(screen.getByText(/^Recopiez le groupe/).textContent)
  const group = recoveryCode[Number(asked?.[1]) - 1] ?? ""
  fireEvent.change(screen.getByLabelText(/^Recopiez le groupe/), { target: { value: group } })
}

describe("a passkey", () => {
  test("is offered only where one opens the vault", () => {
    locked(0)
    expect(passkeyButton()).toBeNull()
  })

  test("opens it", async () => {
    const cordee = locked(1)
    press("Ouvrir avec une clé d’accès")
    expect(await screen.findByRole("heading", { name: "Rejoindre vos cercles" })).toBeDefined()
    expect(cordee.calls).toEqual(["unlockWithPasskey"])
  })

  test("that has no secret is said plainly, and the code remains", async () => {
    const cordee = locked(1)
    cordee.failNext = "no_prf"
    press("Ouvrir avec une clé d’accès")
    expect((await screen.findByRole("alert")).textContent).toContain("elle ne sait pas ouvrir un coffre")
    expect(screen.getByRole("textbox", { name: /^Code de récupération/ })).toBeDefined()
  })
})

describe("when nothing is left", () => {
  test("all consequences are said before anything is done", () => {
    const cordee = locked(0)
    press("Je n’ai plus aucun moyen d’ouvrir mon coffre")
    expect(document.activeElement).toBe(screen.getByRole("heading", { name: "Refaire votre identité" }))
    const said = screen.getAllByRole("listitem").map((item) => item.textContent)
    expect(said).toEqual([
      expect.stringContaining("voient que votre identité a changé"),
      expect.stringContaining("confirme à la main"),
      expect.stringContaining("ne revient que si la coordination"),
      expect.stringContaining("autres appareils sont retirés"),
    ])
    expect(cordee.calls).toEqual([])
    press("Revenir en arrière")
    expect(screen.getByRole("heading", { name: "Déverrouiller vos messages" })).toBeDefined()
  })

  test("a proof of presence comes first, then a new code, then the circles", async () => {
    const cordee = locked(0)
    press("Je n’ai plus aucun moyen d’ouvrir mon coffre")
    cordee.failNext = "reauthentication_required"
    press("Refaire mon identité")
    fireEvent.change(await screen.findByLabelText("Code"), { target: { value: "123456" } })
    press("Confirmer")
    expect(await screen.findByRole("heading", { name: "Gardez ce code" })).toBeDefined()
    expect(cordee.calls).toEqual(["resetIdentity", "reauthenticate", "resetIdentity"])
    giveGroupAskedBack()
    press("J’ai gardé mon code")
    expect(await screen.findByRole("heading", { name: "Rejoindre vos cercles" })).toBeDefined()
  })
})
