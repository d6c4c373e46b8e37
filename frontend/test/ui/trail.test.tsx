// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { EMPTY_ROOT } from "../../src/core/log/merkle.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { device, fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { me } from "../fixtures/people.ts"
import { signer } from "../fixtures/log.ts"
import { approved, asked, officer, readsOf } from "../fixtures/trail.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const WEEK = `${paths.journal}?from=2025-11-20&to=2025-11-27`

function desk(path = WEEK): FixtureCordee {
  return show(path, fixtureCordee({ at: "ready", me: officer, device }))
}

const acts = () => screen.findByRole("grid", { name: "Actes" })
const detail = () => screen.getByRole("complementary", { name: "Acte choisi" })

/** Behind a dialog the page is not there for anybody. */
const back = () => screen.findByRole("complementary", { name: "Acte choisi" })

function press(name: string | RegExp, where: HTMLElement = document.body): void {
  fireEvent.click(within(where).getByRole("button", { name }))
}

async function choose(act: string): Promise<void> {
  fireEvent.click(within(await acts()).getByText(act))
}

describe("the journal", () => {
  test("is the officer's place alone", async () => {
    show(WEEK, fixtureCordee({ at: "ready", me, device }))
    await waitFor(() => {
      expect(screen.getByTestId("address").textContent).toBe("/cercles")
    })
  })

  test("says in a sentence what each act was, by codes, and what was refused or exceptional", async () => {
    desk()
    const list = await acts()
    const row = (act: string) => within(list).getByText(act).closest("[role=row]")
    expect(row("history.grant")?.textContent).toContain("P-73KD4 ouvre l’historique à P-JQBV0")
    expect(row("circle.read")?.textContent).toContain("P-QFNR0, refusé\u00a0: Lecture du cercle")
    expect(row("circle.read")?.textContent).toContain("absent, ou sans droit")
    expect(row("breakglass.start")?.textContent).toContain("Exceptionnel")
    expect(row("device.add")?.textContent).toContain("Pas encore scellé")
  })

  test("keeps what happens all day long together until it is unfolded", async () => {
    desk()
    const list = await acts()
    expect(within(list).getByText("1 acte de message, 6 lectures")).toBeTruthy()
    expect(within(list).queryAllByText("message.read")).toHaveLength(0)
    press("Déplier", list)
    expect(await within(list).findAllByText("message.read")).toHaveLength(6)
  })

  test("is narrowed by a facet, a typed code and a day, all in its address", async () => {
    const cordee = desk()
    await acts()
    press(/^Seulement.* Accès exceptionnel$/)
    fireEvent.change(screen.getByLabelText("Ajouter un critère"), { target: { value: "p71kd4" } })
    fireEvent.keyDown(screen.getByLabelText("Ajouter un critère"), { key: "Enter" })
    await waitFor(() => {
      expect(cordee.trailSaid.asked.at(-1)).toMatchObject({ group: ["breakglass"], code: ["P-71KD4"] })
    })
    expect(screen.getByRole("row", { name: /P-71KD4/ })).toBeTruthy()
    fireEvent.click(screen.getByRole("option", { name: /^Mercredi 26 novembre/ }))
    await waitFor(() => {
      expect(cordee.trailSaid.asked.at(-1)).toMatchObject({
        from: "2025-11-25T23:00:00.000Z",
        to: "2025-11-26T23:00:00.000Z",
      })
    })
  })

  test("says what a typed word should be when it is none", async () => {
    desk()
    await acts()
    fireEvent.change(screen.getByLabelText("Ajouter un critère"), { target: { value: "Jeanne Aubertin" } })
    fireEvent.keyDown(screen.getByLabelText("Ajouter un critère"), { key: "Enter" })
    expect((await screen.findByRole("alert")).textContent).toContain("Pour un nom, passez par")
  })

  test("says when nothing was found, and what failed when it failed", async () => {
    desk(`${paths.journal}?from=2024-01-01&to=2024-01-02`)
    expect(await screen.findByText("Aucun acte ne répond à ces critères.")).toBeTruthy()
  })

  test("shows the days as a table as well", async () => {
    desk()
    await acts()
    press("Voir en tableau")
    expect(screen.getAllByRole("rowheader", { name: /novembre/ })).toHaveLength(8)
  })

  test("follows one act to all of its session", async () => {
    const cordee = desk()
    await choose("history.grant")
    press("Cette session", detail())
    await waitFor(() => {
      expect(cordee.trailSaid.asked.at(-1)?.ses).toBe("5f0c2a7e9b1d4c3f8a6e0d2b4c6f8a1e")
    })
  })
})

describe("one act", () => {
  test("is verified in the browser, step by step", async () => {
    desk()
    await choose("history.grant")
    press("Vérifier ici, maintenant", detail())
    const proof = await screen.findByText("Intact et à sa place", {}, { timeout: 3000 })
    const steps = within(proof.closest<HTMLElement>(".proof") ?? expect.unreachable()).getAllByRole("listitem")
    expect(steps.map((step) => step.textContent.includes("vérifié"))).toEqual([true, true, true, true, true])
    expect(steps[4]?.textContent).toContain("Contresignée par 2 témoins")
  })

  test("turns red when the server shows something else than was sealed", async () => {
    const cordee = desk()
    cordee.trailSaid.lie = { leaf: '{"act":"message.read"}' }
    await choose("history.grant")
    press("Vérifier ici, maintenant", detail())
    const broken = await screen.findByText("Ne concorde pas", {}, { timeout: 3000 })
    const card = broken.closest<HTMLElement>("[role=alert]") ?? expect.unreachable()
    expect(card.textContent).toContain("L’acte affiché ne dit pas la même chose que l’acte inscrit.")
    expect(within(card).getByRole("button", { name: "Garder les éléments" })).toBeTruthy()
  })

  test("turns red when the log no longer is the one that this device has seen", async () => {
    const cordee = desk()
    await choose("history.grant")
    press("Vérifier ici, maintenant", detail())
    await screen.findByText("Intact et à sa place", {}, { timeout: 3000 })
    cordee.trailSaid.lie = { root: EMPTY_ROOT }
    press("Vérifier de nouveau", detail())
    await screen.findByText("Ne concorde pas", {}, { timeout: 3000 })
  })

  test("follows the log to a key that the one before has named", async () => {
    const cordee = desk()
    await choose("history.grant")
    press("Vérifier ici, maintenant", detail())
    await screen.findByText("Intact et à sa place", {}, { timeout: 3000 })
    const [log] = cordee.trailSaid.keys
    cordee.trailSaid.keys = [log ?? expect.unreachable(), signer(log?.key.name ?? "", 4)]
    press("Vérifier de nouveau", detail())
    await screen.findByText("Vérification en cours")
    expect(await screen.findByText("Intact et à sa place", {}, { timeout: 3000 })).toBeTruthy()
  })

  test("turns red under a new key that nobody has named", async () => {
    const cordee = desk()
    await choose("history.grant")
    press("Vérifier ici, maintenant", detail())
    await screen.findByText("Intact et à sa place", {}, { timeout: 3000 })
    cordee.trailSaid.keys = [signer(cordee.trailSaid.keys[0]?.key.name ?? "", 4)]
    press("Vérifier de nouveau", detail())
    const broken = await screen.findByText("Ne concorde pas", {}, { timeout: 3000 })
    expect(broken.closest("[role=alert]")?.textContent).toContain("n’a pas nommé la nouvelle")
  })

  test("that is not sealed yet says so", async () => {
    desk()
    await choose("device.add")
    press("Vérifier ici, maintenant", detail())
    expect((await screen.findByText(/attend le prochain sceau/)).textContent).toBeTruthy()
  })

  test("past its time says that only its hash is left", async () => {
    const cordee = desk()
    cordee.trailSaid.lie = { leaf: "" }
    await choose("history.grant")
    press("Vérifier ici, maintenant", detail())
    expect(await screen.findByText("Arrivé à son terme")).toBeTruthy()
  })

  test("names somebody only for a reason, and then here", async () => {
    const cordee = desk()
    await choose("history.grant")
    press("Lever le pseudonyme P-73KD4", detail())
    const question = await screen.findByRole("dialog")
    press("Lever et inscrire", question)
    expect(question.textContent).toContain("Dites pourquoi, en 10 caractères au moins.")
    expect(cordee.calls.filter((call) => call.startsWith("resolve"))).toEqual([])
    fireEvent.change(within(question).getByLabelText("Raison"), {
      target: { value: "Plainte de la patiente du 20/11" },
    })
    press("Lever et inscrire", question)
    expect(await within(await back()).findByText(/Anne-Laure FERRIER, Infirmière coordinatrice/)).toBeTruthy()
    expect(cordee.calls).toContain("resolve Plainte de la patiente du 20/11")
  })

  test("opens its sealed words only for a reason", async () => {
    const cordee = desk()
    await choose("breakglass.start")
    press("Ouvrir les mots scellés", detail())
    const question = await screen.findByRole("dialog")
    fireEvent.change(within(question).getByLabelText("Raison"), { target: { value: "Revue du mois de novembre" } })
    press("Ouvrir et inscrire", question)
    expect(await within(await back()).findByText("Chute à domicile, famille injoignable.")).toBeTruthy()
    expect(cordee.calls).toContain("openWords Revue du mois de novembre")
  })
})

describe("many pseudonyms", () => {
  const OFFICERS = `${WEEK}&view=officers`

  function deskWith(set: (said: FixtureCordee["trailSaid"]) => void, path = OFFICERS): FixtureCordee {
    const cordee = fixtureCordee({ at: "ready", me: officer, device })
    set(cordee.trailSaid)
    return show(path, cordee)
  }

  const requests = () => screen.findByRole("region", { name: "Demandes de levée" })

  async function give(reason: string, submit: string): Promise<string> {
    const question = await screen.findByRole("dialog")
    fireEvent.change(within(question).getByLabelText("Raison"), { target: { value: reason } })
    press(submit, question)
    return question.textContent
  }

  test("of a list of a few people are lifted by one officer, and named in the list", async () => {
    const cordee = desk()
    await acts()
    press("Lever tous les pseudonymes de cette liste")
    const said = await give("Réclamation du 12 novembre", "Lever et inscrire")
    expect(said).toContain("Il s’agit de 4 personnes.")
    expect(said).toContain("un acte par personne")
    expect(await within(await acts()).findAllByText(/^P-73KD4\s: Mme Anne-Laure FERRIER$/)).not.toHaveLength(0)
    expect(cordee.calls).toContain("resolve Réclamation du 12 novembre")
    expect(screen.queryByRole("button", { name: "Lever tous les pseudonymes de cette liste" })).toBeNull()
  })

  test("beyond five are asked for, say so, and wait for another officer", async () => {
    const cordee = deskWith((said) => {
      said.newer = readsOf(3)
    }, WEEK)
    await acts()
    press("Lever tous les pseudonymes de cette liste")
    const said = await give("Réclamation du 12 novembre", "Demander l’approbation")
    expect(said).toContain("Il s’agit de 7 personnes.")
    expect(said).toContain("Au-delà de 5 pseudonymes, un autre responsable de votre organisation doit approuver")
    expect(await screen.findByText(/^La demande attend l’approbation d’un autre responsable/)).toBeTruthy()
    expect(within(await acts()).queryByText(/FERRIER/)).toBeNull()
    fireEvent.click(screen.getByRole("radio", { name: "Responsables" }))
    const request = await requests()
    expect(request.textContent).toContain("demande 7 pseudonymes")
    expect(request.textContent).toContain("Raison\u00a0: Réclamation du 12 novembre")
    expect(request.textContent).toContain("Attend un autre responsable")
    expect(within(request).queryByRole("button")).toBeNull()
    expect(cordee.calls.filter((call) => call.startsWith("openResolution"))).toEqual([])
  })

  test("are approved by the second officer, who is told nobody", async () => {
    const cordee = deskWith((said) => {
      said.resolutions = [asked(1, {})]
    })
    expect((await requests()).textContent).toContain("M. Olivier BRUNET demande 6 pseudonymes")
    press("Approuver", await requests())
    expect(await within(await requests()).findByText("Approuvée")).toBeTruthy()
    expect(within(await requests()).queryByRole("button")).toBeNull()
    expect(cordee.calls).toContain(`approveResolution ${asked(1, {}).id}`)
  })

  test("once approved are shown to who asked", async () => {
    const cordee = deskWith((said) => {
      said.resolutions = [approved(asked(1, { mine: true }), "M. Olivier BRUNET")]
    })
    expect((await requests()).textContent).toContain("Approuvée par M. Olivier BRUNET")
    press("Voir qui", await requests())
    const told = within(await within(await requests()).findByRole("status"))
    expect(told.getAllByRole("listitem")).toHaveLength(3)
    expect(told.getByText("P-73KD4")).toBeTruthy()
    expect(cordee.calls).toContain(`openResolution ${asked(1, {}).id}`)
  })

  test("are not approved by who asked for them: the server refuses, in words", async () => {
    const cordee = deskWith((said) => {
      said.resolutions = [asked(1, {})]
    })
    const approve = await within(await requests()).findByRole("button", { name: "Approuver" })
    cordee.trailSaid.resolutions = [asked(1, { mine: true })]
    fireEvent.click(approve)
    expect((await within(await requests()).findByRole("alert")).textContent).toContain(
      "Une autre personne chargée de la conformité doit approuver votre demande.",
    )
    expect(cordee.trailSaid.resolutions[0]?.approved).toBeNull()
  })
})

test("somebody is looked for by name, and followed by code", async () => {
  const cordee = desk()
  await acts()
  press(/^Qui/)
  const question = await screen.findByRole("dialog")
  fireEvent.change(within(question).getByLabelText("Nom, prénom"), { target: { value: "Ferrier" } })
  press("Chercher les codes", question)
  fireEvent.click(await within(question).findByRole("button", { name: "Voir les actes de P-73KD4" }))
  await waitFor(() => {
    expect(cordee.trailSaid.asked.at(-1)?.who).toBe("38e6d21f-6d21-4b3a-8c5d-8e7f0a1b2c3d")
  })
})

test("rights that changed are listed with the acts that made them, which open beside", async () => {
  desk(`${WEEK}&view=rights&cir=2a2ef7c3-6d21-4b3a-8c5d-8e7f0a1b2c3d`)
  const changed = within(await screen.findByRole("list", { name: "Écarts de droits" }))
  expect(changed.getByText(/gagne.*écrire/)).toBeTruthy()
  expect(changed.getByText(/a eu entre-temps.*inviter/)).toBeTruthy()
  fireEvent.click(changed.getByRole("button", { name: /Entrée dans le cercle/ }))
  expect(await within(detail()).findByRole("heading", { name: "Entrée dans le cercle" })).toBeTruthy()
})

test("an act is pointed at by its address", async () => {
  desk(`${WEEK}&event=00000000-0000-7000-8000-003c00000004`)
  expect(await within(await back()).findByRole("heading", { name: "Ouverture d’historique" })).toBeTruthy()
})

test("the officers' own acts are there for another officer", async () => {
  const cordee = desk(`${WEEK}&view=officers`)
  await waitFor(() => {
    expect(cordee.trailSaid.asked.at(-1)?.group).toEqual(["export", "trail"])
  })
  expect(await screen.findByText(/Un autre responsable relit vos actes/)).toBeTruthy()
})

test("members see who did what in their circle, officers included, and what was refused", async () => {
  show(paths.circleTrail(jeanne))
  const day = await screen.findByRole("list", { name: "Aujourd’hui" })
  expect(within(day).getAllByRole("listitem").length).toBeGreaterThan(8)
  expect(within(day).getAllByText("Mme Anne-Laure FERRIER").length).toBeGreaterThan(5)
  expect(within(day).getByText(/Lecture du cercle/)).toBeTruthy()
  expect(screen.getByRole("region", { name: /^Patient.*AUBERTIN Jeanne/ })).toBeTruthy()
})

test.each([
  "Un responsable de conformité",
  "Quelqu’un hors du cercle",
  "Une personne effacée",
  "Un logiciel",
  "Le serveur",
  "Quelqu’un sans session",
])("members see whose act it was where nobody is named: %s", async (who) => {
  show(paths.circleTrail(jeanne))
  expect(await screen.findAllByText(who)).toHaveLength(1)
})
