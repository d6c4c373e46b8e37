/** Who is named in a message: those it wants to be seen by first. Absent when nobody is, in contents and in records. */
import { NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import { asId, isId, type UserId } from "../ids.ts"

/** Who means more people than these means everybody. */
export const MOST_MENTIONS = 50

/** Each once, in the one order that is canonical. */
export function writeMentions(mentions: readonly UserId[]): JsonObject {
  return mentions.length === 0 ? {} : { mentions: [...new Set(mentions)].sort() }
}

/** Throws NotCanonical. */
export function readMentions(fields: Fields): readonly UserId[] {
  if (!fields.has("mentions")) return []
  const mentions = fields.list("mentions", MOST_MENTIONS).map((value) => {
    if (typeof value !== "string" || !isId(value)) throw new NotCanonical("a mention is not an id")
    return asId<UserId>(value)
  })
  if (mentions.length === 0) throw new NotCanonical("mentions nobody")
  if (mentions.some((user, at) => at > 0 && user <= (mentions[at - 1] ?? user))) {
    throw new NotCanonical("mentions are not in order")
  }
  return mentions
}
