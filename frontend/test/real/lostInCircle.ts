/**
 * A device is lost while its person is in a circle, at the real server: the circle follows to the new identity,
 * everybody goes on, and a new device reads everything, also what was sealed to the old history key. Called by
 * tests/integration/test_lost_in_circle.py.
 */
import type { Circle, CircleId, CircleView, PatientTraits } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { begin, browser, firstDevice, ready, step, until, type Browser } from "./clients.ts"

interface Task {
  readonly url: string
  readonly doctor: string
  readonly nurse: string
  /** Family name of the nurse, by which the directory finds her. */
  readonly nurseName: string
}

const PATIENT: PatientTraits = {
  birth_name: "AUBERTIN",
  used_name: null,
  given_names: "Odile",
  birth_date: "1941-03-12",
  sex: "F",
  birthplace: "38185",
  identity_status: "provisional",
  attributes: [],
  matricule: null,
  oid: null,
}

const texts = ({ view }: Circle): string[] =>
  view.get().entries.flatMap((entry) => (entry.kind === "message" ? [entry.text] : []))

async function live({ cordee }: Browser, id: CircleId): Promise<Circle> {
  const circle = cordee.circle(id)
  await until("an open composer", when(circle.view, ({ composer }) => composer.state === "open"))
  return circle
}

async function says(circle: Circle, text: string): Promise<void> {
  const id = await circle.send(text)
  const isKept = when(circle.view, ({ entries }) =>
    entries.some((entry) => entry.kind === "message" && entry.id === id && entry.seq !== null),
  )
  await until(text, isKept)
}

async function shows(circle: Circle, ...expected: readonly string[]): Promise<void> {
  const shown = when(circle.view, () => expected.every((text) => texts(circle).includes(text)))
  await until(expected.join(), shown).catch((error: unknown) => {
    const { composer, entries } = circle.view.get()
    const seen = entries.map((entry) => (entry.kind === "event" ? entry.event.type : entry.kind)).join()
    throw new Error(`${String(error)}: ${JSON.stringify(composer)} after ${seen}`)
  })
}

async function lives({ doctor, nurse, nurseName, url }: Task): Promise<void> {
  const desk = await firstDevice({ url, cookie: doctor }, "Cabinet")
  const hers = await firstDevice({ url, cookie: nurse }, "Tournée")
  const id = await desk.cordee.openCircle({ patient: PATIENT, informedOn: "2026-11-01", ground: "same_structure" })
  const circle = await live(desk, id)
  const { candidates } = await circle.candidates(nurseName)
  const [candidate] = candidates
  if (candidate === undefined) throw new Error("the directory does not know her")
  await circle.invite({ candidate, role: "member", ground: "formal_team", notAfter: null })
  const list = await when(hers.cordee.invitations, (each) => (each?.length ?? 0) > 0)
  const [invitation] = list ?? []
  if (invitation === undefined) throw new Error("not invited")
  await hers.cordee.accept(invitation.id)
  const nursing = await live(hers, id)
  await says(circle, "Avant.")
  await shows(nursing, "Avant.")

  const phone = await browser({ url, cookie: doctor }, "Téléphone")
  await phone.cordee.unlock(desk.code)
  const lost = await ready(phone)
  await shows(await live(phone, id), "Avant.")
  const tablet = await browser({ url, cookie: doctor }, "Tablette")
  await tablet.cordee.unlock(desk.code)
  await ready(tablet)
  await live(tablet, id)
  step("three devices of one person are in the circle", true)

  const code = (await desk.cordee.deviceLost(lost)).join(" ")
  desk.cordee.recoveryCodeKept()
  await ready(desk)
  const rotated = ({ entries }: CircleView): boolean =>
    entries.some((entry) => entry.kind === "event" && entry.event.type === "identity_rotated")
  await until("the circle to follow", when(nursing.view, rotated))
  step("the circle follows to the new identity, in sight of all", true)
  const again = await live(desk, id)
  await says(again, "Après.")
  await shows(nursing, "Avant.", "Après.")
  await says(nursing, "Bien reçu.")
  await shows(again, "Avant.", "Après.", "Bien reçu.")
  step("both go on writing", true)
  await ready(tablet)
  await shows(await live(tablet, id), "Avant.", "Après.", "Bien reçu.")
  step("the remaining device goes on by itself", true)
  step("the lost one does not", phone.cordee.phase.get().at === "device_ended")

  const further = await browser({ url, cookie: doctor }, "Nouveau")
  await further.cordee.unlock(code)
  await ready(further)
  await shows(await live(further, id), "Avant.", "Après.", "Bien reçu.")
  step("a new device reads everything", true)
}

begin((task) => lives(task as Task))
