// @vitest-environment jsdom
import { fireEvent, screen } from "@testing-library/react"
import { expect, test, vi } from "vitest"
import type { CircleView } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { languages, speak } from "../../src/locales/i18n.ts"
import { jeanne } from "../fixtures/circles.ts"
import { fixtureCordee } from "../fixtures/client.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const words = {
  fr: { title: "Quelque chose s’est cassé ici", safe: /^Rien n’est perdu/, reload: "Recharger la page" },
  en: { title: "Something broke here", safe: /^Nothing is lost/, reload: "Reload the page" },
}

test.each(languages)("an error while drawing is said in words, with the way on (%s)", async (language) => {
  const complaints = vi.spyOn(console, "error").mockReturnValue(undefined)
  await speak(language)
  const cordee = fixtureCordee()
  const { view } = cordee.circle(jeanne)
  view.set({ ...view.get(), entries: null } as unknown as CircleView)
  show(paths.circle(jeanne), cordee)

  expect(screen.getByRole("heading", { name: words[language].title })).toBeDefined()
  expect(screen.getByText(words[language].safe)).toBeDefined()
  expect(complaints).toHaveBeenCalled()

  const reload = vi.fn()
  vi.stubGlobal("location", { reload })
  fireEvent.click(screen.getByRole("button", { name: words[language].reload }))
  expect(reload).toHaveBeenCalledOnce()
})
