/**
 * What this device knows of one circle, in memory and in storage alike.
 *
 * A `Draft` gathers the changes of one step (an item of the log, an own act); `save` writes them in one transaction and
 * only then do they become what the circle is. So MLS state, plaintext and place in the log can never part, also when
 * the page dies.
 */
import { readCertificate } from "../identity/certificate.ts"
import { asId, type CircleId, type DeviceId } from "../ids.ts"
import { deserialise } from "../mls/group.ts"
import type { Storage } from "../store/storage.ts"
import { Draft } from "./draft.ts"
import { borders } from "./border.ts"
import { liveGroup } from "./group.ts"
import type { ItemRecord } from "./items.ts"
import { itemsBelow } from "./older.ts"
import { people } from "./people.ts"
import * as records from "./records.ts"
import { CircleRefused } from "./refused.ts"
import { ItemRun } from "./run.ts"
import type { Snapshot } from "./snapshot.ts"
import { standings } from "./standing.ts"

export interface CircleState {
  readonly circle: CircleId
  readonly now: () => Snapshot
  /** Reads what is stored; until then the circle looks unknown. Rejects with CircleRefused when it is damaged. */
  readonly load: () => Promise<void>
  /** Brings older items from storage into memory; false when there are none. */
  readonly loadOlder: () => Promise<boolean>
  readonly draft: () => Draft
  readonly save: (draft: Draft) => Promise<void>
}

export function circleState(storage: Storage, circle: CircleId): CircleState {
  let now = UNKNOWN
  return {
    circle,
    now: () => now,
    async load() {
      now = await read(storage, circle)
    },
    async loadOlder() {
      const older = await olderThan(now, storage, circle)
      if (older.length === 0) return false
      now = { ...now, items: now.items.after(older) }
      return true
    },
    draft: () => new Draft(circle, now, storage),
    async save(draft) {
      const changes = draft.changes()
      if (changes.length > 0) await storage.write(changes)
      now = draft.snapshot()
    },
  }
}

const UNKNOWN: Snapshot = {
  record: undefined,
  group: undefined,
  standing: undefined,
  pending: undefined,
  adopted: undefined,
  items: ItemRun.EMPTY,
  border: undefined,
  outbox: [],
  devices: new Map(),
  keys: new Map(),
  receipts: new Map(),
  people: new Map(),
}

async function read(storage: Storage, circle: CircleId): Promise<Snapshot> {
  try {
    const record = await records.circles.get(storage, circle)
    const state = await records.groups.get(storage, circle)
    const stored: Snapshot = {
      record,
      group: state === undefined ? undefined : await liveGroup(deserialise(state), circle),
      standing: await standings.get(storage, circle),
      pending: await records.pendings.get(storage, circle),
      adopted: undefined,
      items: ItemRun.EMPTY,
      border: await borders.get(storage, circle),
      outbox: values(await records.outbox.list(storage, circle)).sort((a, b) => a.order - b.order),
      devices: byId(await records.certificates.list(storage, circle), (raw) => readCertificate(raw)),
      keys: new Map((await records.keys.list(storage, circle)).map(([epoch, key]) => [Number(epoch), key])),
      receipts: byId(await records.receipts.list(storage, circle), (receipt) => receipt),
      people: new Map(values(await people.list(storage, circle)).map((person) => [person.user, person])),
    }
    return { ...stored, items: ItemRun.of(await olderThan(stored, storage, circle)) }
  } catch (cause) {
    throw new CircleRefused("unreadable_state", String(cause), new Uint8Array(), cause)
  }
}

async function olderThan(now: Snapshot, storage: Storage, circle: CircleId): Promise<readonly ItemRecord[]> {
  const { value } = await itemsBelow(now, storage, circle).next()
  return value ?? []
}

function values<T>(entries: readonly (readonly [string, T])[]): T[] {
  return entries.map(([, value]) => value)
}

function byId<Stored, T>(
  entries: readonly (readonly [string, Stored])[],
  as: (stored: Stored) => T,
): ReadonlyMap<DeviceId, T> {
  return new Map(entries.map(([device, stored]) => [asId<DeviceId>(device), as(stored)]))
}
