/** A service with its people, and devices that run the real client against it. */
import {
  createCordee,
  createMemoryStorage,
  type CircleId,
  type Cordee,
  type Entry,
  type Ground,
  type Platform,
} from "../../../src/core/index.ts"
import type { Circle } from "../../../src/core/index.ts"
import { when } from "../../../src/core/observable.ts"
import type { DeviceKey } from "../../../src/core/platform.ts"
import { deviceKey, newDevicePair } from "../../../src/platform/devicekey.ts"
import type { Storage } from "../../../src/core/store/storage.ts"
import { Door, type Browser } from "./door.ts"
import { account, PATIENT, type Account } from "./people.ts"
import { Service } from "./service.ts"

/** What the client waits for is short anyway; tests wait a fraction of it. */
const HURRY = 20

export interface Device {
  readonly cordee: Cordee
  readonly browser: Browser
  readonly storage: Storage
  readonly failures: unknown[]
  /** The page is loaded again: same storage, a new client. */
  readonly reload: () => Promise<Device>
}

export class World {
  readonly service = new Service()
  readonly door = new Door(this.service)
  readonly camille = this.#person(1, "Camille", "Roussel", "Médecin", "health")
  readonly amadou = this.#person(2, "Amadou", "Ferrier", "Infirmier", "health")
  readonly lea = this.#person(3, "Léa", "Vasseur", "Assistante sociale", "social")
  readonly devices: Device[] = []

  #person(...traits: Parameters<typeof account>): Account {
    const made = account(...traits)
    this.service.accounts.set(made.id, made)
    return made
  }

  /** A device of this person, signed in, not further. */
  async device(who: Account): Promise<Device> {
    const storage = createMemoryStorage()
    return this.#start(who, storage, this.door.browser(storage), await deviceKey(await newDevicePair()))
  }

  /** The first device of this person, ready. */
  async first(who: Account): Promise<Device & { readonly code: string }> {
    const device = await this.device(who)
    const code = await device.cordee.makeKeys()
    device.cordee.recoveryCodeKept()
    await ready(device)
    return { ...device, code: code.join(" ") }
  }

  /** A further device, unlocked. */
  async further(who: Account, code: string): Promise<Device> {
    const device = await this.device(who)
    await device.cordee.unlock(code)
    await ready(device)
    return device
  }

  /** A browser in which nobody has signed in. */
  async stranger(): Promise<Device> {
    const storage = createMemoryStorage()
    return this.#start(undefined, storage, this.door.browser(storage), await deviceKey(await newDevicePair()))
  }

  async #start(who: Account | undefined, storage: Storage, browser: Browser, key: DeviceKey): Promise<Device> {
    const failures: unknown[] = []
    const cordee = createCordee(platform(browser, storage, key, failures))
    await cordee.start()
    if (who !== undefined && cordee.phase.get().at === "signed_out")
      await cordee.signInWithPassword(who.email, "correct horse")
    const device: Device = {
      cordee,
      browser,
      storage,
      failures,
      reload: async () => {
        await cordee.stop()
        const again = await this.#start(who, storage, browser, key)
        return again
      },
    }
    this.devices.push(device)
    return device
  }

  async stop(): Promise<void> {
    for (const { cordee } of this.devices) await cordee.stop()
  }
}

function platform(browser: Browser, storage: Storage, key: DeviceKey, failures: unknown[]): Platform {
  return {
    missing: () => Promise.resolve([]),
    deviceName: "Essai",
    request: browser.request,
    download: browser.download,
    csrfToken: () => "token",
    openSocket: browser.openSocket,
    openProfile: () => Promise.resolve({ storage, deviceKey: key }),
    clock: {
      now: () => Date.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms / HURRY)
        return () => {
          clearTimeout(timer)
        }
      },
    },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    passkeys: browser.authenticator,
    locks: { acquire: () => Promise.resolve({ release: () => undefined }) },
    failed: (_what, error) => {
      failures.push(error)
    },
  }
}

export async function ready({ cordee }: Device): Promise<void> {
  await when(cordee.phase, ({ at }) => at === "ready")
  await when(cordee.connection, (state) => state === "online")
}

/** Camille opens a circle. */
export async function openCircle({ cordee }: Device): Promise<Circle> {
  const id = await cordee.openCircle({ patient: PATIENT, informedOn: "2026-11-01", ground: "same_structure" })
  return live(cordee, id)
}

/** The circle, once one can write in it. */
export async function live(cordee: Cordee, id: CircleId): Promise<Circle> {
  const circle = cordee.circle(id)
  await when(circle.view, ({ composer }) => composer.state === "open")
  return circle
}

/** The circle with all its past that this person may read. */
export async function withPast(circle: Circle): Promise<Circle> {
  while (circle.view.get().hasEarlier && circle.view.get().composer.state !== "refused") await circle.loadEarlier()
  return circle
}

export async function invite(
  circle: Circle,
  who: Account,
  role: "member" | "coordinator" = "member",
  ground: Ground = "formal_team",
): Promise<void> {
  const { candidates } = await circle.candidates(who.card.family_name)
  const candidate = candidates.find(({ practitioner }) => practitioner === who.practitioner)
  if (candidate === undefined) throw new Error("not in the directory")
  await circle.invite({ candidate, role, ground, notAfter: null })
}

/** The person accepts the one invitation there is. */
export async function accept({ cordee }: Device): Promise<Circle> {
  const list = await when(cordee.invitations, (each) => (each?.length ?? 0) > 0)
  const [invitation] = list ?? []
  if (invitation === undefined) throw new Error("not invited")
  return live(cordee, await cordee.accept(invitation.id))
}

/** The texts that the circle shows, in order. */
export function texts(circle: Circle): string[] {
  return circle.view.get().entries.flatMap((entry) => (entry.kind === "message" ? [entry.text] : []))
}

/** The knots of the rope, in words. */
export function events(circle: Circle): string[] {
  return circle.view.get().entries.flatMap((entry) => (entry.kind === "event" ? [entry.event.type] : []))
}

export async function shows(circle: Circle, text: string): Promise<Entry> {
  const view = await when(circle.view, ({ entries }) =>
    entries.some((entry) => entry.kind === "message" && entry.seq !== null && entry.text === text),
  )
  const found = view.entries.find((entry) => entry.kind === "message" && entry.text === text)
  if (found === undefined) throw new Error("shown and gone")
  return found
}
