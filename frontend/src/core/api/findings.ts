/**
 * The operations about what stands out in an organisation's trail (docs/protocol.md, "The officer's desk"): findings,
 * what officers say of them, from how much on a rule speaks, and the report of each month.
 */
import type { Fields } from "../encoding/fields.ts"
import type { FindingId, OrganisationId, Pseudonym } from "../ids.ts"
import type { Http } from "./http.ts"
import { many } from "./read.ts"
import { trailRow, type TrailRow } from "./trail.ts"
import type { CalendarDate, Timestamp } from "./types.ts"

export const RULES = [
  "break_glass",
  "outside_team",
  "bulk",
  "out_of_hours",
  "staff_patient",
  "same_name",
  "dormant",
  "refused_then_allowed",
  "exports",
  "log_health",
] as const
export type Rule = (typeof RULES)[number]

export const FINDING_STATUSES = ["open", "explained", "confirmed", "dismissed"] as const
export type FindingStatus = (typeof FINDING_STATUSES)[number]

export interface Finding {
  readonly id: FindingId
  readonly rule: Rule
  readonly who: Pseudonym | null
  readonly pat: Pseudonym | null
  readonly cir: Pseudonym | null
  readonly began: Timestamp
  readonly ended: Timestamp
  /** 0 to 100: in which order to look. */
  readonly score: number
  /** Counts, by the rule (docs/audit.md, "What stands out"). */
  readonly facts: Readonly<Record<string, number>>
  /** How many acts it rests on. */
  readonly events: number
  readonly status: FindingStatus
  /** About what I did: another officer reviews it. */
  readonly own: boolean
}

export interface Annotation {
  readonly author: string
  readonly at: Timestamp
  /** What the finding became by it; null: a note. */
  readonly status: FindingStatus | null
  /** Null once erased with the trail. */
  readonly text: string | null
}

export interface FindingDetail extends Finding {
  /** The first of them, the oldest first. */
  readonly evidence: readonly TrailRow[]
  readonly annotations: readonly Annotation[]
}

export type RuleCount = Readonly<Record<FindingStatus, number>> & { readonly rule: Rule }

/** By its Monday: how many began in it, and how many of those were confirmed. */
export interface RuleWeek {
  readonly rule: Rule
  readonly week: CalendarDate
  readonly n: number
  readonly confirmed: number
}

/** Newest first. */
export interface FindingsPage {
  readonly rules: readonly RuleCount[]
  readonly weeks: readonly RuleWeek[]
  readonly findings: readonly Finding[]
  /** Continues after the last. */
  readonly next: FindingId | null
}

export interface FindingFilters {
  readonly rule: Rule | null
  readonly status: FindingStatus | null
}

export interface Threshold {
  readonly name: string
  readonly value: number
  readonly default: number
  readonly least: number
  readonly most: number
}

export interface MonthlyReport {
  /** Its first day. */
  readonly month: CalendarDate
  readonly made: Timestamp
  readonly findings: number
  readonly open: number
}

export interface Findings {
  readonly list: (id: OrganisationId, filters: FindingFilters, after: FindingId | null) => Promise<FindingsPage>
  readonly one: (id: OrganisationId, finding: FindingId) => Promise<FindingDetail>
  /** `status` null leaves it what it is. Rejects `own_finding`, `bad_input` (fewer than three characters). */
  readonly annotate: (
    id: OrganisationId,
    finding: FindingId,
    text: string,
    status: FindingStatus | null,
  ) => Promise<void>
  readonly thresholds: (id: OrganisationId) => Promise<readonly Threshold[]>
  /** What is left out is the default. Rejects `bad_threshold`. */
  readonly setThresholds: (id: OrganisationId, chosen: Readonly<Record<string, number>>) => Promise<void>
  readonly reports: (id: OrganisationId) => Promise<readonly MonthlyReport[]>
  /** Where the browser fetches the report to print. */
  readonly reportAddress: (id: OrganisationId, month: CalendarDate) => string
}

export function createFindings(http: Http, checked: <T>(fields: Fields, as: (fields: Fields) => T) => T): Findings {
  const at = (id: OrganisationId, path: string): string => `/api/organisations/${id}/${path}`
  return {
    async list(id, filters, after) {
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries({ ...filters, after })) if (value !== null) query.set(name, value)
      return checked(await http.get(at(id, `findings?${query}`)), page)
    },
    one: async (id, which) => checked(await http.get(at(id, `findings/${which}`)), detail),
    async annotate(id, which, text, status) {
      await http.send("POST", at(id, `findings/${which}/annotations`), { text, status })
    },
    thresholds: async (id) =>
      checked(await http.get(at(id, "thresholds")), (fields) => many(fields, "thresholds", threshold)),
    async setThresholds(id, chosen) {
      await http.send("PUT", at(id, "thresholds"), { chosen })
    },
    reports: async (id) =>
      checked(await http.get(at(id, "monthly-reports")), (fields) => many(fields, "reports", report)),
    reportAddress: (id, month) => at(id, `monthly-reports/${month}/pdf`),
  }
}

function page(fields: Fields): FindingsPage {
  return {
    rules: many(fields, "rules", (row) => ({
      rule: row.oneOf("rule", RULES),
      open: row.count("open"),
      explained: row.count("explained"),
      confirmed: row.count("confirmed"),
      dismissed: row.count("dismissed"),
    })),
    weeks: many(fields, "weeks", (row) => ({
      rule: row.oneOf("rule", RULES),
      week: row.text("week"),
      n: row.count("n"),
      confirmed: row.count("confirmed"),
    })),
    findings: many(fields, "findings", finding),
    next: fields.maybe("next", (row, name) => row.id<FindingId>(name)),
  }
}

const pseudonym = (fields: Fields, name: string): Pseudonym => fields.id<Pseudonym>(name)

function finding(fields: Fields): Finding {
  const facts = fields.object("facts")
  return {
    id: fields.id<FindingId>("id"),
    rule: fields.oneOf("rule", RULES),
    who: fields.maybe("who", pseudonym),
    pat: fields.maybe("pat", pseudonym),
    cir: fields.maybe("cir", pseudonym),
    began: fields.text("began"),
    ended: fields.text("ended"),
    score: fields.count("score"),
    facts: Object.fromEntries(facts.names().map((name) => [name, facts.count(name)])),
    events: fields.count("events"),
    status: fields.oneOf("status", FINDING_STATUSES),
    own: fields.flag("own"),
  }
}

function detail(fields: Fields): FindingDetail {
  return {
    ...finding(fields),
    evidence: many(fields, "evidence", trailRow),
    annotations: many(fields, "annotations", (row) => ({
      author: row.text("author"),
      at: row.text("at"),
      status: row.maybe("status", (said, name) => said.oneOf(name, FINDING_STATUSES)),
      text: row.maybe("text", (said, name) => said.text(name)),
    })),
  }
}

function threshold(fields: Fields): Threshold {
  return {
    name: fields.text("name"),
    value: fields.count("value"),
    default: fields.count("default"),
    least: fields.count("least"),
    most: fields.count("most"),
  }
}

function report(fields: Fields): MonthlyReport {
  return {
    month: fields.text("month"),
    made: fields.text("made"),
    findings: fields.count("findings"),
    open: fields.count("open"),
  }
}
