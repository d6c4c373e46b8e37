/** Renders the whole application over the fixture client at one address, as a person would meet it. */
import { cleanup, render } from "@testing-library/react"
import { MemoryRouter, useLocation } from "react-router"
import { afterEach, beforeEach, vi } from "vitest"
import { App } from "../../src/features/shell/App.tsx"
import { startWords } from "../../src/locales/i18n.ts"
import { NOW } from "../fixtures/circles.ts"
import { fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"

process.env["TZ"] = "Europe/Paris"

const nothing = (): void => undefined

/** What jsdom lacks: a layout. Every element is as large as a screen, the window as wide as a desk. */
function pretendLayout(): void {
  class Observer {
    observe = nothing
    unobserve = nothing
    disconnect = nothing
  }
  vi.stubGlobal("ResizeObserver", Observer)
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query.includes("min-width"),
    addEventListener: nothing,
    removeEventListener: nothing,
  }))
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(800)
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(1200)
  Element.prototype.scrollTo = nothing
}

/** Call at the top of a test file. */
export function atTheDesk(): void {
  beforeEach(() => {
    localStorage.clear()
    startWords()
    pretendLayout()
    vi.useFakeTimers({ toFake: ["Date"], now: new Date(NOW) })
  })
  afterEach(() => {
    cleanup()
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    document.body.replaceChildren()
  })
}

/** Where the person is, as the address bar would say. */
function Address() {
  return <output data-testid="address">{useLocation().pathname}</output>
}

export function show(path: string, cordee: FixtureCordee = fixtureCordee()): FixtureCordee {
  render(
    <MemoryRouter initialEntries={[path]}>
      <App cordee={cordee} />
      <Address />
    </MemoryRouter>,
  )
  return cordee
}
