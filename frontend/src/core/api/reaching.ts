/** The operations by which a person is reached beyond an open page (docs/protocol.md, "HTTP"): notices, waking, wishes. */
import type { Fields } from "../encoding/fields.ts"
import { toBase64 } from "../encoding/base64.ts"
import { clientError } from "../errors.ts"
import type { CircleId, DeviceId, NoticeId } from "../ids.ts"
import type { Wakes } from "../platform.ts"
import { many, organisation, profession, textOrNull } from "./read.ts"
import type { Organisation, Profession } from "./types.ts"

export const WHATS = [
  "invited",
  "reminded",
  "admitted",
  "role_changed",
  "handed_over",
  "removed",
  "left",
  "closed",
  "consent_withdrawn",
  "opposition",
  "break_glass",
  "join_asked",
  "contact_asked",
  "contact_accepted",
  "proposed",
  "announced",
  "urgent",
  "escalated",
  "replaced",
  "ending_soon",
  "reopened",
  "monthly_report",
] as const
export type What = (typeof WHATS)[number]

export interface NoticeRow {
  readonly id: NoticeId
  /** Null: of a newer server, which this client cannot word. */
  readonly what: What | null
  readonly circle: CircleId | null
  readonly by: {
    readonly name: string
    readonly profession: Profession
    readonly organisation: Organisation | null
  } | null
  readonly created: string
  readonly seen: string | null
}

export interface Notices {
  readonly notices: readonly NoticeRow[]
  readonly unseen: number
}

export interface Preferences {
  /** Letters when nothing else has reached me. */
  readonly mail: boolean
  /** Hours of the day, `HH:MM:SS`, in which only what is urgent may disturb. */
  readonly quiet: { readonly begin: string; readonly end: string } | null
  readonly zone: string
}

/** Whether this browser may be woken: `impossible` here or at this server, refused by the person in the browser. */
export type WakeState = "impossible" | "denied" | "off" | "on"

export interface Reaching {
  readonly seen: (ids: readonly NoticeId[]) => Promise<void>
  readonly preferences: () => Promise<Preferences>
  readonly prefer: (preferences: Preferences) => Promise<void>
  readonly waking: () => Promise<WakeState>
  /** The browser asks the person. Rejects `wake_denied`. */
  readonly wake: () => Promise<void>
  readonly sleep: () => Promise<void>
}

export interface ReachingOf {
  readonly get: <T>(path: string, as: (fields: Fields) => T) => Promise<T>
  readonly send: (method: "POST" | "PUT" | "DELETE", path: string, body: object) => Promise<void>
  readonly wakes: Wakes | undefined
}

export function createReaching({ get, send, wakes }: ReachingOf, device: () => DeviceId): Reaching {
  const key = (): Promise<string | null> => get("/api/push", (fields) => textOrNull(fields, "key"))
  return {
    seen: (ids) => send("POST", "/api/notices/seen", { ids }),
    preferences: () => get("/api/preferences", preferences),
    prefer: (wanted) => send("PUT", "/api/preferences", wanted),
    async waking() {
      if (wakes === undefined || (await key()) === null) return "impossible"
      return wakes.state()
    },
    async wake() {
      const server = await key()
      if (wakes === undefined || server === null) throw clientError("wake_denied")
      const subscription = await wakes.subscribe(server)
      if (subscription === undefined) throw clientError("wake_denied")
      const { auth, endpoint, p256dh } = subscription
      await send("PUT", `/api/devices/${device()}/push`, { endpoint, p256dh: toBase64(p256dh), auth: toBase64(auth) })
    },
    async sleep() {
      await send("DELETE", `/api/devices/${device()}/push`, {})
      await wakes?.unsubscribe()
    },
  }
}

export function notices(fields: Fields): Notices {
  return {
    unseen: fields.count("unseen"),
    notices: many(fields, "notices", (row) => {
      const what = row.text("what")
      return {
        id: row.id<NoticeId>("id"),
        what: WHATS.find((known) => known === what) ?? null,
        circle: row.maybe("circle", (from, name) => from.id<CircleId>(name)),
        by: row.maybe("by", (from, name) => {
          const inner = from.object(name)
          return { name: inner.text("name"), profession: profession(inner), organisation: organisation(inner) }
        }),
        created: row.text("created"),
        seen: textOrNull(row, "seen"),
      }
    }),
  }
}

function preferences(fields: Fields): Preferences {
  return {
    mail: fields.flag("mail"),
    quiet: fields.maybe("quiet", (from, name) => {
      const inner = from.object(name)
      return { begin: inner.text("begin"), end: inner.text("end") }
    }),
    zone: fields.text("zone"),
  }
}
