// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { proposedCircle, proposedHaddad } from "../fixtures/careTeams.ts"
import { device, fixtureCordee } from "../fixtures/client.ts"
import { answerable } from "../fixtures/structure.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function withProposal() {
  const cordee = fixtureCordee()
  cordee.careTeamsSaid.proposed = [proposedCircle]
  return cordee
}

test("a proposed circle stands above mine, with its patient, its program and whom to invite afterwards", async () => {
  show(paths.circles, withProposal())
  const proposals = await screen.findByRole("region", { name: "Cercles proposés" })
  expect(proposals.textContent).toContain("Odette Anne MAREUIL")
  expect(proposals.textContent).toContain("Proposé par Logiciel de cabinet (Maison de santé des Alpes), à ouvrir")
  expect(proposals.textContent).toContain("1 professionnel à inviter ensuite\u00a0: Mme Sophie LANDRIN.")
  expect(proposals.textContent).toContain("Autour du patient\u00a0: Bruno CHASTEL.")
})

test("nothing stands there while nothing is proposed", async () => {
  show(paths.circles)
  await screen.findByRole("heading", { name: "Mes cercles" })
  expect(screen.queryByRole("region", { name: "Cercles proposés" })).toBeNull()
})

test("opening is prefilled but for what only the coordinator can say, and takes the proposed id", async () => {
  const cordee = withProposal()
  show(`${paths.openCircle}?proposition=${proposedCircle.id}`, cordee)
  expect(await screen.findByText(/Vérifiez chaque trait/)).toBeDefined()
  expect(screen.getByLabelText<HTMLInputElement>("Nom de naissance").value).toBe("MAREUIL")
  fireEvent.click(screen.getByRole("button", { name: /Ouvrir/ }))
  expect(cordee.calls.filter((call) => call.startsWith("openCircle"))).toEqual([])
})

test("a proposal that is gone is said to be gone", async () => {
  show(`${paths.openCircle}?proposition=${proposedCircle.id}`)
  expect(await screen.findByText("Cette proposition n’est plus à ouvrir.")).toBeDefined()
})

test("putting aside is asked once, with its consequence", async () => {
  const cordee = withProposal()
  show(paths.circles, cordee)
  fireEvent.click(await screen.findByRole("button", { name: /^Écarter la proposition/ }))
  const question = await screen.findByRole("alertdialog")
  expect(question.textContent).toContain("Le logiciel qui l’a proposé le verra")
  fireEvent.click(within(question).getByRole("button", { name: "Écarter" }))
  await screen.findByText("Proposition écartée.")
  expect(cordee.calls).toContain(`putAside ${proposedCircle.id}`)
})

test("coordinators are told in the circle what a program proposes, and may keep it open", async () => {
  const cordee = fixtureCordee()
  cordee.careTeamsSaid.changes = proposedHaddad
  show(paths.circle(jeanne), cordee)
  const told = await screen.findByRole("status", { name: "Propositions d’un logiciel" })
  expect(told.textContent).toContain("propose d’inviter Mme Nadia HADDAD.")
  expect(told.textContent).toContain("propose de clore ce cercle. Rien ne change")
  fireEvent.click(within(told).getByRole("button", { name: "Garder ouvert" }))
  await screen.findByText(/propose d’inviter/)
  expect(cordee.calls.at(-1)).toMatch(/^putAside/)
})

test("whom a program proposes is put aside or chosen on the page of invitations", async () => {
  const cordee = fixtureCordee()
  cordee.careTeamsSaid.changes = proposedHaddad
  show(paths.invite(jeanne), cordee)
  const proposed = await screen.findByRole("list", { name: "Proposés par un logiciel" })
  expect(proposed.textContent).toContain("Logiciel de cabinet, Maison de santé des Alpes")
  fireEvent.click(within(proposed).getByRole("button", { name: "Écarter Mme Nadia HADDAD" }))
  await expect.poll(() => cordee.calls.at(-1)).toMatch(/^putAside/)
})

test("an administrator gives a program access: the secret is shown this once", async () => {
  const cordee = show(paths.structure, fixtureCordee({ at: "ready", me: answerable, device }))
  await screen.findByText("Aucun logiciel n’a d’accès.")
  fireEvent.click(screen.getByRole("button", { name: "Donner un accès" }))
  const dialog = await screen.findByRole("dialog")
  fireEvent.change(within(dialog).getByLabelText("Nom du logiciel"), { target: { value: "Logiciel de cabinet" } })
  fireEvent.click(within(dialog).getByRole("button", { name: /À qui proposer/ }))
  const [someone] = await screen.findAllByRole("option")
  fireEvent.click(someone ?? expect.unreachable())
  fireEvent.click(screen.getByRole("button", { name: "Créer l’accès" }))
  const secret = await screen.findByRole("alertdialog", { name: "À donner au logiciel" })
  expect(within(secret).getByLabelText<HTMLInputElement>("Secret").value).toBe("un-secret-de-quarante-huit")
  fireEvent.click(within(secret).getByRole("button", { name: "Fermer" }))
  expect(screen.queryByDisplayValue("un-secret-de-quarante-huit")).toBeNull()
  expect(screen.getByRole("list", { name: "Logiciels qui ont un accès" }).textContent).toContain("Logiciel de cabinet")
  fireEvent.click(screen.getByRole("button", { name: "Terminer l’accès de Logiciel de cabinet" }))
  const question = await screen.findByRole("alertdialog")
  fireEvent.click(within(question).getByRole("button", { name: "Terminer" }))
  await screen.findByText(/Accès terminé le/)
  expect(cordee.calls).toEqual(["addSystem Logiciel de cabinet", "endSystem"])
})
