/**
 * A registrar and a colleague at the real server: the organisation's key, an attestation of the key that was shown, and
 * nobody else's. Called by tests/integration/test_registrar_client.py.
 */
import { begin, firstDevice, step, type Signed } from "./clients.ts"

interface Task {
  readonly url: string
  readonly registrar: string
  readonly colleague: string
  /** Of the registrar's second factor. */
  readonly code: string
}

const code = (error: unknown): string => (error instanceof Error && "code" in error ? String(error.code) : "")

async function live({ code: secondFactor, colleague, registrar, url }: Task): Promise<void> {
  const signed = (cookie: string): Signed => ({ url, cookie })
  const other = await firstDevice(signed(colleague), "Poste")
  const { cordee } = await firstDevice(signed(registrar), "Accueil")
  const phase = cordee.phase.get()
  const theirs = other.cordee.phase.get()
  if (phase.at !== "ready" || theirs.at !== "ready") throw new Error(`${phase.at}, ${theirs.at}`)
  const [organisation] = phase.me.organisations
  if (organisation === undefined) throw new Error("registrar of nothing")

  const early = await cordee.attest(organisation.id, theirs.me.id).catch(code)
  step("nobody is attested who was not shown", early === "not_found")
  const { steward } = await cordee.organisationPeople(organisation.id)
  step("the organisation has no key yet", steward === null)
  const keyless = await cordee.attest(organisation.id, theirs.me.id).catch(code)
  step("and nothing is signed without it", keyless === "not_allowed")
  const unproven = await cordee.makeSteward(organisation.id).catch(code)
  step("the key asks for a proof of who asks", unproven === "reauthentication_required")
  await cordee.reauthenticate(secondFactor)
  await cordee.makeSteward(organisation.id)
  await cordee.makeSteward(organisation.id)
  step("the key is made once", (await cordee.organisationPeople(organisation.id)).steward !== null)

  const mine = await cordee.safetyNumber(theirs.me.id)
  step("the key that was shown has a number to compare", mine.digits.length === 12 && !mine.compared)
  await cordee.markCompared(theirs.me.id)
  step("and is marked as compared", (await cordee.safetyNumber(theirs.me.id)).compared)
  await cordee.attest(organisation.id, theirs.me.id)
  const { people } = await cordee.organisationPeople(organisation.id)
  step("it is attested", people.find(({ user }) => user === theirs.me.id)?.attestation !== null)
  step("no circle is stranded", (await cordee.strandedCircles(organisation.id)).length === 0)
  step("others find nothing", (await other.cordee.organisationPeople(organisation.id).catch(code)) === "not_found")
}

begin((task) => live(task as Task))
