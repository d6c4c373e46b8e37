// @vitest-environment jsdom
import { fireEvent, screen, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import type { MessageEntry } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { speak } from "../../src/locales/i18n.ts"
import { withBoundPunctuation } from "../../src/locales/punctuation.ts"
import { fresh, jeanne } from "../fixtures/circles.ts"
import { fixtureCordee } from "../fixtures/client.ts"
import { roussel } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const RECEIVED = "2025-11-27T02:43:00+01:00"

/** The conversation with one message, received at 02:43 today. */
function showReceived(message: Partial<MessageEntry>): HTMLElement {
  const cordee = fixtureCordee()
  const { view } = cordee.circle(jeanne)
  const received = { ...fresh(roussel, 20, RECEIVED, "Qui passe ce soir ?"), ...message } as MessageEntry
  view.set({ ...view.get(), entries: [received] })
  show(paths.circle(jeanne), cordee)
  return screen.getByRole("article")
}

describe("the author's clock is shown as told", () => {
  test("a message that waited says when it was written, and on request when it was received", async () => {
    const article = showReceived({ created: "2025-11-13T08:10:00+01:00" })
    expect(article.getAttribute("aria-label")).toMatch(/, écrit le 13 novembre à 08:10, reçu le 27 novembre à 02:43$/)
    fireEvent.click(within(article).getByRole("button", { name: "écrit le 13 novembre à 08:10" }))
    const why = await screen.findByRole("dialog", { name: "Quand ce message a été écrit et reçu" })
    expect(why.textContent).toContain("écrit le 13 novembre à 08:10, reçu le 27 novembre à 02:43.")
  })

  test("it stands under the day on which the server received it", () => {
    showReceived({ created: "2025-11-13T08:10:00+01:00" })
    expect(screen.getByRole("heading", { name: "Aujourd’hui" })).toBeDefined()
    expect(screen.queryByRole("heading", { name: /13 novembre/ })).toBeNull()
  })

  test.each([
    ["earlier the same day", "2025-11-27T01:05:00+01:00", "écrit à 01:05"],
    ["by a clock that is ahead", "2025-11-27T02:50:00+01:00", "écrit à 02:50"],
    ["last year", "2024-12-01T08:10:00+01:00", "écrit le 1er décembre 2024 à 08:10"],
  ])("%s", (_, created, words) => {
    expect(within(showReceived({ created })).getByRole("button", { name: words })).toBeDefined()
  })

  test("five minutes of difference are none", () => {
    const article = showReceived({ created: "2025-11-27T02:38:00+01:00" })
    expect(within(article).queryByRole("button", { name: /écrit/ })).toBeNull()
    expect(article.getAttribute("aria-label")).toMatch(/, 02:43$/)
  })

  test("in English too", async () => {
    const article = showReceived({ created: "2025-11-13T08:10:00+01:00" })
    await speak("en")
    expect(await within(article).findByRole("button", { name: "written on 13 November at 08:10" })).toBeDefined()
    await speak("fr")
  })

  test("the list shows the same time", () => {
    const cordee = fixtureCordee()
    const circles = cordee.circles.get() ?? []
    cordee.circles.set(
      circles.map((each) =>
        each.row.id === jeanne && each.last !== null
          ? { ...each, last: { ...each.last, created: "2025-11-13T08:10:00+01:00" } }
          : each,
      ),
    )
    show(paths.circles, cordee)
    expect(screen.getByRole("row", { name: "AUBERTIN Jeanne" }).querySelector("time")?.textContent).toBe("13 nov.")
  })
})

describe("French punctuation", () => {
  test.each([
    ["Qui passe ce soir ?", "Qui passe ce soir\u00a0?"],
    ["Oui : « demain » ; merci !", "Oui\u00a0: «\u00a0demain\u00a0»\u00a0; merci\u00a0!"],
    ["À 14:05, 3 fois", "À 14:05, 3 fois"],
  ])("%s", (typed, shown) => {
    expect(withBoundPunctuation(typed)).toBe(shown)
  })

  test("is bound where a message is drawn", () => {
    expect(showReceived({}).querySelector(".message-text")?.textContent).toBe("Qui passe ce soir\u00a0?")
  })

  test("is bound in the list", () => {
    show(paths.circles)
    expect(screen.getByRole("row", { name: "GRANDVAUX Émile" }).textContent).toContain("grille AGGIR\u00a0?")
  })
})
