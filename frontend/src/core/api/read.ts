/**
 * Reads the server's answers into the types of `types.ts`. A field that is missing or of another kind refuses the whole
 * answer (NotCanonical); a field that this client does not know is left alone, so that a newer server may say more.
 */
import { toBase64 } from "../encoding/base64.ts"
import { NotCanonical, type Json } from "../encoding/canonical.ts"
import { Fields } from "../encoding/fields.ts"
import type {
  CircleId,
  ConsentId,
  DeviceId,
  GrantId,
  InvitationId,
  OrganisationId,
  PractitionerId,
  RoleId,
  UserId,
} from "../ids.ts"
import type * as api from "./types.ts"

const ROLES = ["coordinator", "member", "guest", "delegate"] as const
const ORGANISATION_ABILITIES = ["administer", "review", "attest"] as const
const GROUNDS = ["same_structure", "chosen_by_patient", "formal_team", "outside_team", "no_patient"] as const
const KINDS = ["care", "team", "direct"] as const
export const SECTORS = ["health", "medico_social", "social"] as const
const STATUSES = ["provisional", "retrieved", "validated", "qualified"] as const
const ATTRIBUTES = ["homonym", "doubtful", "fictive"] as const
const COLOURS = ["lac", "gentiane", "myrtille", "bruyere", "sapin", "lichen", "terre", "granit"] as const
const ABILITIES = ["read", "send", "invite", "remove", "erase", "grant_history", "join"] as const
const WHY = ["already_member", "already_invited", "patient_opposes", "profession_not_allowed", "inactive"] as const
const ACCOUNTS = ["none", "reserved", "open"] as const
const PROGRESS = [
  "letter_waiting",
  "letter_sent",
  "letter_refused",
  "letter_given_up",
  "link_opened",
  "link_expired",
  "told",
  "account_open",
  "asked",
] as const
const ADMISSIONS = ["not_needed", "to_ask", "asked"] as const
const HOW = ["spoken", "written", "electronic"] as const
const DECLINED_BECAUSE = ["not_concerned", "unavailable", "not_known", "wrong_person", "other"] as const
const HAPPENED = [
  "opened",
  "invited",
  "joined",
  "ended",
  "consent",
  "consent_withdrawn",
  "opposition",
  "opposition_lifted",
  "handed_over",
  "given_back",
  "closed",
  "reopened",
  "break_glass",
] as const
const WEAVES = [1, 2, 3, 4] as const
/** No answer holds longer lists; a bound so that a broken one fails early. */
const MOST = 100_000

export const textOrNull = (fields: Fields, name: string): string | null => fields.maybe(name, (from, key) => from.text(key))

export function many<T>(fields: Fields, name: string, read: (fields: Fields) => T): readonly T[] {
  return fields.list(name, MOST).map((value) => read(new Fields(value)))
}

export function texts(fields: Fields, name: string): readonly string[] {
  return fields.list(name, MOST).map(asText)
}

function asText(value: Json): string {
  if (typeof value !== "string") throw new NotCanonical("not a text")
  return value
}

/** The known ones among a list of words; words of a newer server are left out. */
export function known<const Word extends string>(fields: Fields, name: string, words: readonly Word[]): readonly Word[] {
  const said = texts(fields, name)
  return words.filter((word) => said.includes(word))
}

export function organisation(fields: Fields): api.Organisation | null {
  return fields.maybe("organisation", (from, name) => {
    const inner = from.object(name)
    return { id: inner.id<OrganisationId>("id"), name: inner.text("name"), city: textOrNull(inner, "city") }
  })
}

export function profession(fields: Fields): api.Profession {
  const inner = fields.object("profession")
  return { code: inner.text("code"), label: inner.text("label") }
}

export function card(fields: Fields): api.ProfessionalCard {
  return {
    name: fields.text("name"),
    family_name: fields.text("family_name"),
    given_name: fields.text("given_name"),
    civility: fields.text("civility"),
    profession: profession(fields),
    sector: fields.oneOf("sector", SECTORS),
    organisation: organisation(fields),
  }
}

export function me(fields: Fields): api.Me {
  return {
    ...card(fields),
    id: fields.id<UserId>("id"),
    email: fields.text("email"),
    identity_key: textOrNull(fields, "identity_key"),
    history_key: textOrNull(fields, "history_key"),
    vault: fields.flag("vault"),
    abilities: texts(fields, "abilities"),
    order_key: fields.text("order_key"),
    steward: textOrNull(fields, "steward"),
    organisations: many(fields, "organisations", (row) => ({
      id: row.id<OrganisationId>("id"),
      name: row.text("name"),
      abilities: known(row, "abilities", ORGANISATION_ABILITIES),
    })),
  }
}

export function devices(fields: Fields, own: DeviceId | undefined): readonly api.DeviceRow[] {
  return many(fields, "devices", (row) => {
    const id = row.id<DeviceId>("id")
    return {
      id,
      name: row.text("name"),
      created: row.text("created"),
      last_seen: textOrNull(row, "last_seen"),
      current: id === own,
      ended: textOrNull(row, "ended"),
      certificate: row.text("certificate"),
    }
  })
}

export function vault(fields: Fields): api.VaultBlobs {
  return {
    generation: fields.count("generation"),
    key: fields.count("key"),
    sealed: fields.text("sealed"),
    head_sig: fields.text("head_sig"),
    wrappers: many(fields, "wrappers", (row) => ({ unlocker: row.text("unlocker"), blob: row.text("blob") })),
  }
}

export function keyEvents(fields: Fields): api.KeyEventsAnswer {
  return { events: texts(fields, "events"), rotations: texts(fields, "rotations") }
}

export function organisationPeople(fields: Fields): api.OrganisationPeople {
  return {
    steward: textOrNull(fields, "steward"),
    people: many(fields, "people", (row) => ({
      user: row.id<UserId>("user"),
      name: row.text("name"),
      number: row.text("number"),
      system: row.text("system"),
      profession: profession(row),
      identity_key: textOrNull(row, "identity_key"),
      since: textOrNull(row, "since"),
      attestation: textOrNull(row, "attestation"),
    })),
  }
}

export function strandedCircles(fields: Fields): readonly api.StrandedCircle[] {
  return many(fields, "circles", (row) => ({
    id: row.id<CircleId>("id"),
    opened: row.text("opened"),
    members: many(row, "members", (member) => ({
      user: member.id<UserId>("user"),
      name: member.text("name"),
      profession: profession(member),
    })),
  }))
}

function patient(fields: Fields): api.CirclePatient {
  return {
    family: fields.text("family"),
    given: fields.text("given"),
    used_name: textOrNull(fields, "used_name"),
    sex: fields.oneOf("sex", ["M", "F", "I"]),
    birth_date: fields.text("birth_date"),
    identity_status: fields.oneOf("identity_status", STATUSES),
    attributes: known(fields, "attributes", ATTRIBUTES),
    matricule: textOrNull(fields, "matricule"),
  }
}

function about(fields: Fields): api.About {
  const weave = fields.count("weave")
  return {
    kind: fields.oneOf("kind", KINDS),
    patient: fields.maybe("patient", (from, name) => patient(from.object(name))),
    parent: fields.maybe("parent", (from, name) => from.id<CircleId>(name)),
    name: textOrNull(fields, "name"),
    organisation: organisation(fields),
    peer: fields.maybe("peer", (from, name) => {
      const inner = from.object(name)
      return { ...card(inner), user: inner.id<UserId>("user") }
    }),
    colour: fields.oneOf("colour", COLOURS),
    weave: WEAVES.find((known) => known === weave) ?? 1,
    initials: fields.text("initials"),
  }
}

export function circleRow(fields: Fields): api.CircleRow {
  return {
    ...about(fields),
    id: fields.id<CircleId>("id"),
    state: fields.oneOf("state", ["open", "closed"]),
    role: fields.oneOf("role", ROLES),
    member_count: fields.count("member_count"),
    opened: fields.text("opened"),
    abilities: known(fields, "abilities", ABILITIES),
  }
}

export function circles(fields: Fields): readonly api.CircleRow[] {
  return many(fields, "circles", circleRow)
}

export function absence(fields: Fields): api.Absence | null {
  return fields.maybe("absence", (from, name) => {
    const said = from.object(name)
    return {
      starts: said.text("starts"),
      ends: said.text("ends"),
      replacement: said.maybe("replacement", (inner, key) => {
        const person = inner.object(key)
        return { user: person.id<UserId>("user"), name: person.text("name") }
      }),
    }
  })
}

function belonging(fields: Fields): Omit<api.Member, "since" | "absence" | "lent_until"> {
  return {
    ...card(fields),
    user: fields.id<UserId>("user"),
    practitioner: fields.id<PractitionerId>("practitioner"),
    role: fields.oneOf("role", ROLES),
    ground: fields.oneOf("ground", GROUNDS),
    not_after: textOrNull(fields, "not_after"),
    consent: fields.maybe("consent", (from, name) => {
      const inner = from.object(name)
      return { id: inner.id<ConsentId>("id"), given_on: inner.text("given_on"), how: inner.oneOf("how", HOW) }
    }),
    delegate_of: fields.maybe("delegate_of", (from, name) => from.id<UserId>(name)),
  }
}

function closure(fields: Fields): api.Closure {
  return {
    closed: fields.text("closed"),
    by: fields.maybe("by", (from, name) => from.id<UserId>(name)),
    code: fields.oneOf("code", ["decided", "opposition", "nobody_left"]),
    reopens_until: fields.text("reopens_until"),
  }
}

export function circleDetail(fields: Fields): api.CircleDetail {
  return {
    ...circleRow(fields),
    members: many(fields, "members", (row) => ({
      ...belonging(row),
      since: row.text("since"),
      absence: absence(row),
      lent_until: textOrNull(row, "lent_until"),
    })),
    invitations: many(fields, "invitations", (row) => ({
      ...belonging(row),
      id: row.id<InvitationId>("id"),
      created: row.text("created"),
      expires: row.text("expires"),
      progress: row.oneOf("progress", PROGRESS),
      reminders: row.count("reminders"),
      reminded: textOrNull(row, "reminded"),
    })),
    former: many(fields, "former", former),
    compartments: many(fields, "compartments", (row) => ({
      id: row.id<CircleId>("id"),
      name: row.text("name"),
      member_count: row.count("member_count"),
      role: row.maybe("role", (from, name) => from.oneOf(name, ROLES)),
    })),
    closure: fields.maybe("closure", (from, name) => closure(from.object(name))),
  }
}

function former(fields: Fields): api.Former {
  return { ...card(fields), user: fields.id<UserId>("user") }
}

export function timeline(fields: Fields): api.Timeline {
  return {
    rows: many(fields, "rows", (row) => ({
      at: row.text("at"),
      what: row.oneOf("what", HAPPENED),
      user: row.maybe("user", (from, name) => from.id<UserId>(name)),
      by: row.maybe("by", (from, name) => from.id<UserId>(name)),
      role: row.maybe("role", (from, name) => from.oneOf(name, ROLES)),
      ground: row.maybe("ground", (from, name) => from.oneOf(name, GROUNDS)),
      until: textOrNull(row, "until"),
      code: textOrNull(row, "code"),
      because: row.maybe("because", (from, name) => from.oneOf(name, DECLINED_BECAUSE)),
      how: row.maybe("how", (from, name) => from.oneOf(name, HOW)),
      on: textOrNull(row, "on"),
      id: row.maybe("id", (from, name) => from.id<ConsentId>(name)),
    })),
    people: many(fields, "people", former),
  }
}

export function candidates(fields: Fields): api.Candidates {
  return {
    candidates: many(fields, "candidates", (row) => ({
      ...card(row),
      practitioner: row.id<PractitionerId>("practitioner"),
      role: row.id<RoleId>("role"),
      speciality: textOrNull(row, "speciality"),
      rpps: textOrNull(row, "rpps"),
      number: row.text("number"),
      system: row.text("system"),
      user: row.maybe("user", (from, name) => from.id<UserId>(name)),
      identity_key: textOrNull(row, "identity_key"),
      history_key: textOrNull(row, "history_key"),
      history_sig: textOrNull(row, "history_sig"),
      account: row.oneOf("account", ACCOUNTS),
      mssante: textOrNull(row, "mssante"),
      invitable: row.flag("invitable"),
      why: row.maybe("why", (from, name) => from.oneOf(name, WHY)),
    })),
    truncated: fields.flag("truncated"),
  }
}

function inviter(fields: Fields): api.Inviter {
  const inner = fields.object("inviter")
  return { name: inner.text("name"), profession: profession(inner), organisation: organisation(inner) }
}

export function invitations(fields: Fields): readonly api.Invitation[] {
  return many(fields, "invitations", (row) => ({
    ...about(row),
    id: row.id<InvitationId>("id"),
    circle: row.id<CircleId>("circle"),
    inviter: inviter(row),
    ground: row.oneOf("ground", GROUNDS),
    role: row.oneOf("role", ROLES),
    not_after: textOrNull(row, "not_after"),
    created: row.text("created"),
    expires: row.text("expires"),
    admission: row.oneOf("admission", ADMISSIONS),
  }))
}

export function reserved(fields: Fields): UserId {
  return fields.id<UserId>("user")
}

export function welcome(fields: Fields): api.Welcome {
  return {
    ...card(fields),
    inviter: inviter(fields),
    kind: fields.text("kind"),
    role: fields.oneOf("role", ROLES),
    not_after: textOrNull(fields, "not_after"),
    expires: fields.text("expires"),
  }
}

export function group(fields: Fields): api.GroupAnswer {
  return {
    epoch: fields.count("epoch"),
    seq: fields.count("seq"),
    rekey_required: fields.flag("rekey_required"),
    group_info: fields.text("group_info"),
    tree: fields.text("tree"),
  }
}

export function chain(fields: Fields): api.ChainAnswer {
  return {
    changes: texts(fields, "changes"),
    invitation: textOrNull(fields, "invitation"),
    certificates: texts(fields, "certificates"),
  }
}

/** A hash of the log. */
export function hash(fields: Fields): api.Base64 {
  return toBase64(fields.bytes("hash", 32))
}

/** Also the body of a socket's `item` frame. */
export function item(fields: Fields): api.Item {
  const place = { seq: fields.count("seq"), at: fields.text("at"), hash: hash(fields) }
  const kind = fields.oneOf("kind", ["message", "commit", "grant"])
  if (kind === "grant") return { ...place, kind, grant: fields.text("grant"), device: fields.id<DeviceId>("device") }
  if (kind === "commit") {
    const epoch = fields.count("epoch")
    return { ...place, kind, epoch, commit: fields.text("commit"), device: fields.id<DeviceId>("device") }
  }
  const env = textOrNull(fields, "env")
  return env === null ? { ...place, kind, env, digest: fields.text("digest") } : { ...place, kind, env, digest: null }
}

export function items(fields: Fields): api.ItemsAnswer {
  const base = fields.object("base")
  return {
    items: many(fields, "items", item),
    head: fields.count("head"),
    base: { seq: base.count("seq"), hash: hash(base) },
  }
}

export function receipts(fields: Fields): readonly api.ReceiptRow[] {
  return many(fields, "receipts", (row) => ({
    device: row.id<DeviceId>("device"),
    user: row.id<UserId>("user"),
    env: textOrNull(row, "env"),
    delivered: row.count("delivered"),
  }))
}

export function keys(fields: Fields): readonly api.KeyRow[] {
  return many(fields, "keys", (row) => ({
    circle: row.id<CircleId>("circle"),
    epoch: row.count("epoch"),
    sealed: row.text("sealed"),
    grant: row.maybe("grant", (from, name) => from.id<GrantId>(name)),
  }))
}

export function epochs(fields: Fields): readonly api.EpochRow[] {
  return many(fields, "epochs", (row) => ({ epoch: row.count("epoch"), seq: row.count("seq"), at: row.text("at") }))
}
