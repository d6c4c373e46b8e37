/** `GET /api/circles/{id}/duties`: what members' devices have to do or to know beyond the log. */
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { asId, type MessageId, type UserId } from "../ids.ts"
import type { Base64, Timestamp } from "./types.ts"

/** A bound so that a broken answer fails early. */
const MOST = 10_000

/** New keys of a person, as the server has them. */
export interface Keys {
  readonly user: UserId
  readonly identity_key: Base64
  readonly history_key: Base64
  readonly history_sig: Base64
  readonly since: Timestamp
}

export interface Duties {
  /** End orders that no commit has carried out. */
  readonly orders: readonly Base64[]
  /** Pending people who have keys now. */
  readonly admissions: readonly Keys[]
  /** People with new keys and without the old ones. */
  readonly resets: readonly Keys[]
  readonly rotations: readonly Base64[]
  readonly restorations: readonly Base64[]
  /** Who gives coordination back: it was lent until a day that has come. */
  readonly loansOver: readonly UserId[]
  /** For coordinators: commits that two people could not process. */
  readonly reports: readonly {
    readonly epoch: number
    readonly committer: UserId
    readonly reason: string
    readonly reporters: readonly UserId[]
  }[]
  /** Epoch-seen statements. */
  readonly seen: readonly Base64[]
  readonly attestations: ReadonlyMap<UserId, Base64>
  /** By urgent message: when the server reminded those who had not confirmed it, and told the coordinators. */
  readonly reminders: ReadonlyMap<MessageId, { readonly reminded: Timestamp; readonly escalated: Timestamp | null }>
}

export const NO_DUTIES: Duties = {
  orders: [],
  admissions: [],
  resets: [],
  rotations: [],
  restorations: [],
  loansOver: [],
  reports: [],
  seen: [],
  attestations: new Map(),
  reminders: new Map(),
}

export function readDuties(fields: Fields): Duties {
  const statements = (name: string): readonly Base64[] => fields.list(name, MOST).map(text)
  const attestations = fields.object("attestations")
  return {
    orders: statements("orders"),
    admissions: fields.list("admissions", MOST).map(readKeys),
    resets: fields.list("resets", MOST).map(readKeys),
    rotations: statements("rotations"),
    restorations: statements("restorations"),
    loansOver: fields.list("loans_over", MOST).map((user) => asId<UserId>(text(user))),
    reports: fields.list("reports", MOST).map((row) => {
      const report = new Fields(row)
      return {
        epoch: report.count("epoch"),
        committer: report.id<UserId>("committer"),
        reason: report.text("reason"),
        reporters: report.list("reporters", MOST).map((user) => asId<UserId>(text(user))),
      }
    }),
    seen: statements("seen"),
    attestations: new Map(attestations.names().map((user) => [asId<UserId>(user), attestations.text(user)])),
    reminders: new Map(
      fields.list("reminders", MOST).map((row) => {
        const reminder = new Fields(row)
        const escalated = reminder.maybe("escalated", (from, name) => from.text(name))
        return [reminder.id<MessageId>("message"), { reminded: reminder.text("reminded"), escalated }]
      }),
    ),
  }
}

function text(value: Json): string {
  if (typeof value !== "string") throw new NotCanonical("not a text")
  return value
}

function readKeys(row: Json): Keys {
  const fields = new Fields(row)
  return {
    user: fields.id<UserId>("user"),
    identity_key: fields.text("identity_key"),
    history_key: fields.text("history_key"),
    history_sig: fields.text("history_sig"),
    since: fields.text("since"),
  }
}
