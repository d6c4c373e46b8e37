/** Who comes and who was there, in a past of which only a page is known. */
import { readCertificate } from "../identity/certificate.ts"
import type { DeviceId, UserId } from "../ids.ts"
import type { CommitAsWritten } from "../mls/read.ts"
import type { Border } from "./border.ts"
import { eventsOf } from "./events.ts"
import type { StoredEntry } from "./items.ts"
import type { PastChain } from "./past.ts"
import type { KnownDevice } from "./snapshot.ts"

interface KnownDevices {
  readonly border: Border
  readonly chain: PastChain
  readonly devices: ReadonlyMap<DeviceId, KnownDevice>
}

/**
 * Who was in the circle before a commit of the past, as far as a page and the certificates of all who ever wrote tell:
 * a device that wrote, and did not come in later, was there before.
 */
export class Presence {
  readonly #known: KnownDevices
  readonly #comeLater: ReadonlySet<DeviceId>
  readonly #here = new Map<UserId, boolean>()

  constructor(known: KnownDevices, commits: readonly CommitAsWritten[]) {
    this.#known = known
    const above = [...known.border.counts].flatMap(([device, count]) => (count === null ? [device] : []))
    this.#comeLater = new Set([...above, ...commits.flatMap((commit) => cameIn(commit) ?? [])])
  }

  after(commit: CommitAsWritten): { readonly entries: readonly StoredEntry[]; readonly came: DeviceId | null } {
    const entries = eventsOf(commit, (user) => this.#here.get(user) ?? this.#wrote(user))
    for (const entry of entries) {
      if (entry.kind !== "event") continue
      const { event } = entry
      if (event.type === "invited" || event.type === "ended") this.#here.set(event.user, false)
      if (event.type === "joined" || event.type === "device_added") this.#here.set(event.user, true)
    }
    return { entries, came: cameIn(commit) ?? null }
  }

  #wrote(user: UserId): boolean {
    const { chain, devices } = this.#known
    if (chain.changes[0]?.certificate.user === user) return true
    return [...devices].some(([device, known]) => known.user === user && !this.#comeLater.has(device))
  }
}

/** The device that came in by a commit. */
function cameIn({ external, identity }: CommitAsWritten): DeviceId | undefined {
  return external ? readCertificate(identity).device : undefined
}
