/** What devices say about the epochs of a circle: seen, could not be processed, given to a newcomer. */
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { writeTime } from "../encoding/time.ts"
import { readCertificate, type Certificate, type UnverifiedCertificate } from "../identity/certificate.ts"
import type { CircleId, DeviceId, GrantId, UserId } from "../ids.ts"
import { signedOnce, verifyStatement, type Unverified, type Verified } from "./signed.ts"

/** A device has processed the commit that made `epoch`; `confirmed` is its confirmed transcript hash. */
export interface EpochSeen {
  readonly circle: CircleId
  readonly epoch: number
  readonly confirmed: Uint8Array
  readonly device: DeviceId
  readonly time: number
}

export const EPOCH_SEEN = signedOnce<EpochSeen>({
  label: "CordeeEpochSeen",
  fields: (fields) => ({
    circle: fields.id<CircleId>("circle"),
    epoch: fields.count("epoch"),
    confirmed: fields.bytes("confirmed", 32),
    device: fields.id<DeviceId>("device"),
    time: fields.time("time"),
  }),
  write: (seen) => ({ ...seen, confirmed: toBase64(seen.confirmed), time: writeTime(seen.time) }),
})

/** A device could not process the commit (SHA-256 of its MLSMessage) that would have made `epoch`. */
export interface Report {
  readonly circle: CircleId
  readonly epoch: number
  readonly commit: Uint8Array
  readonly reason: string
  readonly device: DeviceId
  readonly time: number
}

const CODE = /^[a-z_]{1,40}$/

export const REPORT = signedOnce<Report>({
  label: "CordeeReport",
  fields(fields) {
    const report = {
      circle: fields.id<CircleId>("circle"),
      epoch: fields.count("epoch"),
      commit: fields.bytes("commit", 32),
      reason: fields.text("reason"),
      device: fields.id<DeviceId>("device"),
      time: fields.time("time"),
    }
    if (!CODE.test(report.reason)) throw new NotCanonical("the reason is not a code")
    return report
  },
  write: (report) => ({ ...report, commit: toBase64(report.commit), time: writeTime(report.time) }),
})

/** A coordinator gives a person the keys of the epochs `from` to `to`, both included. */
export interface HistoryGrant {
  readonly circle: CircleId
  readonly id: GrantId
  readonly user: UserId
  readonly from: number
  readonly to: number
  readonly certificate: UnverifiedCertificate
  readonly time: number
}

export const HISTORY_GRANT = signedOnce<HistoryGrant>({
  label: "CordeeHistoryGrant",
  fields(fields) {
    const grant = {
      circle: fields.id<CircleId>("circle"),
      id: fields.id<GrantId>("id"),
      user: fields.id<UserId>("user"),
      from: fields.count("from"),
      to: fields.count("to"),
      certificate: readCertificate(fields.bytes("cert")),
      time: fields.time("time"),
    }
    if (grant.from > grant.to) throw new NotCanonical("the last epoch comes before the first")
    return grant
  },
  write: ({ certificate, circle, from, id, time, to, user }) => ({
    cert: toBase64(certificate.raw),
    circle,
    from,
    id,
    time: writeTime(time),
    to,
    user,
  }),
})

/**
 * Undefined unless the device of `certificate`, which the statement carries, signed it. Whether its person is a
 * coordinator is the caller's to ask.
 */
export async function verifyGrant(
  statement: Unverified<HistoryGrant>,
  certificate: Certificate,
): Promise<Verified<HistoryGrant> | undefined> {
  if (!sameBytes(statement.says.certificate.raw, certificate.raw)) return undefined
  return verifyStatement(statement, certificate.key)
}
