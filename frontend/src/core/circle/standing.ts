/**
 * How far this device's view of a circle is vouched for. Who comes in cannot check MLS's confirmation tag; until
 * another device has said that it came into the real circle, it reads and sends nothing (docs/protocol.md,
 * "Confirmation of a joining"). What was confirmed is a mark behind which the device never goes.
 */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import type { UserId } from "../ids.ts"
import { confirmedTranscriptHash } from "../mls/group.ts"
import { record, table, type Table } from "../store/table.ts"
import type { Mark } from "../vault/content.ts"
import type { LiveGroup } from "./group.ts"
import type { Own } from "./own.ts"

/** An epoch with its confirmed transcript hash. */
export type EpochHash = Pick<Mark, "epoch" | "confirmed">

export interface Standing {
  /** The highest state that was confirmed; null before the first. */
  readonly highest: Mark | null
  /** Null once a state of this stay was confirmed. */
  readonly unconfirmed: Unconfirmed | null
  /** This device has processed a joining for which it answers, and has not said so. */
  readonly owesSeen: boolean
}

export interface Unconfirmed {
  /** The group as the server showed it, before this device's commit. */
  readonly shown: EpochHash
  /** The confirmed transcript hash of each epoch from this device's commit on. */
  readonly epochs: ReadonlyMap<number, Uint8Array>
}

/** Of an epoch after the first. */
export function markOf({ epoch, policy, state }: LiveGroup): Mark {
  return { epoch, n: policy.head.n, confirmed: confirmedTranscriptHash(state) }
}

/** Of who made the group. Epoch 0 has no transcript, so there is nothing to mark yet. */
export const FOUNDER: Standing = { highest: null, unconfirmed: null, owesSeen: false }

export function joinersStanding(before: Standing | undefined, shown: EpochHash): Standing {
  return { highest: before?.highest ?? null, unconfirmed: { shown, epochs: new Map() }, owesSeen: false }
}

/** After an epoch. */
export function advanced(standing: Standing, group: LiveGroup): Standing {
  const mark = markOf(group)
  if (standing.unconfirmed === null) return { ...standing, highest: mark }
  const epochs = new Map([...standing.unconfirmed.epochs, [mark.epoch, mark.confirmed]])
  return { ...standing, unconfirmed: { ...standing.unconfirmed, epochs } }
}

export function confirmed(standing: Standing, group: LiveGroup): Standing {
  return { ...standing, highest: markOf(group), unconfirmed: null }
}

/**
 * Whether a device of `by` answers for a joining: the joiner's own, a coordinator's, or any when there can be neither.
 * Whether there is a coordinator is asked of the policy, which the chain proves, and not of the tree that was shown.
 */
export function answersFor(joiner: Pick<Own, "device" | "user">, by: UserId, { devices, policy }: LiveGroup): boolean {
  const isClose = (user: UserId): boolean => user === joiner.user || policy.persons.get(user)?.role === "coordinator"
  const hasCoordinator = [...policy.persons.values()].some(
    ({ pending, role, user }) => role === "coordinator" && pending === null && user !== joiner.user,
  )
  const hasOther = [...devices.values()].some(
    ({ certificate }) => certificate.user === joiner.user && certificate.device !== joiner.device,
  )
  return isClose(by) || !(hasCoordinator || hasOther)
}

/** Under the circle's id. */
export const standings: Table<Standing> = table(
  "standings",
  record(
    ({ highest, owesSeen, unconfirmed }) => ({
      highest: highest === null ? null : { ...highest, confirmed: toBase64(highest.confirmed) },
      owesSeen,
      unconfirmed:
        unconfirmed === null
          ? null
          : {
              epochs: Object.fromEntries([...unconfirmed.epochs].map(([epoch, hash]) => [epoch, toBase64(hash)])),
              shown: writeEpochHash(unconfirmed.shown),
            },
      v: 1,
    }),
    (fields) => {
      fields.version()
      return {
        highest: fields.maybe("highest", readMark),
        owesSeen: fields.flag("owesSeen"),
        unconfirmed: fields.maybe("unconfirmed", readUnconfirmed),
      }
    },
  ),
)

function readMark(fields: Fields, name: string): Mark {
  const inner = fields.object(name)
  const mark = { epoch: inner.count("epoch"), n: inner.count("n"), confirmed: inner.bytes("confirmed", 32) }
  inner.end()
  return mark
}

function readUnconfirmed(fields: Fields, name: string): Unconfirmed {
  const inner = fields.object(name)
  const epochs = inner.object("epochs")
  const unconfirmed = {
    shown: readEpochHash(inner, "shown"),
    epochs: new Map(epochs.names().map((epoch) => [Number(epoch), epochs.bytes(epoch, 32)])),
  }
  inner.end()
  return unconfirmed
}

export function writeEpochHash({ confirmed: hash, epoch }: EpochHash): JsonObject {
  return { confirmed: toBase64(hash), epoch }
}

/** In epoch 0 the hash is empty (RFC 9420 §11). */
export function readEpochHash(fields: Fields, name: string): EpochHash {
  const inner = fields.object(name)
  const read = { epoch: inner.count("epoch"), confirmed: inner.bytes("confirmed") }
  inner.end()
  if (read.confirmed.length !== (read.epoch === 0 ? 0 : 32)) throw new NotCanonical(`${name} is not a hash`)
  return read
}
