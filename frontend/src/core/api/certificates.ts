/**
 * Certificates "who was entitled to read" (docs/audit.md, "The certificate"): made for an officer, listed, fetched. What a
 * document claims is the server's word until ../trail/certified.ts, or `verify.py` offline, has checked its evidence.
 */
import { fromBase64 } from "../encoding/base64.ts"
import type { Fields } from "../encoding/fields.ts"
import type { CertificateId, DeviceId, EventId, GrantId, OrganisationId, Pseudonym, UserId } from "../ids.ts"
import type { Http } from "./http.ts"
import { many, textOrNull, texts } from "./read.ts"
import type { Ground, Role, Timestamp } from "./types.ts"

/** A message of a circle, or what was written in a circle in a period. */
export type CertificateAsked =
  { readonly message: string } | { readonly circle: Pseudonym; readonly since: Timestamp; readonly until: Timestamp }

export interface CertificateRow {
  readonly id: CertificateId
  readonly circle: Pseudonym
  readonly message: string | null
  readonly since: Timestamp
  /** Null: of a message. */
  readonly until: Timestamp | null
  readonly people: number
  /** It has names. */
  readonly named: boolean
  readonly made: Timestamp
  readonly kept_until: Timestamp
  /** The officer who made it. */
  readonly by: string | null
  readonly own: boolean
}

export interface EntitledDevice {
  readonly id: DeviceId
  readonly added: Timestamp
  readonly ended: Timestamp | null
  /** It had a leaf in the group; otherwise it reads through the person's vault. */
  readonly inRoster: boolean
}

export interface EntitledPerson {
  readonly pseudonym: Pseudonym
  /** Only of who was resolved before. */
  readonly name: string | null
  readonly role: Role
  readonly ground: Ground
  readonly notAfter: Timestamp | null
  /** Epochs by roster, first and last. */
  readonly epochs: readonly (readonly [number, number])[]
  readonly grants: readonly { readonly first: number; readonly last: number; readonly id: GrantId }[]
  readonly since: Timestamp
  /** When their last leaf was removed. */
  readonly left: Timestamp | null
  readonly attested: boolean
  readonly consent: boolean
  readonly devices: readonly EntitledDevice[]
  readonly handedOver: readonly { readonly act: string; readonly t: Timestamp }[]
}

/** What has to hold for the claim to hold. */
export interface CertificateEvidence {
  readonly checkpoints: ReadonlyMap<string, string>
  readonly facts: readonly {
    readonly origin: string
    readonly index: number
    readonly leaf: string
    readonly path: readonly Uint8Array[]
  }[]
  readonly bindings: readonly {
    readonly kind: string
    readonly subject: string
    readonly pseudonym: Pseudonym
    readonly salt: Uint8Array
  }[]
  /** The creator's GroupInfo, then every commit. */
  readonly epochs: readonly Uint8Array[]
  readonly grants: readonly Uint8Array[]
}

export interface CertificateDocument {
  readonly circle: Pseudonym
  readonly message: string | null
  readonly from: Timestamp
  readonly to: Timestamp
  readonly epochs: readonly [number, number]
  readonly people: readonly EntitledPerson[]
  readonly evidence: CertificateEvidence
}

export interface CertificatesApi {
  /** Rejects `not_sealed` (again in a second), `trail_differs`, `opening_not_kept`, `subject_erased`, `too_large`. */
  readonly certify: (id: OrganisationId, asked: CertificateAsked, reason: string) => Promise<CertificateRow>
  readonly certificates: (id: OrganisationId) => Promise<readonly CertificateRow[]>
  readonly certificate: (id: OrganisationId, certificate: CertificateId) => Promise<CertificateDocument>
}

/** Where the file itself is: JSON, complete for offline verification, or PDF for people. */
export function certificateFile(id: OrganisationId, certificate: CertificateId, as: "json" | "pdf"): string {
  return `/api/organisations/${id}/certificates/${certificate}${as === "pdf" ? "/pdf" : ""}`
}

type Checked = <T>(fields: Fields, as: (fields: Fields) => T) => T

export function createCertificates(http: Http, checked: Checked): CertificatesApi {
  const at = (id: OrganisationId): string => `/api/organisations/${id}/certificates`
  return {
    certify: async (id, asked, reason) => checked(await http.send("POST", at(id), { ...asked, reason }), row),
    certificates: async (id) => checked(await http.get(at(id)), (fields) => many(fields, "certificates", row)),
    certificate: async (id, certificate) =>
      checked(await http.get(certificateFile(id, certificate, "json")), certificateDocument),
  }
}

function row(fields: Fields): CertificateRow {
  return {
    id: fields.id<CertificateId>("id"),
    circle: fields.id<Pseudonym>("circle"),
    message: textOrNull(fields, "message"),
    since: fields.text("since"),
    until: textOrNull(fields, "until"),
    people: fields.count("people"),
    named: fields.flag("named"),
    made: fields.text("made"),
    kept_until: fields.text("kept_until"),
    by: textOrNull(fields, "by"),
    own: fields.flag("own"),
  }
}

const ROLES = ["coordinator", "member", "guest", "delegate"] as const
const GROUNDS = ["same_structure", "chosen_by_patient", "formal_team", "outside_team", "no_patient"] as const

export function certificateDocument(fields: Fields): CertificateDocument {
  const claim = fields.object("claim")
  const about = claim.object("about")
  const said = evidence(fields.object("evidence"))
  const bound = new Map(said.bindings.map(({ pseudonym, subject }) => [subject, pseudonym]))
  const names = new Map(many(fields, "names", (each) => [each.text("user"), each.text("name")] as const))
  const pseudonymOf = (subject: string): Pseudonym => {
    const found = bound.get(subject)
    if (found === undefined) throw new TypeError("a certificate speaks of somebody whom it does not bind")
    return found
  }
  const isMessage = about.has("message")
  const made = fields.object("made").text("t")
  return {
    circle: pseudonymOf(claim.text("circle")),
    message: isMessage ? about.text("message") : null,
    from: isMessage ? about.text("t") : about.text("from"),
    to: isMessage ? made : about.text("to"),
    epochs: span(claim.list("epochs", 2)),
    people: many(claim, "people", (each) => person(each, pseudonymOf, names)),
    evidence: said,
  }
}

function person(
  fields: Fields,
  pseudonymOf: (subject: string) => Pseudonym,
  names: ReadonlyMap<string, string>,
): EntitledPerson {
  const user = fields.id<UserId>("user")
  return {
    pseudonym: pseudonymOf(user),
    name: names.get(user) ?? null,
    role: fields.oneOf("role", ROLES),
    ground: fields.oneOf("ground", GROUNDS),
    notAfter: textOrNull(fields, "not_after"),
    epochs: fields.list("epochs", MOST).map((each) => span(each as readonly unknown[])),
    grants: fields.list("grants", MOST).map((each) => {
      const [first, last, id] = each as readonly [number, number, string]
      return { first, last, id: id as GrantId }
    }),
    since: fields.text("since"),
    left: textOrNull(fields, "left"),
    attested: textOrNull(fields, "attested") !== null,
    consent: textOrNull(fields, "consent") !== null,
    devices: many(fields, "devices", (device) => ({
      id: device.id<DeviceId>("id"),
      added: device.text("added"),
      ended: textOrNull(device, "ended"),
      inRoster: device.flag("in_roster"),
    })),
    handedOver: many(fields, "handed_over", (handed) => ({ act: handed.text("act"), t: handed.text("t") })),
  }
}

const MOST = 10_000

function span(pair: readonly unknown[]): readonly [number, number] {
  const [first, last] = pair
  if (typeof first !== "number" || typeof last !== "number") throw new TypeError("not a first and a last epoch")
  return [first, last]
}

function evidence(fields: Fields): CertificateEvidence {
  const checkpoints = fields.object("checkpoints")
  return {
    checkpoints: new Map(checkpoints.names().map((origin) => [origin, checkpoints.text(origin)])),
    facts: many(fields, "facts", (fact) => ({
      origin: fact.text("origin"),
      index: fact.count("i"),
      leaf: fact.text("leaf"),
      path: texts(fact, "p").map(fromBase64),
    })),
    bindings: many(fields, "bindings", (binding) => ({
      kind: binding.text("kind"),
      subject: binding.text("subject"),
      pseudonym: binding.id<Pseudonym>("pseudonym"),
      salt: binding.bytes("salt", 32),
    })),
    epochs: many(fields, "epochs", (epoch) => epoch.bytes("raw")),
    grants: texts(fields, "grants").map(fromBase64),
  }
}

/** The event of which a log's keys are asked. */
export function firstEventOf({ facts }: CertificateEvidence, origin: string): EventId | null {
  const fact = facts.find((each) => each.origin === origin)
  const id = fact === undefined ? null : (JSON.parse(fact.leaf) as { readonly id?: unknown }).id
  return typeof id === "string" ? (id as EventId) : null
}
