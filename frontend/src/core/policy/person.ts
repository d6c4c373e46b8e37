/** A person of a circle as the policy writes them: keys, role, ground and end. */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import type { PinnedKeys } from "../identity/historyKey.ts"
import type { UserId } from "../ids.ts"

export const ROLES = ["coordinator", "member", "guest", "delegate"] as const
export const GROUNDS = ["same_structure", "chosen_by_patient", "formal_team", "outside_team"] as const

export interface PolicyPerson extends PinnedKeys {
  readonly role: (typeof ROLES)[number]
  readonly ground: (typeof GROUNDS)[number]
  readonly notAfter: number | null
}

/** Throws NotCanonical. */
export function readPerson(value: unknown): PolicyPerson {
  const fields = new Fields(value)
  const person: PolicyPerson = {
    user: fields.id<UserId>("user"),
    identity: fields.bytes("identity", 32),
    history: fields.bytes("history", 32),
    historySignature: fields.bytes("history_sig", 64),
    role: fields.oneOf("role", ROLES),
    ground: fields.oneOf("ground", GROUNDS),
    notAfter: fields.maybe("not_after", (from, name) => from.time(name)),
  }
  if (fields.list("revoked", 64).length > 0) throw new NotCanonical("revoked devices are not known to this version")
  fields.end()
  return person
}

export function writePerson(person: PolicyPerson): JsonObject {
  return {
    ground: person.ground,
    history: toBase64(person.history),
    history_sig: toBase64(person.historySignature),
    identity: toBase64(person.identity),
    not_after: person.notAfter === null ? null : writeTime(person.notAfter),
    revoked: [],
    role: person.role,
    user: person.user,
  }
}

/** Judged by the time of the act, never by a local clock, so that late devices agree. */
export function isPast(person: PolicyPerson, time: number): boolean {
  return person.notAfter !== null && person.notAfter <= time
}
