/**
 * The client of Cordée: what the screens (and the demo's seed, under Node) import, and the only file they import from.
 *
 *     const cordee = createCordee(platform)      // src/platform/browser.ts or node.ts makes the platform
 *     await cordee.start()
 *     const phase = useSyncExternalStore(cordee.phase.subscribe, cordee.phase.get)
 *
 * - `cordee.phase` says where signing in and this device's keys stand; a screen is a switch over `phase.at`. The
 *   methods that go on from a phase are named at the phase (model.ts).
 * - `cordee.circles`, `cordee.invitations` are lists that keep themselves up to date while `phase.at === "ready"`.
 * - `cordee.circle(id)` is one conversation: `view` holds everything a screen shows (`CircleView`), the methods are the
 *   acts.
 * - Values of an `Observable` are immutable snapshots.
 * - Methods reject with a `CordeeError`, whose `code` is worded by the screen; `codeOf(error)` reads it from anything.
 * - Rights are never computed here: `abilities` come from the server, and `composer` says whether one can write and why
 *   not.
 */
import type { Cordee } from "./cordee.ts"
import type { Platform } from "./platform.ts"
import { Client } from "./session/client.ts"

export type {
  Circle,
  Cordee,
  HandOver,
  Invite,
  Opposition,
  OpenCircle,
  OutgoingFile,
  SendOptions,
  Trail,
} from "./cordee.ts"
export type { Network } from "./api/network.ts"
export type { NoticeRow, Notices, Preferences, Reaching, WakeState, What } from "./api/reaching.ts"
export type * from "./api/networkTypes.ts"
export type * from "./api/careTeams.ts"
export type * from "./api/patients.ts"
export { ORGANISATION_ROLES } from "./api/structure.ts"
export type * from "./api/structure.ts"
export { EXPORT_FORMATS } from "./api/exports.ts"
export type * from "./api/exports.ts"
export type * from "./api/holds.ts"
export { FINDING_STATUSES, RULES } from "./api/findings.ts"
export type * from "./api/findings.ts"
export { SEVERITIES, TRAIL_GROUPS, trailQuery } from "./api/trail.ts"
export { certificateFile } from "./api/certificates.ts"
export type * from "./api/certificates.ts"
export type * from "./api/trail.ts"
export type * from "./api/trailSubjects.ts"
export type * from "./api/trailViews.ts"
export { hex } from "./log/note.ts"
export { STEPS, type Step, type StepName, type ProofVerdict } from "./log/proof.ts"
export type { LogRefusalCode } from "./log/refused.ts"
export { CERTIFICATE_STEPS, type CertificateStep, type CertificateVerdict } from "./trail/certified.ts"
export type { Proved } from "./trail/proving.ts"
export type * from "./api/types.ts"
export type * from "./ids.ts"
export type * from "./model.ts"
export type { Observable } from "./observable.ts"
export type * from "./platform.ts"
export type { Storage, Change, TableName } from "./store/storage.ts"
export { asId } from "./ids.ts"
export { ApiError, CordeeError, RecoveryCodeRefused, codeOf, type ClientCode } from "./errors.ts"
export { readRecoveryCode as checkRecoveryCode } from "./identity/recoveryCode.ts"
export {
  INS_NUMBERS,
  datamatrixOf,
  isDatamatrix,
  readDatamatrix,
  type DatamatrixTraits,
} from "./identity/datamatrix.ts"
export { LARGEST_FILE, MOST_FILES } from "./envelope/file.ts"
export { fileName } from "./files/name.ts"
export { createMemoryStorage } from "./store/memory.ts"

export function createCordee(platform: Platform): Cordee {
  return new Client(platform)
}
