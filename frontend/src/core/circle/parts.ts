/** The parts of one circle, put together around what they share. */
import { Arrival } from "./arrival.ts"
import { Commits } from "./commits.ts"
import { Confirmation } from "./confirmation.ts"
import { Duties } from "./duties.ts"
import { Earlier } from "./earlier.ts"
import { Granting } from "./granting.ts"
import { CircleLog } from "./log.ts"
import { Outbox } from "./outbox.ts"
import { Receipts } from "./receipts.ts"
import { Reporting } from "./reporting.ts"
import type { Room } from "./room.ts"
import { Trusts } from "./trust.ts"
import { Uploads } from "./uploads.ts"
import { Upkeep } from "./upkeep.ts"
import { Vouching } from "./vouching.ts"

export type Parts = ReturnType<typeof partsOf>

// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types -- the parts say their types themselves
export function partsOf(room: Room) {
  const log = new CircleLog(room)
  const uploads = new Uploads(room, {
    arrived: () => {
      outbox.flush()
    },
    refused: (message, code) => outbox.fail(message, code),
  })
  const outbox: Outbox = new Outbox(room, log, uploads)
  const earlier = new Earlier(room)
  const commits = new Commits(room, log)
  const arrival = new Arrival(room, commits, earlier)
  const duties = new Duties(room, commits)
  return {
    log,
    uploads,
    outbox,
    earlier,
    commits,
    arrival,
    duties,
    granting: new Granting(room, earlier),
    reporting: new Reporting(room, arrival),
    confirmation: new Confirmation(room),
    trusts: new Trusts(room, duties),
    receipts: new Receipts(room),
    upkeep: new Upkeep(room, commits),
    vouching: new Vouching(room, () => {
      outbox.flush()
    }),
  }
}
