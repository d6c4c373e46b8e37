/**
 * What a notice of a team says (kind 3): an announcement, or an event with its time and place. Its text stands beside
 * it, as of any message. The limits are the reader's too: a member's screen is safe from a coordinator's program.
 */
import { NotCanonical, type JsonObject } from "../encoding/canonical.ts"
import type { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"

export const TITLE_LENGTH = 120
export const PLACE_LENGTH = 200
/** Nobody plans further; a mistyped year is not an event. */
export const LONGEST_EVENT = 31 * 24 * 3600 * 1000

export type Notice =
  | { readonly type: "announcement"; readonly title: string }
  | {
      readonly type: "event"
      readonly title: string
      /** Milliseconds since 1970. */
      readonly starts: number
      /** After `starts`. */
      readonly ends: number
      /** May be empty. */
      readonly place: string
    }

/** The fields of a notice, in a content and in a device's records. Throws NotCanonical. */
export function readNotice(fields: Fields): Notice {
  const type = fields.oneOf("type", ["announcement", "event"])
  const title = line(fields, "title", TITLE_LENGTH)
  if (title.trim() === "") throw new NotCanonical("a notice without a title")
  if (type === "announcement") return { type, title }
  const notice = {
    type,
    title,
    starts: fields.time("starts"),
    ends: fields.time("ends"),
    place: line(fields, "place", PLACE_LENGTH),
  }
  const length = notice.ends - notice.starts
  if (length <= 0 || length > LONGEST_EVENT) throw new NotCanonical("an event that ends before it begins, or never")
  return notice
}

export function writeNotice(notice: Notice): JsonObject {
  if (notice.type === "announcement") return { ...notice }
  return { ...notice, starts: writeTime(notice.starts), ends: writeTime(notice.ends) }
}

function line(fields: Fields, name: string, most: number): string {
  const text = fields.text(name)
  if (text.length > most || /\p{Cc}/u.test(text)) throw new NotCanonical(`${name} is not one line of at most ${most}`)
  return text
}
