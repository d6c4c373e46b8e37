// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { RecoveryCodeRefused, type Refusal } from "../../src/core/index.ts"
import { fixtureCordee, recoveryCode, type FixtureCordee } from "../fixtures/client.ts"
import { refusal } from "../fixtures/circles.ts"
import { me } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function signedOut(): FixtureCordee {
  return show("/", fixtureCordee({ at: "signed_out", ended: false }))
}

function fill(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } })
}

test("an account without a second factor gets one: by a QR code, or by the same secret in letters", () => {
  show("/", fixtureCordee({ at: "second_factor_missing", secret: "JBSWY3DPEHPK3PXP", url: "otpauth://totp/Cordee" }))
  expect(screen.getByRole("img", { name: /code à photographier$/ })).toBeDefined()
  expect(screen.getByText("JBSW Y3DP EHPK 3PXP")).toBeDefined()
})

describe("signing in", () => {
  test("goes from password to code to the recovery code", async () => {
    const cordee = signedOut()
    fill("Adresse professionnelle", "al.ferrier@dac-haute-combe.example")
    fill("Mot de passe", "une longue phrase")
    fireEvent.click(screen.getByRole("button", { name: /^Continuer/ }))
    expect(await screen.findByRole("heading", { name: "Code à 6 chiffres" })).toBeDefined()
    fill("Code", "123 456")
    fireEvent.click(screen.getByRole("button", { name: "Confirmer" }))
    expect(await screen.findByRole("heading", { name: "Déverrouiller vos messages" })).toBeDefined()
    expect(cordee.calls).toEqual(["signInWithPassword", "confirmCode"])
  })

  test("says what is missing and asks nothing of the server", () => {
    const cordee = signedOut()
    fireEvent.click(screen.getByRole("button", { name: /^Continuer/ }))
    expect(screen.getByText("Saisissez votre adresse.")).toBeDefined()
    expect(screen.getByText("Saisissez votre mot de passe.")).toBeDefined()
    expect(cordee.calls).toEqual([])
  })

  test.each([
    ["wrong_password", "Adresse ou mot de passe inexact"],
    ["too_many", "Trop d’essais"],
    ["offline", "Le serveur ne répond pas"],
    ["a_code_from_the_future", "L’action n’a pas abouti"],
  ])("words %s", async (code, words) => {
    const cordee = signedOut()
    fill("Adresse professionnelle", "al.ferrier@dac-haute-combe.example")
    fill("Mot de passe", "une longue phrase")
    cordee.failNext = code
    fireEvent.click(screen.getByRole("button", { name: /^Continuer/ }))
    expect((await screen.findByRole("alert")).textContent).toContain(words)
  })

  test("offers a passkey, and no Pro Santé Connect while there is none", () => {
    signedOut()
    expect(screen.getByRole("button", { name: "Utiliser une clé d’accès" })).toBeDefined()
    expect(screen.queryByText(/Pro Santé Connect/)).toBeNull()
  })

  test("says that all is invented only where the server says so", () => {
    signedOut()
    expect(screen.queryByText(/^Démonstration/)).toBeNull()
  })
})

describe("a further device", () => {
  function locked(): FixtureCordee {
    return show("/", fixtureCordee({ at: "locked", me, passkeys: 0 }))
  }

  const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: /^Code de récupération/ })

  test("a code that did not open can be selected whole, and replaced", () => {
    locked()
    act(() => {
      field().focus()
    })
    fireEvent.change(field(), { target: { value: recoveryCode.join("") } })
    field().select()
    fireEvent.keyUp(field())
    expect([field().selectionStart, field().selectionEnd]).toEqual([0, 32])
  })

  test("a pasted code fills all eight groups", () => {
    locked()
    fireEvent.change(field(), { target: { value: recoveryCode.join(" - ").toLowerCase() } })
    const groups = [...document.querySelectorAll("[data-group]")].map((group) => group.textContent)
    expect(groups).toEqual(recoveryCode)
  })

  test("letters that no code has are read as the digits they look like", () => {
    locked()
    fireEvent.change(field(), { target: { value: "OIL0" } })
    expect(field().value).toBe("0110")
  })

  test("an unfinished group is named", () => {
    const cordee = locked()
    fireEvent.change(field(), { target: { value: "K7QM-2XRP-9D" } })
    fireEvent.click(screen.getByRole("button", { name: "Ouvrir le coffre" }))
    expect(screen.getByText("Le groupe 3 n’est pas complet.")).toBeDefined()
    expect(cordee.calls).toEqual([])
  })

  test("a mistyped group is named", async () => {
    const cordee = locked()
    cordee.failNext = new RecoveryCodeRefused(4)
    fireEvent.change(field(), { target: { value: recoveryCode.join("") } })
    fireEvent.click(screen.getByRole("button", { name: "Ouvrir le coffre" }))
    expect(await screen.findByText(/Le groupe 5 semble mal recopié/)).toBeDefined()
    expect(document.querySelectorAll(".recovery-group-wrong")).toHaveLength(1)
  })

  test("after unlocking it shows how far the circles are", async () => {
    const cordee = locked()
    cordee.circles.set(
      (cordee.circles.get() ?? []).map((circle, index) => (index > 2 ? { ...circle, composer: "joining" } : circle)),
    )
    fireEvent.change(field(), { target: { value: recoveryCode.join("") } })
    fireEvent.click(screen.getByRole("button", { name: "Ouvrir le coffre" }))
    expect((await screen.findByText("3 cercles rejoints sur 8")).textContent).toBeDefined()
    fireEvent.click(screen.getByRole("button", { name: "Continuer sans attendre" }))
    expect(screen.getByRole("heading", { name: "Mes cercles" })).toBeDefined()
  })
})

describe("the first device", () => {
  test("goes on only when the code has been kept", async () => {
    const cordee = show("/", fixtureCordee({ at: "no_keys", me }))
    fireEvent.click(screen.getByRole("button", { name: "Créer mon identité" }))
    const question = await screen.findByLabelText(/Recopiez le groupe \d/)
    expect(screen.getByRole("list", { name: "Code de récupération" }).textContent).toBe(recoveryCode.join(""))
    const asked = Number(/Recopiez le groupe (\d)/.exec(document.body.textContent)?.[1])

    fireEvent.change(question, { target: { value: "AAAA" } })
    fireEvent.click(screen.getByRole("button", { name: "J’ai gardé mon code" }))
    expect(screen.getByText(new RegExp(`Ce n’est pas le groupe ${String(asked)}`))).toBeDefined()
    expect(cordee.calls).toEqual(["makeKeys"])

    fireEvent.change(question, { target: { value: (recoveryCode[asked - 1] ?? "").toLowerCase() } })
    fireEvent.click(screen.getByRole("button", { name: "J’ai gardé mon code" }))
    await waitFor(() => {
      expect(cordee.calls).toEqual(["makeKeys", "recoveryCodeKept"])
    })
  })
})

describe("standstills", () => {
  const rolledBack: Refusal = { ...refusal, code: "vault_rolled_back" }
  const changed: Refusal = { ...refusal, code: "identity_changed" }

  test.each([
    [{ at: "too_old", missing: ["X25519"] }, /trop ancien/, "X25519"],
    [{ at: "unreachable" }, /ne répond pas/, "à l’abri"],
    [{ at: "elsewhere", me }, /autre onglet/, "Rien n’est perdu"],
    [{ at: "device_ended", me }, /appareil a été retiré/, "ses clés n’ouvrent rien de nouveau"],
    [{ at: "refused", me, refusal }, /Tout est suspendu/, "remettez-lui la preuve"],
    [{ at: "refused", me, refusal: rolledBack }, /Tout est suspendu/, "une version ancienne de votre coffre"],
    [{ at: "refused", me, refusal: changed }, /Tout est suspendu/, "une identité que cet appareil ne connaît pas"],
  ] as const)("$0.at says what happened and what to do", (phase, title, words) => {
    show("/", fixtureCordee(phase))
    expect(screen.getByRole("heading", { name: title })).toBeDefined()
    expect(screen.getByRole("main").textContent).toContain(words)
  })

  test("a refusal is loud, and its evidence can be saved", () => {
    show("/", fixtureCordee({ at: "refused", me, refusal: rolledBack }))
    const alert = screen.getByRole("alert")
    expect(alert.textContent).toContain("Rien ne part plus d’ici")
    expect(within(alert).getByRole("button", { name: "Enregistrer la preuve" })).toBeDefined()
  })
})
