/**
 * The state of a circle's policy and its bytes: the data of group-context extension 0xF0C1.
 *
 * Written by folding the chain (`fold.ts`); read where only the extension is at hand.
 */
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { decode, encode, NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type { CircleId, UserId } from "../ids.ts"
import { readSettings } from "./operation.ts"
import { readPerson, writePerson, type PolicyPerson } from "./person.ts"
import { PolicyRefused } from "./refused.ts"

/** e2ee.md: what a circle of carers can be, and what one commit can carry. */
export const MOST_PERSONS = 250
export const POLICY_LIMIT = 256 * 1024

export interface Head {
  readonly n: number
  /** Hash of change n. */
  readonly hash: Uint8Array
}

/** The state after change `head.n`. */
export interface Policy {
  readonly circle: CircleId
  readonly suite: number
  readonly persons: ReadonlyMap<UserId, PolicyPerson>
  /** The server's order key and the organisation's steward key, which change 0 pinned for good. */
  readonly orders: Uint8Array | null
  readonly steward: Uint8Array | null
  readonly head: Head
}

export function writePolicy({ circle, head, orders, persons, steward, suite }: Policy): Uint8Array {
  const byUser = [...persons.values()].sort((a, b) => (a.user < b.user ? -1 : 1))
  return encode({
    circle,
    head: { hash: toBase64(head.hash), n: head.n },
    persons: byUser.map(writePerson),
    settings: { orders: orders === null ? null : toBase64(orders) },
    steward: steward === null ? null : toBase64(steward),
    suite,
    v: 1,
  })
}

/** Says nothing of the chain behind it. Throws PolicyRefused `bad_policy`. */
export function readPolicy(extension: Uint8Array): Policy {
  try {
    const fields = new Fields(decode(extension, POLICY_LIMIT))
    fields.version()
    const head = fields.object("head")
    const policy: Policy = {
      circle: fields.id<CircleId>("circle"),
      suite: fields.count("suite"),
      persons: new Map(
        fields
          .list("persons", MOST_PERSONS)
          .map(readPerson)
          .map((person) => [person.user, person]),
      ),
      orders: readSettings(fields),
      steward: fields.maybe("steward", (from, name) => from.bytes(name, 32)),
      head: { n: head.count("n"), hash: head.bytes("hash", 32) },
    }
    head.end()
    fields.end()
    // Also refuses persons out of order or twice.
    if (!sameBytes(writePolicy(policy), extension)) throw new NotCanonical("not in its one form")
    return policy
  } catch (cause) {
    if (cause instanceof NotCanonical) throw new PolicyRefused("bad_policy", cause)
    throw cause
  }
}
