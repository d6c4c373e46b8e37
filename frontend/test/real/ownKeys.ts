/**
 * A person's devices at the real server: added, told of, named, taken away, lost, and everything anew. Called by
 * tests/integration/test_own_keys.py.
 */
import { when } from "../../src/core/observable.ts"
import { begin, browser, ready, step, until, type Browser, type Signed } from "./clients.ts"

interface Task extends Signed {
  /** Of the authenticator application, good for about a minute. */
  readonly code: string
}

async function further(task: Task, name: string, code: string): Promise<Browser> {
  const made = await browser(task, name)
  await made.cordee.unlock(code)
  await ready(made)
  return made
}

async function wrongCode(task: Task, code: string): Promise<boolean> {
  const made = await browser(task, "Essai")
  const refused = await made.cordee.unlock(code).then(
    () => false,
    (error: unknown) => error instanceof Error && error.message.includes("wrong_recovery_code"),
  )
  await made.cordee.stop()
  return refused
}

async function live(task: Task): Promise<void> {
  let desk = await browser(task, "Poste")
  step("a first device has no keys", desk.cordee.phase.get().at === "no_keys")
  let code = (await desk.cordee.makeKeys()).join(" ")
  desk.cordee.recoveryCodeKept()
  const own = await ready(desk)

  const phone = await further(task, "Téléphone", code)
  const tablet = await further(task, "Tablette", code)
  await until("news", when(desk.cordee.newDevices, (rows) => rows.length === 2))
  step("each new device is told of", tablet.cordee.newDevices.get().length === 0)

  await desk.cordee.renameDevice(own, "Poste de soins")
  const rows = await phone.cordee.devices()
  step("a device is renamed", rows.some(({ name }) => name === "Poste de soins"))

  await desk.cordee.revokeDevice(await ready(phone))
  await until("the end", when(phone.cordee.phase, ({ at }) => at === "device_ended"))
  step("a device that is taken away ends", (await phone.reload()).cordee.phase.get().at === "device_ended")

  const renewed = (await desk.cordee.renewRecoveryCode()).join(" ")
  desk.cordee.recoveryCodeKept()
  step("the old code opens nothing any more", await wrongCode(task, code))
  code = renewed

  const stolen = await further(task, "Portable", code)
  const gone = await ready(stolen)
  const fresh = (await desk.cordee.deviceLost(gone)).join(" ")
  desk.cordee.recoveryCodeKept()
  await ready(desk)
  await until("its end", when(stolen.cordee.phase, ({ at }) => at === "device_ended"))
  step("a lost device ends", true)
  step("the code went with it", await wrongCode(task, code))
  code = fresh
  await ready(await tablet.reload())
  desk = await desk.reload()
  await ready(desk)
  step("the other devices go on by themselves", true)
  await further(task, "Encore", code)
  step("the new code unlocks", true)

  const anew = await browser(task, "Nouveau")
  const unproven = await anew.cordee.resetIdentity().then(
    () => "",
    (error: unknown) => String(error),
  )
  step("a reset asks for a proof of who asks", unproven.includes("reauthentication_required"))
  await anew.cordee.reauthenticate(task.code)
  await anew.cordee.resetIdentity()
  anew.cordee.recoveryCodeKept()
  await ready(anew)
  const refused = await when(desk.cordee.phase, ({ at }) => at === "refused")
  step("a device of before a reset says so", refused.at === "refused" && refused.refusal.code === "identity_changed")
}

begin((task) => live(task as Task))
