// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import type { CircleDetail, CircleView, Entry } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne, urgent } from "../fixtures/circles.ts"
import type { FixtureCordee } from "../fixtures/client.ts"
import { benali, ferrier, haddad, landrin, oyelaran, roussel, vasseur } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const TEXT = "Glycémie à 0,42 g/L, resucrage en cours."

function change(cordee: FixtureCordee, to: Partial<CircleView>): void {
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({ ...view.get(), ...to })
  })
}

function add(cordee: FixtureCordee, entry: Entry): HTMLElement {
  change(cordee, { entries: [...cordee.circle(jeanne).view.get().entries, entry] })
  const message = screen.getAllByRole("article").at(-1)
  if (message === undefined) throw new Error("no message")
  return message
}

test("an urgent message asks me to confirm, and says by name who has", async () => {
  const cordee = show(paths.circle(jeanne))
  const entry = urgent(landrin, 13, TEXT, [roussel, benali])
  const message = add(cordee, entry)
  expect(message.textContent).toContain("Urgent, lecture à confirmer")
  expect(message.textContent).toContain("2 sur 6 ont confirmé")
  expect(message.textContent).toContain(
    "Lecture confirmée\u00a0: Dr Hélène ROUSSEL, Dr Karim BENALI.".replace(", Dr K", " et Dr K"),
  )
  fireEvent.click(within(message).getByRole("button", { name: "Je confirme avoir lu" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["acknowledge", entry.kind === "message" && entry.id, false]])
  })
})

test("once I have confirmed there is nothing left for me to press", () => {
  const message = add(show(paths.circle(jeanne)), urgent(landrin, 13, TEXT, [ferrier]))
  expect(within(message).queryByRole("button", { name: "Je confirme avoir lu" })).toBeNull()
  expect(message.textContent).toContain("1 sur 6 a confirmé")
  expect(message.querySelector(".urgent-waiting")).not.toBeNull()
})

test("confirmed by all, it is calm", () => {
  const all = [roussel, landrin, oyelaran, benali, vasseur, haddad]
  const message = add(show(paths.circle(jeanne)), urgent(ferrier, 13, TEXT, all))
  expect(message.textContent).toContain("6 sur 6 ont confirmé")
  expect(message.textContent).not.toContain("À confirmer")
  expect(message.querySelector(".urgent-done")).not.toBeNull()
})

test("who came in after it was not asked to confirm it", () => {
  const cordee = show(paths.circle(jeanne))
  const message = add(cordee, urgent(ferrier, 13, TEXT, [roussel]))
  const { detail } = cordee.circle(jeanne).view.get()
  const members = detail?.members.map((each) =>
    each.user === benali.user ? { ...each, since: "2025-11-27T15:00:00+01:00" } : each,
  )
  change(cordee, { detail: { ...detail, members } as CircleDetail })
  expect(message.textContent).toContain("1 sur 5 a confirmé")
  expect(message.textContent).not.toContain("BENALI")
})

test("a confirmation that did not arrive is said at the message", async () => {
  const cordee = show(paths.circle(jeanne))
  const message = add(cordee, urgent(landrin, 13, TEXT, []))
  cordee.failNext = "offline"
  fireEvent.click(within(message).getByRole("button", { name: "Je confirme avoir lu" }))
  expect((await within(message).findByRole("alert")).textContent).toContain("Le serveur ne répond pas.")
})

test("erasing is asked for in the menu, and says that the place stays", async () => {
  const cordee = show(paths.circle(jeanne))
  const message = screen.getByRole("article", { name: "Dr Hélène ROUSSEL, Médecin généraliste, 14:05" })
  const menu = within(message).getByRole("button", { name: "Actions sur ce message" })
  menu.focus()
  fireEvent.keyDown(menu, { key: "Enter" })
  fireEvent.keyUp(menu, { key: "Enter" })
  fireEvent.click(await screen.findByRole("menuitem", { name: "Supprimer pour tout le monde" }))
  const question = await screen.findByRole("alertdialog", { name: /Supprimer ce message/ })
  expect(question.textContent).toContain("Sa place, son auteur et la suppression restent au journal.")
  fireEvent.click(within(question).getByRole("button", { name: "Supprimer" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toHaveLength(1)
  })
})

test("one's own message is all that a member erases", () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, { abilities: ["read", "send"] })
  expect(screen.getAllByRole("button", { name: "Actions sur ce message" })).toHaveLength(1)
})

test("an erased message says by whom", () => {
  const cordee = show(paths.circle(jeanne))
  const entry: Entry = { kind: "erased", key: "x", seq: 13, at: "2025-11-27T14:09:00+01:00", by: roussel.user }
  change(cordee, { entries: [...cordee.circle(jeanne).view.get().entries, entry] })
  expect(screen.getByRole("log").textContent).toContain("Message supprimé par Dr Hélène ROUSSEL")
})

test("what came before is asked for with a button", async () => {
  const cordee = show(paths.circle(jeanne))
  change(cordee, { hasEarlier: true })
  fireEvent.click(screen.getByRole("button", { name: "Voir plus ancien" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["loadEarlier"]])
  })
})

test("I can say that I see to it, once, and then all read who does", async () => {
  const cordee = show(paths.circle(jeanne))
  const entry = urgent(landrin, 13, TEXT, [ferrier])
  if (entry.kind !== "message") throw new Error("no message")
  const message = add(cordee, entry)
  fireEvent.click(within(message).getByRole("button", { name: "Je m’en occupe" }))
  await waitFor(() => {
    expect(cordee.circle(jeanne).decided).toEqual([["acknowledge", entry.id, true]])
  })
  change(cordee, { entries: [{ ...entry, takers: [benali.user] }] })
  const taken = screen.getAllByRole("article").at(-1)
  expect(taken?.textContent).toContain("Pris en charge\u00a0: Dr Karim BENALI.")
  expect(taken && within(taken).queryByRole("button", { name: "Je m’en occupe" })).toBeNull()
})

test("what was done about it when nobody confirmed is said under it", () => {
  const cordee = show(paths.circle(jeanne))
  const entry = urgent(landrin, 13, TEXT, [])
  if (entry.kind !== "message") throw new Error("no message")
  add(cordee, entry)
  const reminded = "2025-11-27T14:45:00+01:00"
  change(cordee, { reminders: new Map([[entry.id, { reminded, escalated: "2025-11-27T14:55:00+01:00" }]]) })
  const message = screen.getAllByRole("article").at(-1)
  expect(message?.textContent).toContain("Rappel envoyé à 14:45. Signalé à la coordination à 14:55.")
})
