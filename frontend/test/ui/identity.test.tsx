// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { asId, type CircleId } from "../../src/core/index.ts"
import { datamatrixOf } from "../../src/core/identity/datamatrix.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { summaries } from "../fixtures/circles.ts"
import { fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { access, asking, foundNationally, glass, identity } from "../fixtures/patients.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const CODE =
  datamatrixOf({ ...identity, matricule: identity.matricule ?? "", oid: identity.oid ?? "" }) ?? expect.unreachable()

/** Jeanne AUBERTIN's, of which the fixture's person is coordinator. */
const mine = summaries().find(({ row }) => row.abilities.includes("invite") && row.patient !== null)?.row

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

/** Somebody is named by the code that was pasted. */
function paste(): void {
  fireEvent.change(screen.getByLabelText("Datamatrix INS (facultatif)"), { target: { value: CODE } })
}

function valueOf(label: string): string {
  return screen.getByLabelText<HTMLInputElement>(label).value
}

function at(path: string, said: Partial<FixtureCordee["patientsSaid"]> = {}): FixtureCordee {
  const cordee = fixtureCordee()
  Object.assign(cordee.patientsSaid, said)
  return show(path, cordee)
}

describe("opening a circle", () => {
  test("a pasted datamatrix fills the fields, and the status stays what somebody vouches for", () => {
    at(paths.openCircle)
    paste()
    expect(valueOf("Nom de naissance")).toBe("AUBERTIN")
    expect(valueOf("Prénoms de naissance")).toBe("JEANNE MARIE")
    expect(valueOf("Lieu de naissance, code INSEE")).toBe("63113")
    expect(screen.getByRole("button", { name: /Statut de l’identité/ }).textContent).toMatch(/provisoire/i)
    expect(valueOf("Datamatrix INS (facultatif)")).toBe("")
  })

  test("a code that is not whole says so and changes nothing", () => {
    at(paths.openCircle)
    fireEvent.change(screen.getByLabelText("Datamatrix INS (facultatif)"), { target: { value: CODE.slice(0, -20) } })
    expect(screen.getByText(/n’est pas complet/)).toBeDefined()
    expect(valueOf("Nom de naissance")).toBe("")
  })

  test("the national service is compared before it is taken", async () => {
    const cordee = at(paths.openCircle)
    press("Demander à INSi")
    await screen.findByText(/Remplissez d’abord/)
    expect(cordee.calls).toEqual([])
    paste()
    press("Demander à INSi")
    await screen.findByText(/INSi a trouvé/)
    expect(screen.getByText(/diffèrent : les prénoms/)).toBeDefined()
    press("Reprendre cette identité")
    expect(screen.getByRole("button", { name: /Statut de l’identité/ }).textContent).toMatch(/récupérée/i)
    expect(valueOf("Matricule INS")).toBe(foundNationally.found?.matricule)
  })

  test.each([
    ["none", /ne trouve personne/],
    ["several", /plusieurs personnes/],
    ["refused", /a refusé la demande/],
    ["unreachable", /ne répond pas/],
    ["disabled", /n’est pas raccordé/],
  ] as const)("an answer of the service that is %s is said in words", async (outcome, words) => {
    at(paths.openCircle, { insi: { outcome, found: null, differs: [] } })
    paste()
    press("Demander à INSi")
    await screen.findByText(words)
  })

  test("a circle of mine for the same patient is offered", async () => {
    const circle = mine?.id ?? expect.unreachable()
    at(paths.openCircle, { known: { circle, exists: true } })
    paste()
    const link = await screen.findByRole("link", { name: "Ouvrir ce cercle" }, { timeout: 3000 })
    expect(link.getAttribute("href")).toBe(paths.circle(circle))
  })

  test("somebody else's circle is asked for, not opened twice", async () => {
    const cordee = at(paths.openCircle, { known: { circle: null, exists: true } })
    paste()
    fireEvent.click(await screen.findByRole("button", { name: "Demander à être invité" }, { timeout: 3000 }))
    const question = await screen.findByRole("dialog")
    expect(question.textContent).toMatch(/verra votre nom/)
    fireEvent.click(within(question).getByRole("radio", { name: /remplace/ }))
    press("Envoyer la demande", question)
    await waitFor(() => {
      expect(cordee.calls).toEqual(["ask replacing"])
    })
  })
})

describe("finding a circle", () => {
  test("nobody's circle is said to be nobody's", async () => {
    at(paths.patients)
    expect(screen.getByText(/Remplissez tous les traits/)).toBeDefined()
    paste()
    await screen.findByText(/Aucun cercle n’est ouvert pour/, {}, { timeout: 3000 })
  })

  test("breaking the glass says its consequence first and wants a reason", async () => {
    const cordee = at(paths.patients, { known: { circle: null, exists: true } })
    paste()
    fireEvent.click(await screen.findByRole("button", { name: /Urgence/ }, { timeout: 3000 }))
    const question = await screen.findByRole("alertdialog")
    expect(question.textContent).toMatch(/sont prévenus maintenant/)
    expect(question.textContent).toMatch(/Aucun message/)
    press("Prévenir et voir", question)
    expect(within(question).getByText(/dix caractères/)).toBeDefined()
    expect(cordee.calls).toEqual([])
    fireEvent.change(within(question).getByLabelText("Votre motif"), {
      target: { value: "Trouvée inconsciente à domicile" },
    })
    press("Prévenir et voir", question)
    await screen.findByText(/savent que vous regardez/)
    expect(screen.getByTestId("address").textContent).toBe(paths.brokenGlass(glass))
    expect(screen.getByRole("link", { name: "dac@haute-combe.mssante.example" })).toBeDefined()
    press("J’ai terminé")
    await waitFor(() => {
      expect(cordee.calls).toEqual(["breakGlass Trouvée inconsciente à domicile", "endBreakGlass"])
    })
  })
})

describe("the identity of a circle's patient", () => {
  const id = mine?.id ?? asId<CircleId>("00000000-0000-7000-8000-000000000000")

  test("a qualified one shows its number and its code", async () => {
    at(paths.identity(id))
    await screen.findByText("Passeport")
    await screen.findByRole("img", { name: /Datamatrix/ }, { timeout: 3000 })
    expect(screen.getByText(/Le matricule peut circuler/)).toBeDefined()
  })

  test("one that is not qualified shows neither", async () => {
    at(paths.identity(id), {
      identity: { ...identity, identity_status: "retrieved", document: null, matricule: null, oid: null },
    })
    await screen.findByText(/Enregistré, montré quand/)
    expect(screen.queryByRole("img", { name: /Datamatrix/ })).toBeNull()
  })

  test("what contradicts the number is said", async () => {
    at(paths.identity(id), { identity: { ...identity, warnings: ["matricule_of_other_sex", "of_a_newer_server"] } })
    await screen.findByText(/l’autre sexe/)
  })

  test("another trait asks for the document again, and the number is kept", async () => {
    const cordee = at(paths.identity(id))
    fireEvent.click(await screen.findByRole("button", { name: "Modifier l’identité" }))
    fireEvent.change(screen.getByLabelText("Nom de naissance"), { target: { value: "Obertin" } })
    press("Enregistrer l’identité")
    expect(screen.getByText(/Dites quelle pièce/)).toBeDefined()
    expect(cordee.calls).toEqual([])
    fireEvent.click(screen.getByRole("button", { name: /Pièce d’identité contrôlée/ }))
    fireEvent.click(await screen.findByRole("option", { name: "Carte nationale d’identité" }))
    press("Enregistrer l’identité")
    await waitFor(() => {
      expect(cordee.calls).toHaveLength(1)
    })
    expect(JSON.parse(cordee.calls[0]?.slice("changePatient ".length) ?? "")).toMatchObject({
      birth_name: "Obertin",
      identity_status: "qualified",
      document: "identity_card",
      matricule: null,
      keepNumber: true,
    })
  })

  test("only a coordinator changes it", async () => {
    const cordee = fixtureCordee()
    cordee.circles.set(
      (cordee.circles.get() ?? []).map((each) => ({ ...each, row: { ...each.row, abilities: ["read"] as const } })),
    )
    show(paths.identity(id), cordee)
    await screen.findByText(/La coordination du cercle peut modifier/)
    expect(screen.queryByRole("button", { name: "Modifier l’identité" })).toBeNull()
  })
})

describe("in the circle", () => {
  const id = mine?.id ?? asId<CircleId>("00000000-0000-7000-8000-000000000000")

  test("who asks to come in is shown, and put aside or invited on a ground", async () => {
    const cordee = at(paths.circle(id), { requests: [asking] })
    const asks = await screen.findByRole("status", { name: "Demandes d’entrée" })
    expect(asks.textContent).toMatch(/demande à entrer dans ce cercle/)
    press("Inviter", asks)
    const question = await screen.findByRole("dialog")
    expect(within(question).getByRole<HTMLButtonElement>("button", { name: "Inviter et signer" }).disabled).toBe(true)
    fireEvent.click(within(question).getByRole("button", { name: "Annuler" }))
    press("Écarter", asks)
    await waitFor(() => {
      expect(cordee.calls).toContain("dismiss")
    })
  })

  test("an exceptional access is told to its members with the reason", async () => {
    at(paths.circle(id), { accesses: [access()] })
    const told = await screen.findByRole("status", { name: "Accès exceptionnels" })
    expect(told.textContent).toMatch(/Ivana LOINTAIN/)
    expect(told.textContent).toMatch(/Trouvée inconsciente à domicile/)
  })
})
