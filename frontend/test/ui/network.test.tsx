// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { fixtureCordee } from "../fixtures/client.ts"
import { practitionerOf } from "../fixtures/network.ts"
import { landrin, roussel, sauvage, vasseur } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

function part(name: string): Promise<HTMLElement> {
  return screen.findByRole("region", { name })
}

function names(where: HTMLElement): (string | null)[] {
  return within(where)
    .getAllByRole("link")
    .map((link) => link.textContent)
}

describe("contacts", () => {
  test("who asks stands first, with what they wrote; then contacts by name, own questions, blocked people", async () => {
    show(paths.network)
    const asked = await part("Demandes reçues")
    expect(names(asked)).toEqual(["Mme Sophie LANDRIN"])
    expect(asked.textContent).toContain("Nous suivons les mêmes patients à domicile.")
    expect(names(await part("Mes contacts"))).toEqual(["Dr Karim BENALI", "Dr Hélène ROUSSEL"])
    expect(names(await part("Mes demandes"))).toEqual(["Mme Nadia HADDAD"])
    expect(names(await part("Personnes bloquées"))).toEqual(["Dr Marc SAUVAGE"])
    const titles = screen.getAllByRole("heading", { level: 2 }).map(({ textContent }) => textContent)
    expect(titles[0]).toBe("Demandes reçues")
  })

  test("accepting makes a contact, and says so", async () => {
    const cordee = show(paths.network)
    press("Accepter Mme Sophie LANDRIN comme contact", await part("Demandes reçues"))
    await screen.findByText("Mme Sophie LANDRIN fait partie de vos contacts.")
    expect(cordee.calls).toContain(`acceptContact ${landrin.user}`)
    expect(names(await part("Mes contacts"))).toContain("Mme Sophie LANDRIN")
    expect(screen.queryByRole("region", { name: "Demandes reçues" })).toBeNull()
  })

  test("blocking says its consequence first, and that the person is not told", async () => {
    const cordee = show(paths.network)
    press("Bloquer Mme Sophie LANDRIN", await part("Demandes reçues"))
    const question = await screen.findByRole("alertdialog", { name: "Bloquer Mme Sophie LANDRIN" })
    expect(question.textContent).toContain("Cette personne n’en est pas informée.")
    expect(cordee.calls).not.toContain(`block ${landrin.user}`)
    press("Bloquer", question)
    await screen.findByText("Mme Sophie LANDRIN ne peut plus vous écrire en direct.")
    expect(names(await part("Personnes bloquées"))).toContain("Mme Sophie LANDRIN")
  })
})

describe("the directory", () => {
  async function find(query: string): Promise<void> {
    fireEvent.change(screen.getByRole("searchbox", { name: "Chercher dans l’annuaire" }), { target: { value: query } })
    await part("Professionnels")
  }

  test("people and structures are found and counted, each with what they are to me", async () => {
    show(paths.network)
    await find("vas")
    expect(await screen.findByText("2 professionnels, 1 structure.")).toBeDefined()
    expect(names(await part("Structures"))).toEqual(["SSIAD Les Aubépines"])
    const rows = within(await part("Professionnels")).getAllByRole("listitem")
    expect(rows[1]?.textContent).toMatch(/VASSAL.*gériatrie.*Pas encore dans Cordée/)
    fireEvent.click(screen.getByRole("link", { name: "SSIAD Les Aubépines" }))
    expect(await screen.findByRole("heading", { level: 1, name: "SSIAD Les Aubépines" })).toBeDefined()
    expect(names(await part("Professionnels"))).toEqual(["Mme Sophie LANDRIN"])
  })

  test("a colleague is asked with a sentence that is no secret", async () => {
    const cordee = show(paths.person(practitionerOf(vasseur)))
    expect(await screen.findByRole("heading", { level: 1, name: "Dr Claire VASSEUR" })).toBeDefined()
    fireEvent.click(await screen.findByRole("button", { name: "Ajouter Dr Claire VASSEUR à mes contacts" }))
    const dialog = await screen.findByRole("dialog", { name: /^Demander un contact/ })
    expect(dialog.textContent).toContain("Ne parlez d’aucun patient ici")
    fireEvent.change(within(dialog).getByLabelText("Quelques mots (facultatif)"), { target: { value: "Bonjour " } })
    press("Envoyer la demande", dialog)
    await screen.findByText("Demande envoyée : Dr Claire VASSEUR.")
    expect(cordee.calls).toContain(`askContact ${vasseur.user} Bonjour`)
    expect(await screen.findByText("Demande envoyée")).toBeDefined()
  })

  test("what the server refuses is said where one asked", async () => {
    const cordee = show(paths.person(practitionerOf(vasseur)))
    fireEvent.click(await screen.findByRole("button", { name: /^Ajouter/ }))
    const dialog = await screen.findByRole("dialog")
    cordee.failNext = "ask_later"
    press("Envoyer la demande", dialog)
    expect((await within(dialog).findByRole("alert")).textContent).toContain("Vous pourrez la renouveler plus tard")
  })
})

describe("profiles", () => {
  test("says when and how somebody is reached", async () => {
    show(paths.person(practitionerOf(roussel)))
    const reaching = await part("Joindre")
    expect(reaching.textContent).toContain("Au cabinet le matin.")
    expect(reaching.textContent).toMatch(/lundi\s*08:30 – 12:00/)
    expect(reaching.textContent).toContain("français, langue des signes française, arabe")
    expect((await part("Exercice")).textContent).toContain("helene.roussel@medecin.mssante.example")
  })

  test("an absence agrees with the person and names who stands in", async () => {
    show(paths.person(practitionerOf(landrin)))
    expect(
      await screen.findByText("Mme Sophie LANDRIN : absente jusqu’au 3 décembre, remplacée par Dr Hélène ROUSSEL."),
    ).toBeDefined()
  })

  test("an absence is planned, and saved as a whole", async () => {
    const cordee = show(paths.profile)
    press("Prévoir une absence", await part("Absence"))
    press("Enregistrer")
    expect((await screen.findByRole("alert")).textContent).toContain("Complétez les dates")
    expect(cordee.network.saved).toBeNull()
    press("Pas d’absence", await part("Absence"))
    press("Ajouter une plage")
    fireEvent.change(screen.getByLabelText("Comment vous joindre"), { target: { value: "Par messagerie" } })
    press("Enregistrer")
    await screen.findByText("Profil enregistré.")
    expect(cordee.network.saved).toEqual({
      languages: [],
      availability: "Par messagerie",
      hours: [{ day: 1, opens: "08:30", closes: "18:00" }],
      absence: null,
    })
  })
})

test("a circle says who of its members is away, who stands in, and that they are not in it", () => {
  const cordee = fixtureCordee()
  const { view } = cordee.circle(jeanne)
  const { detail } = view.get()
  const absence = {
    starts: "2025-11-24",
    ends: "2025-12-03",
    replacement: { user: sauvage.user, name: "Dr Marc SAUVAGE" },
  }
  const members = detail?.members.map((each) => (each.user === landrin.user ? { ...each, absence } : each)) ?? []
  view.set({ ...view.get(), detail: detail && { ...detail, members } })
  show(paths.circle(jeanne), cordee)
  expect(
    screen.getByText(/^Mme Sophie LANDRIN : absente jusqu’au 3 décembre, remplacée par Dr Marc SAUVAGE\./).textContent,
  ).toContain("Dr Marc SAUVAGE, qui remplace, n’est pas dans ce cercle.")
  const panel = screen.getByRole("complementary", { name: "Membres" })
  expect(within(panel).getByText("Absente jusqu’au 3 décembre")).toBeDefined()
})
