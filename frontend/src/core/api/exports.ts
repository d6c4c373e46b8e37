/**
 * The operations about exports of an organisation's trail (docs/protocol.md, "The officer's desk"): asked for with a
 * reason, made by the server beside, fetched as one file that verifies without us.
 */
import type { Fields } from "../encoding/fields.ts"
import type { ExportId, OrganisationId } from "../ids.ts"
import type { Http } from "./http.ts"
import { known, many } from "./read.ts"
import type { TrailFilters } from "./trail.ts"
import type { Timestamp } from "./types.ts"

/** Beside the proof, which is always in it. */
export const EXPORT_FORMATS = ["csv", "jsonl", "fhir", "pdf"] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

const STATES = ["waiting", "ready", "failed", "expired"] as const

export interface TrailExport {
  readonly id: ExportId
  /** Null for an officer who has left. */
  readonly by: string | null
  readonly asked: Timestamp
  readonly formats: readonly ExportFormat[]
  readonly state: (typeof STATES)[number]
  readonly percent: number
  /** How many acts it holds, and the file's size in bytes, once it is ready. */
  readonly events: number | null
  readonly size: number | null
  readonly expires: Timestamp | null
}

export interface Exports {
  /** Newest first. */
  readonly list: (id: OrganisationId) => Promise<readonly TrailExport[]>
  /** Rejects `too_many` when several wait, `bad_input`. */
  readonly ask: (
    id: OrganisationId,
    filters: TrailFilters,
    formats: readonly ExportFormat[],
    reason: string,
  ) => Promise<void>
  /** Where the browser fetches the file of one that is ready. */
  readonly address: (id: OrganisationId, which: ExportId) => string
}

export function createExports(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): Exports {
  const at = (id: OrganisationId, path = ""): string => `/api/organisations/${id}/exports${path}`
  return {
    list: async (id) => checked(await http.get(at(id)), (fields) => many(fields, "exports", row)),
    async ask(id, filters, formats, reason) {
      await http.send("POST", at(id), { filters, formats, reason })
    },
    address: (id, which) => at(id, `/${which}/file`),
  }
}

const count = (fields: Fields, name: string): number => fields.count(name)
const text = (fields: Fields, name: string): string => fields.text(name)

function row(fields: Fields): TrailExport {
  return {
    id: fields.id<ExportId>("id"),
    by: fields.maybe("by", text),
    asked: fields.text("asked"),
    formats: known(fields, "formats", EXPORT_FORMATS),
    state: fields.oneOf("state", STATES),
    percent: fields.count("percent"),
    events: fields.maybe("events", count),
    size: fields.maybe("size", count),
    expires: fields.maybe("expires", text),
  }
}
