// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import type { CircleView } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne, joined, waitingFor } from "../fixtures/circles.ts"
import type { FixtureCordee } from "../fixtures/client.ts"
import { achard, benali, ferrier, haddad, landrin, roussel } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function change(cordee: FixtureCordee, to: (view: CircleView) => Partial<CircleView>): void {
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), ...to(view.get()) })
  })
}

function asMember(cordee: FixtureCordee): void {
  change(cordee, ({ detail }) => ({ detail: detail && { ...detail, role: "member" }, abilities: ["read", "send"] }))
}

const label = "En attente d’une confirmation"

test("nobody who waits, no notice", () => {
  show(paths.circle(jeanne))
  expect(screen.queryByRole("status", { name: label })).toBeNull()
})

test("somebody without attestation comes in only after the digits were compared", async () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, () => ({ waiting: { admissions: [waitingFor(achard.user, false)], resets: [] } }))
  const notice = screen.getByRole("status", { name: label })
  expect(notice.textContent).toContain(
    "Mme Maud ACHARD a accepté et attend que son identité soit confirmée.",
  )
  fireEvent.click(within(notice).getByRole("button", { name: "Vérifier et faire entrer" }))
  const form = await screen.findByRole("dialog", { name: /Faire entrer Mme Maud ACHARD/ })
  expect(within(form).getAllByRole("listitem")).toHaveLength(12)
  fireEvent.click(within(form).getByRole("button", { name: "Confirmer et faire entrer" }))
  expect(within(form).getByRole("alert").textContent).toContain("Comparez d’abord les chiffres")
  expect(cordee.circle(jeanne).decided).toEqual([])

  fireEvent.click(within(form).getByRole("checkbox", { name: /J’ai comparé ces chiffres/ }))
  fireEvent.click(within(form).getByRole("button", { name: "Confirmer et faire entrer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["admit", achard.user]])
  })
})

test("somebody whom the organisation attested comes in at once", async () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, () => ({ waiting: { admissions: [waitingFor(achard.user, true)], resets: [] } }))
  fireEvent.click(screen.getByRole("button", { name: "Vérifier et faire entrer" }))
  const form = await screen.findByRole("dialog", { name: /Faire entrer/ })
  expect(form.textContent).toContain("a attesté cette identité")
  fireEvent.click(within(form).getByRole("button", { name: "Confirmer et faire entrer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["admit", achard.user]])
  })
})

test("a reset asks for the comparison although it is attested", async () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, () => ({ waiting: { admissions: [], resets: [waitingFor(landrin.user, true)] } }))
  fireEvent.click(screen.getByRole("button", { name: "Vérifier la nouvelle identité" }))
  const form = await screen.findByRole("dialog", { name: /Confirmer la nouvelle identité de Mme Sophie LANDRIN/ })
  const confirm = within(form).getByRole("button", { name: "Confirmer la nouvelle identité" })
  fireEvent.click(confirm)
  expect(cordee.circle(jeanne).decided).toEqual([])
  fireEvent.click(within(form).getByRole("checkbox"))
  fireEvent.click(confirm)
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["confirmReset", landrin.user]])
  })
})

test("keys that change under one's eyes are not confirmed by the tick that the old ones got", async () => {
  const cordee = show(paths.circle(jeanne))
  const shown = waitingFor(landrin.user, false)
  change(cordee, () => ({ waiting: { admissions: [], resets: [shown] } }))
  fireEvent.click(screen.getByRole("button", { name: "Vérifier la nouvelle identité" }))
  fireEvent.click(within(await screen.findByRole("dialog")).getByRole("checkbox"))
  const swapped = { ...shown, safety: { ...shown.safety, digits: shown.safety.digits.toReversed() } }
  change(cordee, () => ({ waiting: { admissions: [], resets: [swapped] } }))
  const form = screen.getByRole("dialog")
  fireEvent.click(within(form).getByRole("button", { name: "Confirmer la nouvelle identité" }))
  expect(within(form).getByRole("alert").textContent).toContain("Comparez d’abord les chiffres")
  expect(cordee.circle(jeanne).decided).toEqual([])
})

test("members see that a colleague has a new identity, and confirm nothing", () => {
  const cordee = show(paths.circle(jeanne))
  asMember(cordee)
  change(cordee, () => ({ waiting: { admissions: [], resets: [waitingFor(landrin.user, false)] } }))
  const notice = screen.getByRole("status", { name: label })
  expect(notice.textContent).toContain("Mme Sophie LANDRIN a une nouvelle identité.")
  expect(within(notice).queryByRole("button")).toBeNull()
})

test("who has a new identity is told who must confirm it", () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, () => ({ waiting: { admissions: [], resets: [waitingFor(ferrier.user, false)] } }))
  const notice = screen.getByRole("status", { name: label })
  expect(notice.textContent).toContain("Vous avez une nouvelle identité.")
  expect(within(notice).queryByRole("button")).toBeNull()
})

test("a change that others could not follow is told with its author and its reporters", () => {
  const cordee = show(paths.circle(jeanne))
  const report = { committer: haddad.user, reporters: [roussel.user, benali.user], reason: "unprocessable" }
  change(cordee, () => ({ reports: [report] }))
  expect(screen.getByRole("status", { name: label }).textContent).toContain(
    "Les appareils de 2 personnes n’ont pas pu suivre un changement fait par Mme Nadia HADDAD.",
  )
  expect(screen.getByRole("status", { name: label }).textContent).toContain(
    "Signalé par Dr Hélène ROUSSEL et Dr Karim BENALI.",
  )
})

test("history is offered once after somebody came in, from the day on which one decides", async () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, ({ detail, entries }) => ({
    entries: [...entries, joined(benali, 13)],
    detail: detail && {
      ...detail,
      members: detail.members.map((each) =>
        each.user === benali.user ? { ...each, since: "2025-11-27T14:00:00+01:00" } : each,
      ),
    },
  }))
  const offer = screen.getByRole("status", { name: "Donner l’historique" })
  expect(offer.textContent).toContain("Dr Karim BENALI vient d’entrer et ne lit que la suite.")
  fireEvent.click(within(offer).getByRole("button", { name: "Donner l’historique" }))
  const form = await screen.findByRole("dialog", { name: "Donner l’historique à Dr Karim BENALI" })
  fireEvent.click(await within(form).findByRole("radio", { name: "Tout l’historique" }))
  fireEvent.click(within(form).getByRole("button", { name: "Donner et signer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["grantHistory", benali.user, 0]])
  })
  expect(screen.queryByRole("status", { name: "Donner l’historique" })).toBeNull()
})

test("no history is offered for a guest, and none again once it was refused", () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, ({ entries }) => ({ entries: [...entries, joined(haddad, 13), joined(benali, 14)] }))
  const offers = screen.getAllByRole("button", { name: "Ne rien donner" })
  expect(offers).toHaveLength(1)
  for (const offer of offers) fireEvent.click(offer)
  change(cordee, ({ entries }) => ({ entries: [...entries] }))
  expect(screen.queryByRole("button", { name: "Ne rien donner" })).toBeNull()
})
