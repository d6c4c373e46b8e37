// @vitest-environment jsdom
import { act, screen } from "@testing-library/react"
import { expect, test, vi } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { fresh, jeanne, NOW } from "../fixtures/circles.ts"
import type { FixtureCordee } from "../fixtures/client.ts"
import { ferrier, roussel } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

function look(focused: boolean): void {
  vi.spyOn(document, "hasFocus").mockReturnValue(focused)
  act(() => {
    window.dispatchEvent(new Event(focused ? "focus" : "blur"))
  })
}

function arrive(cordee: FixtureCordee, mine: boolean, seq: number): void {
  const { view } = cordee.circle(jeanne)
  act(() => {
    view.set({
      ...view.get(),
      entries: [...view.get().entries, fresh(mine ? ferrier : roussel, seq, NOW, `numéro ${String(seq)}`)],
    })
  })
}

function line(): HTMLElement | null {
  return screen.queryByRole("heading", { name: "Nouveaux messages" })
}

test("what was unread when the circle was opened is new", () => {
  look(true)
  show(paths.circle(jeanne))
  expect(line()).not.toBeNull()
})

test("what one has answered is no longer new, and what comes before one's eyes is not", () => {
  look(true)
  const cordee = show(paths.circle(jeanne))
  arrive(cordee, true, 20)
  expect(line()).toBeNull()
  arrive(cordee, false, 21)
  expect(line()).toBeNull()
})

test("what comes while one looks away is new when one looks again", () => {
  look(true)
  const cordee = show(paths.circle(jeanne))
  arrive(cordee, true, 20)
  look(false)
  arrive(cordee, false, 21)
  look(true)
  expect(line()).not.toBeNull()
})

test("only what is looked at counts as read", () => {
  look(false)
  const cordee = show(paths.circle(jeanne))
  const { read } = cordee.circle(jeanne)
  expect(read).toEqual([])
  look(true)
  expect(read.at(-1)).toBe(12)
})
