/** Notices between the screen, which writes times as texts, and the envelope. */
import { NotCanonical } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import { writeTime } from "../encoding/time.ts"
import { readNotice, writeNotice, type Notice } from "../envelope/notice.ts"
import { clientError } from "../errors.ts"
import type { ShownNotice } from "../model.ts"

export function shownNotice(notice: Notice): ShownNotice {
  if (notice.type === "announcement") return notice
  return { ...notice, starts: writeTime(notice.starts), ends: writeTime(notice.ends) }
}

/** As every reader will read it. Throws `bad_notice`. */
export function noticeOf(shown: ShownNotice): Notice {
  const title = shown.title.trim()
  const notice: Notice =
    shown.type === "announcement"
      ? { type: shown.type, title }
      : {
          type: shown.type,
          title,
          starts: Date.parse(shown.starts),
          ends: Date.parse(shown.ends),
          place: shown.place.trim(),
        }
  try {
    return readNotice(new Fields(writeNotice(notice)))
  } catch (cause) {
    if (cause instanceof NotCanonical || cause instanceof RangeError) throw clientError("bad_notice", "", cause)
    throw cause
  }
}
