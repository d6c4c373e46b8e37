/**
 * Where the part of the log that is on this device begins: what an older page must join, in its hashes and in its
 * counts.
 */
import { sameBytes } from "../encoding/bytes.ts"
import type { Json } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { LogPlace } from "../envelope/content.ts"
import { asId, type DeviceId } from "../ids.ts"
import { record, table, type Table } from "../store/table.ts"
import { readPlace, writePlace } from "./places.ts"
import { CircleRefused } from "./refused.ts"

export interface Border {
  /** The items that are here come after it. */
  readonly place: LogPlace
  /** The epoch in force at `place`. */
  readonly epoch: number
  /** False once the server has nothing older for this person. */
  readonly hasMore: boolean
  /**
   * The first message above of each device, by its own count; null where nothing can be joined: the device came in
   * above, or its first message there cannot be read.
   */
  readonly counts: ReadonlyMap<DeviceId, Count | null>
  /** What senders above have signed of places below: the log's hash by `seq`. */
  readonly claims: ReadonlyMap<number, Uint8Array>
  /** The first epoch that a history grant gave this person. */
  readonly granted: number | null
}

export interface Count {
  readonly counter: number
  readonly seq: number
}

/** Of a device that has just come in: nothing but the place is known. */
export function borderAt(place: LogPlace, epoch: number): Border {
  return { place, epoch, hasMore: true, counts: new Map(), claims: new Map(), granted: null }
}

/** With the count of a device that has not been seen above. */
export function withCount(border: Border, device: DeviceId, count: Count | null): Border {
  return border.counts.has(device) ? border : { ...border, counts: new Map([...border.counts, [device, count]]) }
}

/** With what a sender says of a place below. Throws CircleRefused when another has said otherwise. */
export function withClaim(border: Border, { hash, seq }: LogPlace, evidence: Uint8Array): Border {
  const known = border.claims.get(seq)
  if (known === undefined) return { ...border, claims: new Map([...border.claims, [seq, hash]]) }
  if (!sameBytes(known, hash)) throw new CircleRefused("altered_log", "two senders saw two logs", evidence)
  return border
}

/** A grant moves back what the server gives. */
export function withGrant(border: Border, from: number): Border {
  return { ...border, hasMore: border.place.seq > 0, granted: Math.min(from, border.granted ?? from) }
}

/** Under the circle's id. */
export const borders: Table<Border> = table(
  "borders",
  record(
    ({ claims, counts, epoch, granted, hasMore, place }) => ({
      claims: [...claims].map(([seq, hash]) => writePlace({ seq, hash })),
      counts: Object.fromEntries([...counts].map(([device, count]) => [device, count && { ...count }])),
      epoch,
      granted,
      hasMore,
      place: writePlace(place),
      v: 1,
    }),
    (fields) => {
      fields.version()
      return {
        place: readPlace(fields.object("place")),
        epoch: fields.count("epoch"),
        hasMore: fields.flag("hasMore"),
        counts: readCounts(fields.object("counts")),
        claims: new Map(fields.list("claims", Infinity).map(readClaim)),
        granted: fields.maybe("granted", (from, name) => from.count(name)),
      }
    },
  ),
)

function readCounts(fields: Fields): Border["counts"] {
  return new Map(
    fields.names().map((device) => {
      const count = fields.maybe(device, (from, name) => {
        const inner = from.object(name)
        const read = { counter: inner.count("counter"), seq: inner.count("seq") }
        inner.end()
        return read
      })
      return [asId<DeviceId>(device), count]
    }),
  )
}

function readClaim(value: Json): readonly [number, Uint8Array] {
  const { hash, seq } = readPlace(new Fields(value))
  return [seq, hash]
}
