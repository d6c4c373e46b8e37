/**
 * The people of an attack: real clients, each before a man in the middle of its own, and circles that were honest until
 * now. Attacks build on it; `run.ts` starts it.
 */
import {
  createCordee,
  createMemoryStorage,
  type Circle,
  type CircleId,
  type CircleView,
  type Cordee,
  type Platform,
} from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import type { Storage } from "../../src/core/store/storage.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import { groups } from "../../src/core/circle/records.ts"
import { deserialise, type GroupState } from "../../src/core/mls/group.ts"
import { nodePlatform } from "../../src/platform/node.ts"
import { Middle } from "./middle.ts"

/** Who may sign in: made by tests/evil/conftest.py through the product's own services. */
export interface Account {
  readonly name: string
  readonly user: string
  readonly cookie: string
}

export interface Device {
  readonly account: Account
  readonly cordee: Cordee
  readonly middle: Middle
  readonly storage: Storage
  readonly failures: unknown[]
  readonly platform: Platform
}

export interface Company {
  readonly coordinator: Device
  readonly victim: Device
  /** The circle as each of them sees it. */
  readonly hers: Circle
  readonly his: Circle
}

const PATIENCE = 30_000
const PATIENT = {
  used_name: null,
  given_names: "Odile",
  birth_date: "1941-03-12",
  sex: "F",
  birthplace: "38185",
  identity_status: "provisional",
  attributes: [],
  matricule: null,
  oid: null,
} as const

export class Stage {
  readonly url: string
  readonly logSeed: string
  readonly #accounts: Account[]
  readonly #devices: Device[] = []
  readonly #codes = new Map<string, string>()

  constructor(url: string, accounts: readonly Account[], logSeed: string) {
    this.url = url
    this.logSeed = logSeed
    this.#accounts = [...accounts]
  }

  /** Somebody who has never signed in. */
  someone(): Account {
    const account = this.#accounts.shift()
    if (account === undefined) throw new Error("nobody is left")
    return account
  }

  /** A browser of this person, signed in, not further. */
  async browser(account: Account): Promise<Device> {
    const middle = await Middle.before(this.url)
    const storage = createMemoryStorage()
    const failures: unknown[] = []
    const node = nodePlatform({ origin: middle.origin, deviceName: "Essai", cookie: account.cookie })
    const platform: Platform = {
      ...node,
      openProfile: async (user) => ({ ...(await node.openProfile(user)), storage }),
      failed: (_what, error) => failures.push(error),
    }
    return this.#started({ account, cordee: createCordee(platform), middle, storage, failures, platform })
  }

  /** The same browser after its page was loaded again. */
  async reloaded(device: Device): Promise<Device> {
    await device.cordee.stop()
    return this.#started({ ...device, cordee: createCordee(device.platform) })
  }

  async #started(device: Device): Promise<Device> {
    this.#devices.push(device)
    await device.cordee.start()
    return device
  }

  /** The person's first device, ready; `before` it has made keys, somebody may have laid hands on it. */
  async first(account = this.someone(), before: (device: Device) => void = () => undefined): Promise<Device> {
    const device = await this.browser(account)
    before(device)
    await until(device.cordee.phase, ({ at }) => at === "no_keys", "no keys yet")
    const code = await device.cordee.makeKeys()
    this.#codes.set(account.user, code.join("-"))
    device.cordee.recoveryCodeKept()
    await ready(device)
    return device
  }

  /** A further device of somebody, unlocked with the recovery code. */
  async further({ account }: Device): Promise<Device> {
    const device = await this.browser(account)
    await until(device.cordee.phase, ({ at }) => at === "locked", "locked")
    await device.cordee.unlock(this.codeOf(account))
    await ready(device)
    return device
  }

  codeOf({ user }: Account): string {
    const code = this.#codes.get(user)
    if (code === undefined) throw new Error("this person has no recovery code yet")
    return code
  }

  /** A coordinator and a member who have written to each other in a circle. */
  async company(): Promise<Company> {
    const coordinator = await this.first()
    const victim = await this.first()
    const hers = await opened(coordinator)
    await invited(hers, victim.account)
    const his = await accepted(victim)
    await hers.send("un")
    await shows(his, "un")
    await his.send("deux")
    await shows(hers, "deux")
    return { coordinator, victim, hers, his }
  }

  async close(): Promise<void> {
    for (const { cordee } of this.#devices) await cordee.stop()
    for (const middle of new Set(this.#devices.map((device) => device.middle))) await middle.close()
  }
}

export async function ready({ cordee }: Device): Promise<void> {
  await until(cordee.phase, ({ at }) => at === "ready", "ready")
  await until(cordee.connection, (state) => state === "online", "online")
}

/** A circle around an invented patient of its own. */
export async function opened({ cordee }: Device): Promise<Circle> {
  const birth_name = `ESSAI ${crypto
    .randomUUID()
    .replaceAll(/[^a-z]/g, "")
    .toUpperCase()}`
  const patient = { ...PATIENT, birth_name }
  const id = await cordee.openCircle({ patient, informedOn: "2026-11-01", ground: "same_structure" })
  return writable(cordee, id)
}

export async function invited(
  circle: Circle,
  { name, user }: Account,
  role: "member" | "coordinator" = "member",
): Promise<void> {
  const { candidates } = await circle.candidates(name)
  const candidate = candidates.find((each) => each.user === user)
  if (candidate === undefined) throw new Error(`the directory does not know ${name}`)
  await circle.invite({ candidate, role, ground: "formal_team", notAfter: null })
}

export async function accepted(device: Device): Promise<Circle> {
  const list = await until(device.cordee.invitations, (each) => (each?.length ?? 0) > 0, "an invitation")
  const [invitation] = list ?? []
  if (invitation === undefined) throw new Error("not invited")
  return writable(device.cordee, await device.cordee.accept(invitation.id))
}

export async function writable(cordee: Cordee, id: CircleId): Promise<Circle> {
  const circle = cordee.circle(id)
  await until(circle.view, ({ composer }) => composer.state === "open", "an open composer")
  return circle
}

export async function shows(circle: Circle, text: string): Promise<void> {
  await until(circle.view, () => texts(circle).includes(text), `« ${text} »`)
}

export function texts(circle: Circle): string[] {
  return circle.view
    .get()
    .entries.flatMap((entry) => (entry.kind === "message" && entry.seq !== null ? [entry.text] : []))
}

/** What the circle says that it refused; with it stands that nothing can be sent any more. */
export async function refused(circle: Circle): Promise<string> {
  const { composer } = await until(circle.view, (view) => view.composer.state === "refused", "a refusal")
  if (composer.state !== "refused") throw new Error("not refused")
  const denied = await circle.send("encore").then(
    () => "sent",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )
  if (denied !== "closed") throw new Error(`sending was ${denied}`)
  if (composer.refusal.evidence === "") throw new Error("no evidence was kept")
  return composer.refusal.code
}

/** Waits as `when` does, but not for ever. */
export async function until<T>(
  observable: { readonly get: () => T; readonly subscribe: (changed: () => void) => () => void },
  passes: (value: T) => boolean,
  what: string,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`waited in vain for ${what}: ${inShort(observable.get())}`))
    }, PATIENCE)
  })
  try {
    return await Promise.race([when(observable, passes), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Time enough for whatever was going to happen, when the attack is that nothing does. */
export function meanwhile(ms = 700): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** The MLS state that a device keeps: for members who turn against their circle, and to see that nothing moved. */
export async function stateOf({ storage }: Device, circle: Circle): Promise<GroupState> {
  const bytes = await groups.get(storage, circle.id)
  if (bytes === undefined) throw new Error("no state")
  return deserialise(bytes)
}

/** The signing key of a device whose owner turned. */
export async function signerOf({ storage }: Device): Promise<NonNullable<Awaited<ReturnType<typeof readDevice>>>> {
  const record = await readDevice(storage)
  if (record === undefined) throw new Error("no device")
  return record
}

/** Enough of a view to see what it is stuck at. */
function inShort(value: unknown): string {
  const { composer, entries } = (value ?? {}) as Partial<CircleView>
  const told = entries
    ?.slice(-6)
    .map((entry) => (entry.kind === "message" ? `${String(entry.seq)} ${entry.text}` : entry.kind))
  return JSON.stringify(composer === undefined ? value : { composer, told }).slice(0, 400)
}
