/** The stored items below those that a circle has in memory. */
import type { CircleId } from "../ids.ts"
import type { Storage } from "../store/storage.ts"
import { items, type ItemRecord } from "./items.ts"
import { CircleRefused } from "./refused.ts"
import type { Snapshot } from "./snapshot.ts"

/** Opening a circle reads this many of its newest items, and scrolling up as many at a time. */
const AT_A_TIME = 100

/** From the newest to the oldest, some at a time. Throws CircleRefused when one is not there. */
export async function* itemsBelow(
  { border, items: here, record }: Snapshot,
  storage: Storage,
  circle: CircleId,
): AsyncGenerator<readonly ItemRecord[], undefined> {
  if (record === undefined) return
  const least = firstStored(border)
  for (let end = (here.first?.seq ?? record.head.seq + 1) - 1; end >= least; end -= AT_A_TIME) {
    const from = Math.max(least, end - AT_A_TIME + 1)
    const older = await items.range(storage, circle, from, end)
    if (older.length !== end - from + 1) {
      throw new CircleRefused("unreadable_state", `items ${from} to ${end} are missing`, new Uint8Array())
    }
    yield older
  }
}

/** The opening of a circle is kept as the item at 0. */
function firstStored(border: Snapshot["border"]): number {
  return border === undefined || border.place.seq === 0 ? 0 : border.place.seq + 1
}

/** There are stored items that are not in memory. */
export function hasOlder({ border, items, record }: Snapshot): boolean {
  return record !== undefined && (items.first?.seq ?? record.head.seq + 1) > firstStored(border)
}
