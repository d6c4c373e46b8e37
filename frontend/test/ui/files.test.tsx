// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from "@testing-library/react"
import { beforeEach, describe, expect, test, vi } from "vitest"
import { asId, CordeeError, type FileId, type MessageEntry } from "../../src/core/index.ts"
import { paths } from "../../src/features/shell/paths.ts"
import { fresh, jeanne, summaries } from "../fixtures/circles.ts"
import { fixtureCordee, type FixtureCordee } from "../fixtures/client.ts"
import { roussel } from "../fixtures/people.ts"
import { atTheDesk, show } from "./screen.tsx"

atTheDesk()

const grandvaux = summaries()[1]?.row.id ?? jeanne
const FILE = asId<FileId>("019386c5-6d00-7a01-8004-000000000001")

function attach(...files: File[]): void {
  const input = document.querySelector<HTMLInputElement>("input[type=file]")
  if (input === null) throw new Error("no way to choose a file")
  fireEvent.change(input, { target: { files } })
}

function file(name: string, size = 3, type = ""): File {
  const made = new File(["abc"], name, { type })
  Object.defineProperty(made, "size", { value: size })
  return made
}

function listed(): (string | null)[] {
  return within(screen.getByRole("list", { name: "Fichiers joints à ce message" }))
    .getAllByRole("listitem")
    .map(({ textContent }) => textContent)
}

function field(): HTMLTextAreaElement {
  return screen.getByRole("textbox", { name: /^Message au cercle/ })
}

describe("in the composer", () => {
  test("files are listed with their size, and taken out by name", () => {
    show(paths.circle(jeanne))
    attach(file("radio.jpg", 2_516_582), file("petit.txt", 12))
    expect(listed()).toEqual(["radio.jpg2,4\u00a0Mo", "petit.txt12\u00a0o"])
    fireEvent.click(screen.getByRole("button", { name: "Retirer radio.jpg" }))
    expect(listed()).toEqual(["petit.txt12\u00a0o"])
    fireEvent.click(screen.getByRole("button", { name: "Retirer petit.txt" }))
  })

  test("a file alone is a message; the list is empty once it is on its way", async () => {
    const cordee = show(paths.circle(jeanne))
    const send = vi.spyOn(cordee.circle(jeanne), "send")
    attach(file("radio.jpg"))
    fireEvent.keyDown(field(), { key: "Enter" })
    await waitFor(() => {
      expect(send).toHaveBeenCalledWith("", expect.objectContaining({ files: [expect.objectContaining({ name: "radio.jpg" })] }))
    })
    expect(screen.queryByRole("list", { name: "Fichiers joints à ce message" })).toBeNull()
  })

  test("what could not be sent comes back, with the reason", async () => {
    const cordee = show(paths.circle(jeanne))
    vi.spyOn(cordee.circle(jeanne), "send").mockRejectedValue(new CordeeError("no_space"))
    attach(file("radio.jpg"))
    fireEvent.change(field(), { target: { value: "Voici" } })
    fireEvent.keyDown(field(), { key: "Enter" })
    expect((await screen.findByRole("alert")).textContent).toContain("Ce navigateur n’a plus la place")
    expect(listed()).toHaveLength(1)
    expect(field().value).toBe("Voici")
    fireEvent.click(screen.getByRole("button", { name: "Retirer radio.jpg" }))
    fireEvent.change(field(), { target: { value: "" } })
  })

  test("too large, or too many, is said at once and not taken", () => {
    show(paths.circle(jeanne))
    attach(file("trop.bin", 100 * 1024 * 1024 + 1), file("juste.bin", 100 * 1024 * 1024))
    expect(screen.getByRole("alert").textContent).toBe("trop.bin dépasse 100\u00a0Mo et n’a pas été joint.")
    expect(listed()).toEqual(["juste.bin100\u00a0Mo"])
    attach(...Array.from({ length: 16 }, (_, number) => file(`${number}.txt`)))
    expect(screen.getByRole("alert").textContent).toContain("16 fichiers au plus")
    expect(listed()).toHaveLength(16)
    for (const each of screen.getAllByRole("button", { name: /^Retirer .*\.(txt|bin)$/ })) fireEvent.click(each)
  })

  test("a file never goes along to another circle", () => {
    show(paths.circle(grandvaux))
    attach(file("de grandvaux.pdf"))
    fireEvent.click(screen.getByRole("row", { name: /DIARRA-LEROY/ }))
    expect(screen.queryByRole("list", { name: "Fichiers joints à ce message" })).toBeNull()
    fireEvent.click(screen.getByRole("row", { name: /GRANDVAUX/ }))
    expect(listed()).toHaveLength(1)
    fireEvent.click(screen.getByRole("button", { name: "Retirer de grandvaux.pdf" }))
  })

  test("words are pasted as words also when a picture of them is beside", () => {
    show(paths.circle(jeanne))
    const files = [file("image.png", 3, "image/png")]
    const notTaken = fireEvent.paste(field(), { clipboardData: { files, types: ["text/plain", "Files"] } })
    expect(notTaken).toBe(true)
    expect(screen.queryByRole("list", { name: "Fichiers joints à ce message" })).toBeNull()
    fireEvent.paste(field(), { clipboardData: { files, types: ["Files"] } })
    expect(listed()).toHaveLength(1)
    fireEvent.click(screen.getByRole("button", { name: "Retirer image.png" }))
  })
})

describe("in a message", () => {
  let cordee: FixtureCordee
  beforeEach(() => {
    cordee = fixtureCordee()
    vi.stubGlobal("URL", Object.assign(URL, { createObjectURL: () => "blob:x", revokeObjectURL: () => undefined }))
  })

  function withFile(name: string, type: string, more: Partial<MessageEntry> = {}): void {
    const entry = fresh(roussel, 900, "2025-11-27T14:00:00+01:00", "Voici.") as MessageEntry
    const { view } = cordee.circle(jeanne)
    const files = [{ id: FILE, name, type, size: 1024 }]
    view.set({ ...view.get(), entries: [{ ...entry, files, ...more }] })
    show(paths.circle(jeanne), cordee)
  }

  test("that is not what was signed, it says so and saves nothing; one may try again", async () => {
    withFile("courrier.pdf", "application/pdf")
    const open = vi.spyOn(cordee.circle(jeanne), "openFile").mockRejectedValue(new CordeeError("file_altered"))
    fireEvent.click(screen.getByRole("button", { name: "Télécharger courrier.pdf" }))
    expect((await screen.findByRole("alert")).textContent).toContain("Ce fichier n’est pas celui qui a été signé.")
    fireEvent.click(screen.getByRole("button", { name: "Réessayer" }))
    await waitFor(() => {
      expect(open).toHaveBeenCalledTimes(2)
    })
  })

  test("a picture shows itself under its name and size", async () => {
    const picture = new Blob(["x"], { type: "image/png" })
    vi.spyOn(cordee.circle(jeanne), "openFile").mockResolvedValue(picture)
    withFile("radio.png", "image/png")
    const shown = await screen.findByRole("button", { name: "Agrandir l’image radio.png, 1\u00a0Ko" })
    fireEvent.click(shown)
    expect(screen.getByRole("dialog").textContent).toContain("AUBERTIN Jeanne")
  })

  test("on its way it shows how far it is, and can be given up", async () => {
    withFile("radio.png", "image/png", { seq: null, mine: true, sending: { state: "uploading", done: 25, total: 100 } })
    const discard = vi.spyOn(cordee.circle(jeanne), "discard")
    const bar = screen.getByRole("progressbar", { name: "Envoi des fichiers joints" })
    expect(bar.getAttribute("aria-valuenow")).toBe("25")
    await act(async () => {
      fireEvent.click(screen.getByRole("button", { name: "Abandonner l’envoi" }))
      await Promise.resolve()
    })
    expect(discard).toHaveBeenCalledTimes(1)
  })
})
