/**
 * Real clients at a real server, under Node: how the lives of this folder begin, wait and say what came about. Python
 * tests start them, hand in addresses and open sessions, and look at what the server has kept; each line of standard
 * output names a step.
 */
import { createCordee, type Cordee, type DeviceId } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { nodePlatform } from "../../src/platform/node.ts"

export interface Signed {
  readonly url: string
  /** Of an open session. */
  readonly cookie: string
}

export interface Browser {
  readonly cordee: Cordee
  /** The page is loaded again. */
  readonly reload: () => Promise<Browser>
}

const PATIENCE = 30_000

export async function browser({ cookie, url }: Signed, name: string): Promise<Browser> {
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

export async function until(what: string, done: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited in vain for ${what}`))
    }, PATIENCE)
  })
  await Promise.race([done, late])
  clearTimeout(timer)
}

export async function ready({ cordee }: Browser): Promise<DeviceId> {
  await until("ready", when(cordee.phase, ({ at }) => at === "ready"))
  await until("online", when(cordee.connection, (state) => state === "online"))
  const phase = cordee.phase.get()
  if (phase.at !== "ready") throw new Error(phase.at)
  return phase.device
}

/** With the first device of this person, ready; and the code that recovers it. */
export async function firstDevice(signed: Signed, name: string): Promise<Browser & { readonly code: string }> {
  const made = await browser(signed, name)
  const code = (await made.cordee.makeKeys()).join(" ")
  made.cordee.recoveryCodeKept()
  await ready(made)
  return { ...made, code }
}

export function step(name: string, holds: boolean, more: object = {}): void {
  if (!holds) throw new Error(`not so: ${name}`)
  process.stdout.write(`${JSON.stringify({ step: name, ...more })}\n`)
}

async function standardInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString("utf8")
}

/** Lives with the task on standard input; the process ends with it. */
export function begin(live: (task: unknown) => Promise<void>): void {
  standardInput()
    .then((text) => live(JSON.parse(text)))
    .then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
        process.exit(1)
      },
    )
}
