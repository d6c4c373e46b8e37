// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { describe, expect, test } from "vitest"
import { paths } from "../../src/features/shell/paths.ts"
import { jeanne, summaries } from "../fixtures/circles.ts"
import { fixtureCordee } from "../fixtures/client.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const grandvaux = summaries()[1]?.row.id ?? jeanne
const jean = summaries()[2]?.row.id ?? jeanne

function field(): HTMLTextAreaElement {
  return screen.getByRole("textbox", { name: /^Message au cercle/ })
}

function write(text: string): void {
  fireEvent.change(field(), { target: { value: text } })
}

describe("writing in a circle", () => {
  test("Enter sends, and empties the field", async () => {
    const cordee = show(paths.circle(grandvaux))
    write("Bien reçu.")
    fireEvent.keyDown(field(), { key: "Enter" })
    await waitFor(() => {
      expect(cordee.circle(grandvaux).sent).toEqual(["Bien reçu."])
    })
    expect(field().value).toBe("")
  })

  test("Shift and Enter starts a new line", () => {
    const cordee = show(paths.circle(grandvaux))
    write("Bien reçu.")
    const notTaken = fireEvent.keyDown(field(), { key: "Enter", shiftKey: true })
    expect(notTaken).toBe(true)
    expect(cordee.circle(grandvaux).sent).toEqual([])
  })

  test("Enter that ends the composition of a character sends nothing", () => {
    const cordee = show(paths.circle(grandvaux))
    write("か")
    fireEvent.keyDown(field(), { key: "Enter", isComposing: true })
    expect(cordee.circle(grandvaux).sent).toEqual([])
  })

  test("nothing but spaces is not sent", () => {
    const cordee = show(paths.circle(grandvaux))
    write("   ")
    fireEvent.keyDown(field(), { key: "Enter" })
    expect(cordee.circle(grandvaux).sent).toEqual([])
  })

  test("the field and the button name the patient", () => {
    show(paths.circle(jeanne))
    expect(screen.getByRole("button", { name: "Envoyer au cercle de Jeanne AUBERTIN" })).toBeDefined()
    expect(screen.getByRole("textbox", { name: "Message au cercle de Jeanne AUBERTIN" })).toBeDefined()
    expect(screen.getByText("6 personnes liront ce message")).toBeDefined()
  })

  test("a draft stays with its circle", () => {
    show(paths.circle(grandvaux))
    write("à finir")
    fireEvent.click(screen.getByRole("row", { name: /DIARRA-LEROY/ }))
    expect(screen.getByRole("region", { name: /DIARRA-LEROY Fatou/ })).toBeDefined()
    expect(field().value).toBe("")
    fireEvent.click(screen.getByRole("row", { name: /GRANDVAUX/ }))
    expect(field().value).toBe("à finir")
    write("")
  })

  test("a refused text comes back with the reason in words", async () => {
    const cordee = fixtureCordee()
    cordee.failNext = "too_long"
    show(paths.circle(grandvaux), cordee)
    write("un très long texte")
    fireEvent.keyDown(field(), { key: "Enter" })
    const alert = await screen.findByRole("alert")
    expect(alert.textContent).toContain("trop long")
    expect(field().value).toBe("un très long texte")
    write("")
  })

  test("offline says that messages wait, and still takes them", async () => {
    const cordee = show(paths.circle(grandvaux))
    const { view } = cordee.circle(grandvaux)
    act(() => {
      view.set({ ...view.get(), composer: { state: "offline" } })
    })
    expect(screen.getByText("Hors ligne. Partira au retour du réseau.")).toBeDefined()
    write("Bonsoir")
    fireEvent.keyDown(field(), { key: "Enter" })
    await waitFor(() => {
      expect(cordee.circle(grandvaux).sent).toEqual(["Bonsoir"])
    })
  })

  test("an observer has no field, and reads why", () => {
    const cordee = show(paths.circle(grandvaux))
    const { view } = cordee.circle(grandvaux)
    act(() => {
      view.set({ ...view.get(), composer: { state: "closed", why: "no_right" } })
    })
    expect(screen.queryByRole("textbox", { name: /^Message/ })).toBeNull()
    expect(screen.getByText(/votre rôle n’écrit pas/)).toBeDefined()
  })
})

describe("a near name", () => {
  test("is asked about once, when the last message went to the other patient", async () => {
    const cordee = show(paths.circle(jean))
    write("Bonjour")
    fireEvent.keyDown(field(), { key: "Enter" })
    await waitFor(() => {
      expect(cordee.circle(jean).sent).toEqual(["Bonjour"])
    })
    fireEvent.click(screen.getByRole("row", { name: "AUBERTIN Jeanne" }))
    write("Les Tilleuls sont prévenus")
    fireEvent.keyDown(field(), { key: "Enter" })

    const question = await screen.findByRole("alertdialog")
    expect(question.textContent).toContain("Vous écrivez à Jeanne AUBERTIN, 84\u00a0ans")
    expect(cordee.circle(jeanne).sent).toEqual([])

    fireEvent.click(within(question).getByRole("button", { name: "Envoyer au cercle de Jeanne AUBERTIN" }))
    await waitFor(() => {
      expect(cordee.circle(jeanne).sent).toEqual(["Les Tilleuls sont prévenus"])
    })
    write("Une seconde fois")
    fireEvent.keyDown(field(), { key: "Enter" })
    await waitFor(() => {
      expect(cordee.circle(jeanne).sent).toHaveLength(2)
    })
  })
})
