/** What a commit means to the people of a circle: the knots on the rope. */
import { writeTime } from "../encoding/time.ts"
import { readCertificate } from "../identity/certificate.ts"
import type { UserId } from "../ids.ts"
import type { CommitAsWritten } from "../mls/read.ts"
import type { CircleEvent } from "../model.ts"
import type { UnverifiedChange } from "../policy/change.ts"
import { readNote } from "../policy/note.ts"
import type { StoredEntry } from "./items.ts"

/** For a commit that was judged. `hadDevice` says whether a person had a device in the circle before it. */
export function eventsOf(commit: CommitAsWritten, hadDevice: (user: UserId) => boolean): readonly StoredEntry[] {
  const { changes } = readNote(commit.authenticatedData)
  return (commit.external ? [arrival(commit, hadDevice)] : changes.map(eventOf)).map((event) => ({
    kind: "event",
    event,
  }))
}

/** The circle's beginning, which is no item of the log. */
export function opened(change0: UnverifiedChange): StoredEntry {
  return { kind: "event", event: { type: "opened", by: change0.certificate.user } }
}

function arrival(commit: CommitAsWritten, hadDevice: (user: UserId) => boolean): CircleEvent {
  const { device, user } = readCertificate(commit.identity)
  return hadDevice(user) ? { type: "device_added", user, device } : { type: "joined", user }
}

/** What one change means. */
export function eventOf({ certificate, op }: UnverifiedChange): CircleEvent {
  const by = certificate.user
  switch (op.type) {
    case "create":
      return { type: "opened", by }
    case "invite": {
      const { ground, notAfter, role, user } = op.person
      return { type: "invited", by, user, role, ground, notAfter: notAfter === null ? null : writeTime(notAfter) }
    }
    case "admit":
      return { type: "admitted", by, user: op.user }
    case "role": {
      const notAfter = op.notAfter === null ? null : writeTime(op.notAfter)
      return { type: "role", by, user: op.user, role: op.role, notAfter }
    }
    case "end":
      return { type: "ended", by, user: op.user, code: op.code }
    case "revoke":
      return { type: "device_revoked", by, user: op.user, device: op.device }
    case "rotate":
      return { type: "identity_rotated", by, user: op.rotation.says.user }
    case "reset":
      return { type: "identity_reset", by, user: op.user }
    case "restore":
      return { type: "restored", by, user: op.order.says.user }
  }
}
