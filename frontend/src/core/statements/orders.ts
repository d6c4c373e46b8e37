/**
 * What a server or an organisation may bring about in a circle, by keys that change 0 of its policy pins. An end order
 * only shrinks the circle; a restore order raises an existing member (docs/threat-model.md).
 */
import { NotCanonical } from "../encoding/canonical.ts"
import { writeTime } from "../encoding/time.ts"
import type { CircleId, DeviceId, UserId } from "../ids.ts"
import { signedOnce } from "./signed.ts"

export const END_CODES = ["removed", "declined", "left", "expired", "withdrawn", "opposition"] as const
export type EndCode = (typeof END_CODES)[number]

/** A membership ended with this code; or, with `device` and the code `revoked`, one device of it. */
export interface EndOrder {
  readonly circle: CircleId
  readonly user: UserId
  readonly device: DeviceId | null
  readonly code: EndCode | "revoked"
  readonly time: number
}

export const END_ORDER = signedOnce<EndOrder>({
  label: "CordeeEndOrder",
  fields(fields) {
    const order = {
      circle: fields.id<CircleId>("circle"),
      user: fields.id<UserId>("user"),
      device: fields.maybe("device", (from, name) => from.id<DeviceId>(name)),
      code: fields.oneOf("code", [...END_CODES, "revoked"]),
      time: fields.time("time"),
    }
    if ((order.device !== null) !== (order.code === "revoked")) {
      throw new NotCanonical("a device is revoked, a membership ends")
    }
    return order
  },
  write: (order) => ({ ...order, time: writeTime(order.time) }),
})

/** A member becomes coordinator without end: for a circle whose coordinators are gone. */
export interface RestoreOrder {
  readonly circle: CircleId
  readonly user: UserId
  readonly time: number
}

export const RESTORE_ORDER = signedOnce<RestoreOrder>({
  label: "CordeeRestoreOrder",
  fields: (fields) => ({
    circle: fields.id<CircleId>("circle"),
    user: fields.id<UserId>("user"),
    time: fields.time("time"),
  }),
  write: (order) => ({ ...order, time: writeTime(order.time) }),
})
