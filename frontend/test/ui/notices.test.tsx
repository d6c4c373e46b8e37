// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { expect, test } from "vitest"
import { asId, type NoticeRow } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne } from "../fixtures/circles.ts"
import { fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { roussel, uuid } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const by = { name: "Dr Hélène ROUSSEL", profession: roussel.profession, organisation: roussel.organisation }

function notice(number: number, more: Partial<NoticeRow>): NoticeRow {
  const created = "2025-11-27T14:05:00+01:00"
  return { id: asId(uuid(77, number)), what: "urgent", circle: jeanne, by, created, seen: null, ...more }
}

function told(...notices: NoticeRow[]): FixtureCordee {
  const cordee = fixtureCordee()
  cordee.notices.set({ notices, unseen: notices.filter(({ seen }) => seen === null).length })
  return cordee
}

test("a notice says what happened, in which circle, by whom, and leads there", async () => {
  const cordee = show(paths.notices, told(notice(1, {}), notice(2, { what: "contact_asked", circle: null })))
  const [urgent, contact] = within(screen.getByRole("list", { name: /^Avis/ })).getAllByRole("listitem")
  expect(urgent?.textContent).toContain("Rappel\u00a0: un message urgent attend votre confirmation")
  expect(urgent?.textContent).toContain("AUBERTIN Jeanne")
  expect(urgent?.textContent).toContain("Dr Hélène ROUSSEL")
  expect(contact && within(contact).getByRole("link", { name: "Ouvrir" }).getAttribute("href")).toBe(paths.network)
  await waitFor(() => {
    expect(cordee.reaching.marked).toHaveLength(2)
  })
})

test("what was new stays marked as new while one looks, and is told to the server once", async () => {
  const cordee = show(paths.notices, told(notice(1, {}), notice(2, { seen: "2025-11-27T14:06:00+01:00" })))
  await waitFor(() => {
    expect(cordee.reaching.marked).toHaveLength(1)
  })
  act(() => {
    const seen = "2025-11-27T14:07:00+01:00"
    cordee.notices.set({ notices: [notice(1, { seen }), notice(2, { seen })], unseen: 0 })
  })
  expect(screen.getAllByText("Nouveau")).toHaveLength(1)
  expect(cordee.reaching.marked).toHaveLength(1)
})

test("an end that is near and a circle that is open again are told in words", () => {
  show(paths.notices, told(notice(1, { what: "ending_soon" }), notice(2, { what: "reopened" })))
  expect(screen.getByText("Un accès au cercle prend fin dans les sept jours")).toBeDefined()
  expect(screen.getByText("Le cercle a été rouvert")).toBeDefined()
})

test("a notice of a newer server has words too", () => {
  show(paths.notices, told(notice(1, { what: null, by: null, circle: null })))
  expect(screen.getByText("Une information vous attend")).toBeDefined()
})

test("the tab tells how much waits, and never about whom", () => {
  const cordee = show(paths.notices, told(notice(1, {})))
  const before = document.title
  expect(before).toMatch(/^\(\d+\) Avis · Cordée$/)
  act(() => {
    cordee.notices.set({ notices: [], unseen: 0 })
    cordee.circles.set([])
    cordee.invitations.set([])
  })
  expect(document.title).toBe("Avis · Cordée")
})

test("this browser is asked to wake me, and stops when I say so", async () => {
  const cordee = show(paths.security)
  fireEvent.click(await screen.findByRole("button", { name: "Me prévenir ici" }))
  expect(await screen.findByText("Ce navigateur vous prévient.")).toBeDefined()
  fireEvent.click(screen.getByRole("button", { name: "Ne plus me prévenir ici" }))
  expect(await screen.findByText("Ce navigateur ne vous prévient pas.")).toBeDefined()
  expect(cordee.calls.filter((call) => call === "wake" || call === "sleep")).toEqual(["wake", "sleep"])
})

test("a browser that refuses says where it can be changed, and offers nothing", async () => {
  const cordee = fixtureCordee()
  cordee.reaching.state = "denied"
  show(paths.security, cordee)
  expect(await screen.findByText(/refusées dans les réglages de ce navigateur/)).toBeDefined()
  expect(screen.queryByRole("button", { name: /prévenir ici/ })).toBeNull()
})

test("letters and quiet hours are what I prefer, in my own time zone", async () => {
  const cordee = show(paths.security)
  fireEvent.click(await screen.findByRole("checkbox", { name: /Un courriel sans contenu/ }))
  await waitFor(() => {
    expect(cordee.reaching.held.mail).toBe(false)
  })
  fireEvent.click(screen.getByRole("checkbox", { name: /Heures calmes/ }))
  await waitFor(() => {
    expect(cordee.reaching.held.quiet).toEqual({ begin: "21:00:00", end: "07:00:00" })
  })
  expect(cordee.reaching.held.zone).toBe("Europe/Paris")
})
