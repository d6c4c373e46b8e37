/**
 * A person's devices at the real server: added, told of, named, taken away, lost, and everything anew. Called by
 * tests/integration/test_own_keys.py, which hands in the address and an open session and looks at what the server has
 * kept; each line of standard output names a step that came about.
 */
import { createCordee, type Cordee, type DeviceId } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { nodePlatform } from "../../src/platform/node.ts"

interface Task {
  readonly url: string
  readonly cookie: string
  /** Of the authenticator application, good for about a minute. */
  readonly code: string
}

interface Browser {
  readonly cordee: Cordee
  /** The page is loaded again. */
  readonly reload: () => Promise<Browser>
}

const PATIENCE = 30_000

async function browser({ cookie, url }: Task, name: string): Promise<Browser> {
  const platform = nodePlatform({ origin: url, cookie, deviceName: name })
  const start = async (): Promise<Browser> => {
    const cordee = createCordee(platform)
    await cordee.start()
    return {
      cordee,
      async reload() {
        await cordee.stop()
        return start()
      },
    }
  }
  return start()
}

async function until(what: string, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited in vain for ${what}`))
    }, PATIENCE)
  })
  await Promise.race([done, late])
  clearTimeout(timer)
}

async function ready({ cordee }: Browser): Promise<DeviceId> {
  await until("ready", when(cordee.phase, ({ at }) => at === "ready"))
  await until("online", when(cordee.connection, (state) => state === "online"))
  const phase = cordee.phase.get()
  if (phase.at !== "ready") throw new Error(phase.at)
  return phase.device
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

function step(name: string, holds: boolean, more: object = {}): void {
  if (!holds) throw new Error(`not so: ${name}`)
  process.stdout.write(`${JSON.stringify({ step: name, ...more })}\n`)
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

async function standardInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString("utf8")
}

standardInput()
  .then((text) => live(JSON.parse(text) as Task))
  .then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
      process.exit(1)
    },
  )
