/**
 * Between a pseudonym and whom it stands for (docs/protocol.md, "The officer's desk"): each answer of these is itself an
 * event of the trail.
 */
import type { Fields } from "../encoding/fields.ts"
import { asId, type CircleId, type EventId, type OrganisationId, type Pseudonym, type ResolutionId } from "../ids.ts"
import type { Http } from "./http.ts"
import { many, texts } from "./read.ts"
import type { CalendarDate, PatientTraits, Timestamp } from "./types.ts"

export const SUBJECT_KINDS = ["Person", "Patient", "Circle"] as const
export type SubjectKind = (typeof SUBJECT_KINDS)[number]

/** What an officer knows of somebody. */
export type KnownSubject =
  { readonly patient: PatientTraits } | { readonly person: string } | { readonly circle: CircleId }

export interface SubjectFound {
  readonly kind: SubjectKind
  readonly pseudonym: Pseudonym
  /** Of a person alone. */
  readonly name: string | null
  /** Those in which a patient is known: in each circle a patient is another pseudonym. */
  readonly circles: readonly Pseudonym[]
}

export interface SubjectResolved {
  /** Null: erased. */
  readonly kind: SubjectKind | null
  readonly pseudonym: Pseudonym
  readonly name: string | null
  readonly profession: string | null
  readonly organisation: string | null
  readonly birth_date: CalendarDate | null
  /** Of a circle: after whom it is called. */
  readonly patient: Pseudonym | null
}

export interface Resolved {
  readonly subjects: readonly SubjectResolved[]
  /** Many were asked for: another officer has to approve first, and nobody is told yet. */
  readonly resolution: ResolutionId | null
}

/** A request to resolve many. */
export interface ResolutionRow {
  readonly id: ResolutionId
  readonly asked: Timestamp
  readonly asked_by: string | null
  readonly mine: boolean
  readonly count: number
  readonly reason: string | null
  readonly approved: Timestamp | null
  readonly approved_by: string | null
  /** Until when it can be approved, or once approved, opened. */
  readonly until: Timestamp | null
}

/** Null: there are none, or they were erased. */
export interface OpenedWords {
  readonly reason: string | null
  readonly detail: string | null
}

export interface TrailSubjectsApi {
  /** Rejects `too_many_found` for a name of many, `bad_input` for too short a one. */
  readonly subjects: (id: OrganisationId, known: KnownSubject) => Promise<readonly SubjectFound[]>
  /** Rejects `not_found`, for all, when one is not the organisation's to know. */
  readonly resolve: (id: OrganisationId, pseudonyms: readonly Pseudonym[], reason: string) => Promise<Resolved>
  readonly resolutions: (id: OrganisationId) => Promise<readonly ResolutionRow[]>
  /** Rejects `own_request`, `already_approved`, `request_over`. */
  readonly approveResolution: (id: OrganisationId, resolution: ResolutionId) => Promise<void>
  /** As the one who asked. Rejects `not_approved`, `request_over`. */
  readonly openResolution: (id: OrganisationId, resolution: ResolutionId) => Promise<readonly SubjectResolved[]>
  /** Words that are sealed beside an event. Rejects `words_altered` when they are not what its leaf commits to. */
  readonly openWords: (id: OrganisationId, event: EventId, reason: string) => Promise<OpenedWords>
}

type Checked = <T>(fields: Fields, as: (fields: Fields) => T) => T

export function createTrailSubjects(http: Http, checked: Checked): TrailSubjectsApi {
  const at = (id: OrganisationId, path: string): string => `/api/organisations/${id}/trail/${path}`
  const post = async <T>(path: string, body: object, as: (fields: Fields) => T): Promise<T> =>
    checked(await http.send("POST", path, body), as)
  return {
    subjects: (id, known) => post(at(id, "subjects"), known, (fields) => many(fields, "subjects", found)),
    resolve: (id, pseudonyms, reason) => post(at(id, "resolve"), { pseudonyms, reason }, resolvedAnswer),
    resolutions: async (id) =>
      checked(await http.get(at(id, "resolutions")), (fields) => many(fields, "resolutions", resolutionRow)),
    async approveResolution(id, resolution) {
      await http.send("POST", at(id, `resolutions/${resolution}/approve`), {})
    },
    openResolution: async (id, resolution) =>
      (await post(at(id, `resolutions/${resolution}/open`), {}, resolvedAnswer)).subjects,
    openWords: (id, event, reason) => post(at(id, `events/${event}/open`), { reason }, openedWords),
  }
}

const text = (fields: Fields, name: string): string => fields.text(name)
const pseudonym = (fields: Fields, name: string): Pseudonym => fields.id<Pseudonym>(name)

function found(fields: Fields): SubjectFound {
  return {
    kind: fields.oneOf("kind", SUBJECT_KINDS),
    pseudonym: pseudonym(fields, "pseudonym"),
    name: fields.maybe("name", text),
    circles: texts(fields, "circles").map((each) => asId<Pseudonym>(each)),
  }
}

function resolvedAnswer(fields: Fields): Resolved {
  return {
    subjects: many(fields, "subjects", resolved),
    resolution: fields.maybe("resolution", (row, name) => row.id<ResolutionId>(name)),
  }
}

function resolved(fields: Fields): SubjectResolved {
  return {
    kind: fields.maybe("kind", (row, name) => row.oneOf(name, SUBJECT_KINDS)),
    pseudonym: pseudonym(fields, "pseudonym"),
    name: fields.maybe("name", text),
    profession: fields.maybe("profession", text),
    organisation: fields.maybe("organisation", text),
    birth_date: fields.maybe("birth_date", text),
    patient: fields.maybe("patient", pseudonym),
  }
}

function resolutionRow(fields: Fields): ResolutionRow {
  return {
    id: fields.id<ResolutionId>("id"),
    asked: fields.text("asked"),
    asked_by: fields.maybe("asked_by", text),
    mine: fields.flag("mine"),
    count: fields.count("count"),
    reason: fields.maybe("reason", text),
    approved: fields.maybe("approved", text),
    approved_by: fields.maybe("approved_by", text),
    until: fields.maybe("until", text),
  }
}

function openedWords(fields: Fields): OpenedWords {
  return { reason: fields.maybe("reason", text), detail: fields.maybe("detail", text) }
}
