/**
 * The operations of docs/protocol.md, "HTTP". Each rejects with `ApiError` (the server's code) or `CordeeError`
 * (`offline`, …).
 */
import type { Fields } from "../encoding/fields.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { clientError } from "../errors.ts"
import type {
  CircleId,
  ConsentId,
  DeviceId,
  InvitationId,
  OppositionId,
  OrganisationId,
  RoleId,
  UserId,
} from "../ids.ts"
import type { Platform } from "../platform.ts"
import { createFilesApi, type FilesApi } from "./files.ts"
import { readDuties, type Duties } from "./duties.ts"
import { keyLogPath, readKeyLog, type KeyLogAnswer } from "./keyLog.ts"
import type { Http } from "./http.ts"
import { createNetwork, type Network } from "./network.ts"
import { notices, type Notices } from "./reaching.ts"
import { createCareTeams, type CareTeams } from "./careTeams.ts"
import { createPatients, type Patients } from "./patients.ts"
import { createExports, type Exports } from "./exports.ts"
import { createHolds, type Holds } from "./holds.ts"
import { createFindings, type Findings } from "./findings.ts"
import { createStructure, type Structure } from "./structure.ts"
import { createCertificates, type CertificatesApi } from "./certificates.ts"
import { createTrail, type TrailApi } from "./trail.ts"
import { createTrailViews, type TrailViewsApi } from "./trailViews.ts"
import { createTrailSubjects, type TrailSubjectsApi } from "./trailSubjects.ts"
import * as read from "./read.ts"
import type * as api from "./types.ts"

export interface Api {
  readonly files: FilesApi
  readonly network: Network
  readonly notices: () => Promise<Notices>
  readonly careTeams: CareTeams
  readonly structure: Structure
  readonly trail: TrailApi & TrailSubjectsApi & TrailViewsApi & CertificatesApi
  readonly findings: Findings
  readonly exports: Exports
  readonly holds: Holds
  readonly patients: Patients
  readonly me: () => Promise<api.Me>
  readonly devices: (own: DeviceId | undefined) => Promise<readonly api.DeviceRow[]>
  readonly registerDevice: (registration: api.DeviceRegistration) => Promise<void>
  readonly renameDevice: (id: DeviceId, name: string) => Promise<void>
  readonly objectTo: (id: DeviceId) => Promise<void>
  readonly revokeDevice: (id: DeviceId, reason: "retired" | "lost", event: api.Base64) => Promise<void>
  readonly vault: () => Promise<api.VaultBlobs>
  /** Rejects `vault_moved` when it is not the next one. */
  readonly putVault: (vault: api.VaultBlobs) => Promise<void>
  readonly keyEvents: () => Promise<api.KeyEventsAnswer>
  /** Histories of these people's keys, under a checkpoint that goes on from those of the sizes in `seen`. */
  readonly keyLog: (users: readonly UserId[], seen: readonly number[]) => Promise<KeyLogAnswer>
  readonly rotateIdentity: (rotation: api.IdentityRotation) => Promise<void>
  readonly resetIdentity: (reset: api.IdentityReset) => Promise<void>
  readonly organisationPeople: (id: OrganisationId) => Promise<api.OrganisationPeople>
  readonly putSteward: (id: OrganisationId, key: api.Base64) => Promise<void>
  readonly attest: (id: OrganisationId, attestation: api.Base64) => Promise<void>
  readonly strandedCircles: (id: OrganisationId) => Promise<readonly api.StrandedCircle[]>
  readonly restore: (id: OrganisationId, order: api.Base64) => Promise<void>
  readonly circles: () => Promise<readonly api.CircleRow[]>
  readonly openCircle: (circle: api.NewCircle) => Promise<api.CircleDetail>
  readonly openCompartment: (parent: CircleId, compartment: api.NewNamedCircle) => Promise<api.CircleDetail>
  readonly openTeam: (organisation: OrganisationId, team: api.NewNamedCircle) => Promise<api.CircleDetail>
  /** Rejects `exchange_exists` with the id of the one that the two have. */
  readonly openExchange: (exchange: api.NewExchange) => Promise<api.CircleDetail>
  readonly circle: (id: CircleId) => Promise<api.CircleDetail>
  readonly candidates: (id: CircleId, query: string) => Promise<api.Candidates>
  readonly invitations: () => Promise<readonly api.Invitation[]>
  /** Of who was invited before having keys: asks a coordinator to be let in. */
  readonly askAdmission: (id: InvitationId) => Promise<void>
  readonly decline: (id: InvitationId, because: api.DeclineCode, text: string) => Promise<void>
  /** The account that will be this person's, and where to write to them about this circle. */
  readonly reserve: (id: CircleId, role: RoleId, letter: api.LetterAddress) => Promise<UserId>
  readonly remind: (id: InvitationId) => Promise<void>
  readonly resend: (id: InvitationId, letter: api.LetterAddress) => Promise<void>
  /** The link in a letter, without session. */
  readonly welcome: (token: string) => Promise<api.Welcome>
  readonly claim: (token: string, email: string, password: string) => Promise<void>
  readonly refuseWelcome: (token: string) => Promise<void>
  readonly group: (id: CircleId) => Promise<api.GroupAnswer>
  readonly chain: (id: CircleId) => Promise<api.ChainAnswer>
  readonly items: (id: CircleId, since: number) => Promise<api.ItemsAnswer>
  /** The page that ends before a place. */
  readonly itemsBefore: (id: CircleId, before: number, limit: number) => Promise<api.ItemsAnswer>
  readonly duties: (id: CircleId) => Promise<Duties>
  readonly leave: (id: CircleId, reason: string) => Promise<void>
  readonly withdrawConsent: (id: CircleId, consent: ConsentId, reason: string) => Promise<void>
  readonly oppose: (id: CircleId, opposition: api.NewOpposition) => Promise<void>
  readonly liftOpposition: (id: CircleId, opposition: OppositionId, reason: string) => Promise<void>
  readonly close: (id: CircleId, reason: string) => Promise<void>
  readonly reopen: (id: CircleId, reason: string) => Promise<void>
  readonly timeline: (id: CircleId) => Promise<api.Timeline>
  readonly receipts: (id: CircleId) => Promise<readonly api.ReceiptRow[]>
  /** My own sealed copies, of one circle or of all. */
  readonly keys: (id?: CircleId) => Promise<readonly api.KeyRow[]>
  readonly epochs: (id: CircleId) => Promise<readonly api.EpochRow[]>
  readonly repairKey: (id: CircleId, epoch: number, sealed: api.Base64) => Promise<void>
}

/** As many as the server gives at once. */
const PAGE = 500

export function createApi(http: Http, platform: Pick<Platform, "download">): Api {
  const get = async <T>(path: string, as: (fields: Fields) => T): Promise<T> => checked(await http.get(path), as)
  const post = async (path: string, body: object): Promise<void> => {
    await http.send("POST", path, body)
  }
  return {
    files: createFilesApi(platform, http),
    notices: () => get("/api/notices", notices),
    network: createNetwork(get, async (path, body, as) => checked(await http.send("PUT", path, body), as), post),
    careTeams: createCareTeams(http, checked),
    patients: createPatients(http, checked),
    structure: createStructure(http, checked),
    trail: {
      ...createTrail(http, checked),
      ...createTrailSubjects(http, checked),
      ...createTrailViews(http, checked),
      ...createCertificates(http, checked),
    },
    findings: createFindings(http, checked),
    exports: createExports(http, checked),
    holds: createHolds(http, checked),
    me: () => get("/api/me", read.me),
    devices: (own) => get("/api/devices", (fields) => read.devices(fields, own)),
    registerDevice: (registration) => post("/api/devices", registration),
    objectTo: (id) => post(`/api/devices/${id}/object`, {}),
    renameDevice: async (id, name) => {
      await http.send("PATCH", `/api/devices/${id}`, { name })
    },
    revokeDevice: (id, reason, event) => post(`/api/devices/${id}/revoke`, { reason, event }),
    vault: () => get("/api/vault", read.vault),
    putVault: async (vault) => {
      await http.send("PUT", "/api/vault", vault)
    },
    keyEvents: () => get("/api/key-events", read.keyEvents),
    keyLog: (users, seen) => get(keyLogPath(users, seen), readKeyLog),
    rotateIdentity: (rotation) => post("/api/identity/rotate", rotation),
    resetIdentity: (reset) => post("/api/identity/reset", reset),
    organisationPeople: (id) => get(`/api/organisations/${id}/people`, read.organisationPeople),
    putSteward: async (id, key) => {
      await http.send("PUT", `/api/organisations/${id}/steward`, { key })
    },
    attest: (id, attestation) => post(`/api/organisations/${id}/attestations`, { attestation }),
    strandedCircles: (id) => get(`/api/organisations/${id}/circles`, read.strandedCircles),
    restore: (id, order) => post(`/api/organisations/${id}/restorations`, { order }),
    circles: () => get("/api/circles", read.circles),
    openCircle: async (circle) => checked(await http.send("POST", "/api/circles", circle), read.circleDetail),
    openCompartment: async (parent, compartment) =>
      checked(await http.send("POST", `/api/circles/${parent}/compartments`, compartment), read.circleDetail),
    openTeam: async (organisation, team) =>
      checked(await http.send("POST", `/api/organisations/${organisation}/teams`, team), read.circleDetail),
    openExchange: async (exchange) => checked(await http.send("POST", "/api/exchanges", exchange), read.circleDetail),
    circle: (id) => get(`/api/circles/${id}`, read.circleDetail),
    candidates: (id, query) => get(`/api/circles/${id}/candidates?q=${encodeURIComponent(query)}`, read.candidates),
    invitations: () => get("/api/invitations", read.invitations),
    askAdmission: (id) => post(`/api/invitations/${id}/accept`, {}),
    decline: (id, because, text) => post(`/api/invitations/${id}/decline`, { because, text }),
    reserve: async (id, role, letter) =>
      checked(await http.send("POST", `/api/circles/${id}/reservations`, { role, ...letter }), read.reserved),
    remind: (id) => post(`/api/invitations/${id}/remind`, {}),
    resend: (id, letter) => post(`/api/invitations/${id}/resend`, letter),
    welcome: async (token) => checked(await http.send("POST", "/api/welcome", { token }), read.welcome),
    claim: (token, email, password) => post("/api/welcome/claim", { token, email, password }),
    refuseWelcome: (token) => post("/api/welcome/refuse", { token }),
    group: (id) => get(`/api/circles/${id}/group`, read.group),
    chain: (id) => get(`/api/circles/${id}/chain`, read.chain),
    items: (id, since) => get(`/api/circles/${id}/items?since=${since}&limit=${PAGE}`, read.items),
    itemsBefore: (id, before, limit) => get(`/api/circles/${id}/items?before=${before}&limit=${limit}`, read.items),
    duties: (id) => get(`/api/circles/${id}/duties`, readDuties),
    leave: (id, reason) => post(`/api/circles/${id}/leave`, { reason }),
    withdrawConsent: (id, consent, reason) => post(`/api/circles/${id}/consents/${consent}/withdraw`, { reason }),
    oppose: (id, opposition) => post(`/api/circles/${id}/oppositions`, opposition),
    liftOpposition: (id, opposition, reason) => post(`/api/circles/${id}/oppositions/${opposition}/lift`, { reason }),
    close: (id, reason) => post(`/api/circles/${id}/close`, { reason }),
    reopen: (id, reason) => post(`/api/circles/${id}/reopen`, { reason }),
    timeline: (id) => get(`/api/circles/${id}/timeline`, read.timeline),
    receipts: (id) => get(`/api/circles/${id}/receipts`, read.receipts),
    keys: (id) => get(id === undefined ? "/api/keys" : `/api/keys?circle=${id}`, read.keys),
    epochs: (id) => get(`/api/circles/${id}/epochs`, read.epochs),
    repairKey: async (id, epoch, sealed) => {
      await http.send("PUT", `/api/circles/${id}/keys/${epoch}`, { sealed })
    },
  }
}

/** What an answer says, or `unexpected_answer`. */
export function checked<T>(fields: Fields, as: (fields: Fields) => T): T {
  try {
    return as(fields)
  } catch (cause) {
    if (cause instanceof NotCanonical) throw clientError("unexpected_answer", cause.message, cause)
    throw cause
  }
}
