/**
 * The operations of the officer's desk (docs/protocol.md, "The officer's desk"): searching the trail of an organisation,
 * one event and its proof, whom a pseudonym stands for. Codes, numbers and opaque ids only, except what was opened for a
 * reason.
 */
import { fromBase64 } from "../encoding/base64.ts"
import type { Fields } from "../encoding/fields.ts"
import type { DeviceId, EventId, OrganisationId, Pseudonym } from "../ids.ts"
import type { Http } from "./http.ts"
import type { NamedKey } from "../log/keys.ts"
import type { Proof } from "../log/proof.ts"
import { namedKey } from "./keyLog.ts"
import { many, texts } from "./read.ts"
import type { Timestamp } from "./types.ts"

export const TRAIL_GROUPS = [
  "reading",
  "message",
  "file",
  "member",
  "history",
  "device",
  "breakglass",
  "signin",
  "rights",
  "patient",
  "directory",
  "export",
  "trail",
  "system",
] as const
export type TrailGroup = (typeof TRAIL_GROUPS)[number]

export const SEVERITIES = ["informational", "notice", "warning", "alert"] as const
export type Severity = (typeof SEVERITIES)[number]

export interface Place {
  readonly origin: string
  readonly index: number
}

/** One event, by the keys of its leaf (docs/audit.md). */
export interface TrailRow {
  readonly id: EventId
  readonly t: Timestamp
  readonly act: string
  /** FHIR: 0 done, 4 refused, 8 no right, 12 the server failed. */
  readonly out: number
  readonly err: string | null
  readonly who: Pseudonym | null
  readonly on: Pseudonym | null
  readonly dev: DeviceId | null
  readonly ses: string | null
  readonly role: string | null
  readonly org: OrganisationId | null
  readonly auth: string | null
  readonly sys: string | null
  readonly pat: Pseudonym | null
  readonly cir: Pseudonym | null
  /** `Type/id` */
  readonly obj: string | null
  readonly why: string | null
  readonly epo: number | null
  readonly seq: number | null
  readonly siz: number | null
  readonly cnt: number | null
  readonly severity: Severity
  readonly group: TrailGroup
  /** Null until it is sealed. */
  readonly place: Place | null
  readonly has_reason: boolean
  readonly has_detail: boolean
}

/** Newest first. */
export interface TrailPage {
  readonly events: readonly TrailRow[]
  /** Continues after the last. */
  readonly next: EventId | null
  readonly total: number
  /** There are more than `total`. */
  readonly capped: boolean
  readonly took_ms: number
}

export interface TrailFacets {
  readonly groups: Readonly<Partial<Record<TrailGroup, number>>>
  readonly outcomes: { readonly done: number; readonly refused: number }
  readonly organisations: readonly { readonly id: OrganisationId; readonly name: string | null; readonly n: number }[]
  readonly per: "day" | "week"
  readonly days: readonly TrailDay[]
}

export interface TrailDay {
  readonly day: string
  readonly done: number
  readonly refused: number
}

export interface TrailEvent extends TrailRow {
  /** Exactly the text that is hashed; empty when its time is over and its hash alone is kept. */
  readonly leaf: string
}

/** What narrows a search; absent or empty: everything. Values of one key are alternatives. */
export interface TrailFilters {
  /** An instant, included. */
  readonly from?: Timestamp
  /** An instant, excluded. */
  readonly to?: Timestamp
  readonly group?: readonly TrailGroup[]
  readonly act?: readonly string[]
  readonly out?: "done" | "refused"
  readonly org?: readonly string[]
  readonly code?: readonly string[]
  readonly who?: string
  readonly pat?: string
  readonly cir?: string
  readonly dev?: string
  readonly ses?: string
  readonly obj?: string
  readonly err?: string
}

/** What the server says of an event's place; nothing in it is verified (../trail/proving.ts). */
export interface TrailProof extends Proof {
  readonly origin: string
  readonly keys: LogKeys
}

export interface LogKeys {
  /** All that have signed the log, the oldest first. */
  readonly log: readonly NamedKey[]
  /** Texts of verifying keys. */
  readonly witnesses: readonly string[]
  /** How many of the witnesses must have signed. */
  readonly quorum: number
}

export interface TrailApi {
  /** Rejects `bad_input`. */
  readonly search: (id: OrganisationId, filters: TrailFilters, after: EventId | null) => Promise<TrailPage>
  readonly facets: (id: OrganisationId, filters: TrailFilters) => Promise<TrailFacets>
  readonly event: (id: OrganisationId, event: EventId) => Promise<TrailEvent>
  /** `seen`: the size of the newest checkpoint that this device has. Rejects `not_sealed`. */
  readonly proof: (id: OrganisationId, event: EventId, seen: number | null) => Promise<TrailProof>
}

/** As many as the server gives at once. */
const PAGE = 200

export function createTrail(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): TrailApi {
  const at = (id: OrganisationId, path = ""): string => `/api/organisations/${id}/trail${path}`
  return {
    async search(id, filters, after) {
      const query = trailQuery(filters)
      query.set("limit", String(PAGE))
      if (after !== null) query.set("after", after)
      return checked(await http.get(`${at(id)}?${query}`), trailPage)
    },
    facets: async (id, filters) => checked(await http.get(`${at(id, "/facets")}?${trailQuery(filters)}`), trailFacets),
    event: async (id, event) => checked(await http.get(at(id, `/events/${event}`)), trailEvent),
    async proof(id, event, seen) {
      const query = seen === null ? "" : `?seen=${seen}`
      return checked(await http.get(at(id, `/events/${event}/proof${query}`)), trailProof)
    },
  }
}

/** As the server reads it: a key with several values stands several times. */
export function trailQuery(filters: TrailFilters): URLSearchParams {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(filters) as [string, string | readonly string[] | undefined][]) {
    for (const each of typeof value === "string" ? [value] : (value ?? [])) query.append(key, each)
  }
  return query
}

const pseudonym = (fields: Fields, name: string): Pseudonym => fields.id<Pseudonym>(name)
const text = (fields: Fields, name: string): string => fields.text(name)
const count = (fields: Fields, name: string): number => fields.count(name)

export function trailRow(fields: Fields): TrailRow {
  return {
    id: fields.id<EventId>("id"),
    t: fields.text("t"),
    act: fields.text("act"),
    out: fields.count("out"),
    err: fields.maybe("err", text),
    who: fields.maybe("who", pseudonym),
    on: fields.maybe("on", pseudonym),
    dev: fields.maybe("dev", (row, key) => row.id<DeviceId>(key)),
    ses: fields.maybe("ses", text),
    role: fields.maybe("role", text),
    org: fields.maybe("org", (row, key) => row.id<OrganisationId>(key)),
    auth: fields.maybe("auth", text),
    sys: fields.maybe("sys", text),
    pat: fields.maybe("pat", pseudonym),
    cir: fields.maybe("cir", pseudonym),
    obj: fields.maybe("obj", text),
    why: fields.maybe("why", text),
    epo: fields.maybe("epo", count),
    seq: fields.maybe("seq", count),
    siz: fields.maybe("siz", count),
    cnt: fields.maybe("cnt", count),
    severity: fields.oneOf("severity", SEVERITIES),
    group: fields.oneOf("group", TRAIL_GROUPS),
    place: fields.maybe("place", (row, key) => trailPlace(row.object(key))),
    has_reason: fields.flag("has_reason"),
    has_detail: fields.flag("has_detail"),
  }
}

export function trailPlace(fields: Fields): Place {
  return { origin: fields.text("origin"), index: fields.count("index") }
}

function trailPage(fields: Fields): TrailPage {
  return {
    events: many(fields, "events", trailRow),
    next: fields.maybe("next", (page, key) => page.id<EventId>(key)),
    total: fields.count("total"),
    capped: fields.flag("capped"),
    took_ms: fields.count("took_ms"),
  }
}

function trailEvent(fields: Fields): TrailEvent {
  return { ...trailRow(fields), leaf: fields.text("leaf") }
}

function trailProof(fields: Fields): TrailProof {
  const keys = fields.object("vkeys")
  return {
    origin: fields.text("origin"),
    keys: { log: many(keys, "log", namedKey), witnesses: texts(keys, "witnesses"), quorum: keys.count("quorum") },
    index: fields.count("index"),
    size: fields.count("size"),
    leaf: fields.text("leaf"),
    path: texts(fields, "path").map(fromBase64),
    checkpoint: fields.text("checkpoint"),
    consistency: fields.has("consistency") ? texts(fields, "consistency").map(fromBase64) : [],
  }
}

function trailFacets(fields: Fields): TrailFacets {
  const groups = fields.object("groups")
  const outcomes = fields.object("outcomes")
  return {
    groups: Object.fromEntries(
      TRAIL_GROUPS.filter((name) => groups.has(name)).map((name) => [name, groups.count(name)]),
    ),
    outcomes: { done: outcomes.count("done"), refused: outcomes.count("refused") },
    organisations: many(fields, "organisations", (row) => ({
      id: row.id<OrganisationId>("id"),
      name: row.maybe("name", (each, key) => each.text(key)),
      n: row.count("n"),
    })),
    per: fields.oneOf("per", ["day", "week"]),
    days: many(fields, "days", (row) => ({
      day: row.text("day"),
      done: row.count("done"),
      refused: row.count("refused"),
    })),
  }
}
