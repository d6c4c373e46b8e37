// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { beforeEach, describe, expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { addedDevice, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const PHONE = "Firefox, Android"

function rows(list: string): (string | null)[] {
  const found = within(screen.getByRole("list", { name: list, hidden: true }))
  return found.getAllByRole("listitem", { hidden: true }).map((row) => row.textContent)
}

/** As French is set: no line breaks before a colon or a question mark. */
const french = (text: string) => text.replace(/ ([:?])/g, "\u00a0$1")

function press(name: string, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name: french(name) }))
}

const question = () => screen.findByRole("alertdialog")

describe("my devices", () => {
  let cordee: FixtureCordee

  beforeEach(async () => {
    cordee = show(paths.security)
    await screen.findByText(PHONE)
  })

  test("this one stands first, and removed ones are folded away", () => {
    expect(rows("Mes appareils")).toEqual([
      expect.stringMatching(/^Chrome, poste de soins 2.*Cet appareil/),
      expect.stringMatching(/^Firefox, Android/),
    ])
    press("1 appareil retiré")
    expect(screen.getByText("Chrome, Windows")).toBeDefined()
  })

  test("this one can be called otherwise, but not taken away", () => {
    const own = "Chrome, poste de soins 2"
    expect(screen.queryByRole("button", { name: french(`Retirer cet appareil : ${own}`) })).toBeNull()
    expect(screen.queryByRole("button", { name: french(`Perdu ou volé : ${own}`) })).toBeNull()
    expect(screen.getByRole("button", { name: french(`Renommer : ${own}`) })).toBeDefined()
  })

  test("a name is changed, and not to nothing", async () => {
    press(`Renommer : ${PHONE}`)
    const dialog = await screen.findByRole("dialog")
    const name = within(dialog).getByLabelText("Nom de l’appareil")
    fireEvent.change(name, { target: { value: " " } })
    press("Renommer", dialog)
    expect(within(dialog).getByText("Donnez un nom à l’appareil.")).toBeDefined()
    fireEvent.change(name, { target: { value: " Mon téléphone " } })
    press("Renommer", dialog)
    expect(await screen.findByText("Appareil renommé.")).toBeDefined()
    expect(rows("Mes appareils")[1]).toMatch(/^Mon téléphone/)
  })

  test("one that is used no more is removed, and no key changes", async () => {
    press(`Retirer cet appareil : ${PHONE}`)
    const dialog = await question()
    expect(dialog.textContent).toContain("restent les mêmes")
    press("Retirer cet appareil", dialog)
    expect(await screen.findByText("2 appareils retirés")).toBeDefined()
    expect(cordee.calls).toEqual(["revokeDevice"])
  })

  test("for a lost one all is said first; then the new code takes the screen, and leads back", async () => {
    press(`Perdu ou volé : ${PHONE}`)
    const dialog = await question()
    expect(dialog.textContent).toContain("Vos clés sont nouvelles")
    expect(dialog.textContent).toContain("Un nouveau code de récupération vous est montré maintenant")
    expect(dialog.textContent).toContain("continuent d’eux-mêmes")
    expect(cordee.calls).toEqual([])
    press("Retirer et renouveler mes clés", dialog)
    expect(await screen.findByRole("heading", { name: "Votre nouveau code de récupération" })).toBeDefined()
    expect(cordee.calls[0]).toMatch(/^deviceLost .*0002$/)
    cordee.recoveryCodeKept()
    expect(await screen.findByRole("heading", { name: "Sécurité et réglages" })).toBeDefined()
  })

  test("why one was not removed is said in the question", async () => {
    press(`Retirer cet appareil : ${PHONE}`)
    cordee.failNext = "vault_moved"
    press("Retirer cet appareil", await question())
    expect((await screen.findByRole("alert")).textContent).toContain("vient de changer votre coffre")
  })
})

describe("what opens my vault", () => {
  let cordee: FixtureCordee

  beforeEach(async () => {
    cordee = show(paths.security)
    await screen.findByText("De lui-même, à chaque connexion.")
  })

  test("is listed: the code and each device", () => {
    expect(rows("Ce qui ouvre mon coffre")).toEqual([
      expect.stringMatching(/^Code de récupération/),
      expect.stringMatching(/^Chrome, poste de soins 2/),
    ])
  })

  test("gains a passkey", async () => {
    press("Ouvrir aussi le coffre avec une clé d’accès")
    await screen.findByText("Cette clé d’accès ouvre maintenant votre coffre.")
    expect(rows("Ce qui ouvre mon coffre")[2]).toMatch(/^Clé d’accès/)
  })

  test("gains none from a passkey without a secret, and that is said", async () => {
    cordee.failNext = "no_prf"
    press("Ouvrir aussi le coffre avec une clé d’accès")
    expect((await screen.findByRole("alert")).textContent).toContain("elle ne sait pas ouvrir un coffre")
  })

  test("gets another code after a question", async () => {
    press("Renouveler le code")
    const dialog = await question()
    expect(cordee.calls).toEqual([])
    press("Renouveler le code", dialog)
    expect(await screen.findByRole("heading", { name: "Votre nouveau code de récupération" })).toBeDefined()
  })

  test("is all renewed when somebody has seen the code, and no device is lost", async () => {
    press("Quelqu’un a pu voir mon code")
    press("Renouveler mes clés", await question())
    await screen.findByRole("heading", { name: "Votre nouveau code de récupération" })
    expect(cordee.calls).toEqual(["deviceLost none"])
  })
})

describe("a device that was added from elsewhere", () => {
  let cordee: FixtureCordee

  beforeEach(() => {
    cordee = fixtureCordee()
    cordee.newDevices.set([addedDevice])
    show(paths.circles, cordee)
  })

  test("is told on every screen, with its name and when", () => {
    expect(screen.getByRole("alert").textContent).toContain(
      french("Un appareil a été ajouté à votre compte : Safari, iPhone, le 27/11/2025 à 13:40. Est-ce vous ?"),
    )
  })

  test("of which only the log of keys knows is told as such", () => {
    act(() => {
      cordee.newDevices.set([{ ...addedDevice, name: "" }])
    })
    expect(screen.getByRole("alert").textContent).toContain(
      french("Le journal de vos clés nomme un appareil que la liste de vos appareils ne montre pas"),
    )
  })

  test("is told no more once it is known, and the focus stays", async () => {
    press("Oui, c’est moi")
    await waitFor(() => {
      expect(screen.queryByRole("alert")).toBeNull()
    })
    expect(cordee.calls).toEqual(["deviceSeen"])
    expect(document.activeElement).not.toBe(document.body)
  })

  test("that is not mine goes as a lost one does", async () => {
    press("Cet appareil n’est pas le mien")
    press("Retirer et renouveler mes clés", await question())
    await screen.findByRole("heading", { name: "Votre nouveau code de récupération" })
    expect(cordee.calls[0]).toMatch(/^objectTo .*0004$/)
    expect(cordee.calls[1]).toMatch(/^deviceLost .*0004$/)
  })
})
