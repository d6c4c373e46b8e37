/**
 * How one browser speaks with the service: its session, its HTTP, its socket. Tests bend what comes through with
 * `tamper`.
 */
import type * as api from "../../../src/core/api/types.ts"
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { fromUtf8, utf8 } from "../../../src/core/encoding/bytes.ts"
import { encode } from "../../../src/core/encoding/canonical.ts"
import { readEnvelope } from "../../../src/core/envelope/header.ts"
import { readCertificate } from "../../../src/core/identity/certificate.ts"
import {
  asId,
  type CircleId,
  type DeviceId,
  type InvitationId,
  type OrganisationId,
  type RoleId,
  type UserId,
} from "../../../src/core/ids.ts"
import { verifyWithLabel } from "../../../src/core/mls/group.ts"
import type { Download, HttpAnswer, HttpRequest, Socket, SocketHandlers } from "../../../src/core/platform.ts"
import type { Storage } from "../../../src/core/store/storage.ts"
import type { ClientFrame } from "../../../src/core/sync/frames.ts"
import { EPOCH_SEEN, REPORT } from "../../../src/core/statements/circle.ts"
import { readStatement } from "../../../src/core/statements/signed.ts"
import { Lane } from "../../../src/core/circle/lane.ts"
import { Authenticator, REQUEST } from "./factors.ts"
import type { Account } from "./people.ts"
import { wishes } from "./told.ts"
import { keysRoom } from "./keysRoom.ts"
import { Refused, type CircleOf, type Service } from "./service.ts"

type Json = Record<string, unknown>

export interface Tamper {
  /** What an HTTP answer becomes on its way to this browser. */
  http?: (path: string, answer: Json) => Json
  /** What a frame becomes; undefined loses it. */
  frame?: (frame: Json) => Json | undefined
  /** A frame of the browser; true loses it. */
  lose?: (frame: ClientFrame) => boolean
}

/** All browsers at the service's door. */
export class Door {
  readonly service: Service
  readonly #browsers = new Set<Browser>()
  readonly #commits = new Lane()

  constructor(service: Service) {
    this.service = service
    service.ended = (circle, user) => {
      this.end(circle, user, "withdrawn")
    }
  }

  browser(storage: Storage): Browser {
    const browser = new Browser(this, storage)
    this.#browsers.add(browser)
    return browser
  }

  tellCircle(circle: CircleOf, frame: Json, except?: Browser): void {
    for (const each of this.#browsers) if (each !== except && each.hears(circle.id)) each.tell(frame)
  }

  tellUser(user: UserId, frame: Json): void {
    for (const each of this.#browsers) if (each.user === user) each.tell(frame)
  }

  end(circle: CircleOf, user: UserId, code: string): void {
    for (const each of this.#browsers) if (each.user === user && each.hears(circle.id)) each.left(circle, code)
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    return this.#commits.run(work)
  }

  later(work: () => Promise<void>): void {
    this.inTurn(work).catch((error: unknown) => {
      setTimeout(() => {
        throw error
      }, 0)
    })
  }
}

export class Browser {
  readonly tamper: Tamper = {}
  /** False: no request is answered, no socket opens. */
  isConnected = true
  account: Account | undefined
  readonly authenticator = new Authenticator()
  readonly #door: Door
  readonly #storage: Storage
  #handlers: SocketHandlers | undefined
  #device: DeviceId | undefined
  readonly #hearing = new Set<CircleId>()

  constructor(door: Door, storage: Storage) {
    this.#door = door
    this.#storage = storage
  }

  get user(): UserId | undefined {
    return this.#device === undefined ? undefined : this.account?.id
  }

  hears(circle: CircleId): boolean {
    return this.#hearing.has(circle)
  }

  // --- HTTP ---

  readonly request = async (request: HttpRequest): Promise<HttpAnswer> => {
    await Promise.resolve()
    if (!this.isConnected) throw new TypeError("network")
    const date = new Date().toUTCString()
    try {
      const file = this.account && this.#door.service.files.answer(this.account.id, request)
      const answer = (file ?? this.#answer(request)) as Json
      const { status = 200, ...body } = answer
      const shown = this.tamper.http?.(request.path, body) ?? body
      return { status: Number(status), date, text: JSON.stringify(shown) }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const status = error.code === "not_found" ? 404 : error.code === "signed_out" ? 401 : 409
      return { status, date, text: JSON.stringify({ code: error.code, detail: error.detail }) }
    }
  }

  readonly download: Download = (path, from) => {
    if (!this.isConnected) return Promise.reject(new TypeError("network"))
    return this.#door.service.files.download(this.user)(path, from)
  }

  #answer({ body, method, path }: HttpRequest): object {
    const sent = typeof body === "string" ? (JSON.parse(body) as Json) : {}
    const auth = /^\/_allauth\/browser\/v1\/(.*)$/.exec(path)?.[1]
    if (auth !== undefined) return this.#signIn(auth, method, sent)
    if (path.startsWith("/api/welcome")) return this.#welcome(path, sent)
    const { account } = this
    if (account === undefined) throw new Refused("signed_out")
    const { service } = this.#door
    const tellUser = (frame: Json): void => {
      this.#door.tellUser(account.id, frame)
    }
    const own = keysRoom(account, { method, path, sent, tellUser, keyLog: service.keyLog })
    if (own !== undefined) return own
    const url = new URL(path, "https://cordee.example")
    const [, , room = "", id = "", part = "", last = ""] = url.pathname.split("/")
    const circleId = (): CircleId => asId<CircleId>(id)
    switch (`${method} ${room}${part === "" ? "" : `/${part}`}`) {
      case "GET circles":
        return id === ""
          ? {
              circles: [...service.circles.values()]
                .filter(({ members }) => members.has(account.id))
                .map((each) => this.#row(each, account)),
            }
          : this.#detail(service.circleFor(account.id, circleId()), account)
      case "POST circles": {
        const circle = service.open(account.id, sent as unknown as api.NewCircle)
        return this.#detail(circle, account)
      }
      case "POST circles/compartments": {
        const { name, ...begun } = sent as unknown as api.NewNamedCircle
        return this.#detail(service.openOther(account.id, begun, { kind: "care", parent: circleId(), name }), account)
      }
      case "POST organisations/teams": {
        const { name, ...begun } = sent as unknown as api.NewNamedCircle
        const team = { kind: "team", organisation: asId<OrganisationId>(id), name } as const
        return this.#detail(service.openOther(account.id, begun, team), account)
      }
      case "POST exchanges": {
        const { peer, ...begun } = sent as unknown as api.NewExchange
        const present = service.exchangeOf(account.id, peer)
        if (present !== undefined) throw new Refused("exchange_exists", present.id)
        return this.#detail(service.openOther(account.id, begun, { kind: "direct", by: account.id, peer }), account)
      }
      case "GET key-log": {
        const asked = url.searchParams.getAll("user").map((user) => service.accounts.get(asId<UserId>(user)))
        const known = asked.filter((each) => each !== undefined && service.knows(account.id, each.id))
        const people = new Map(known.flatMap((each) => (each === undefined ? [] : [[each.id, each.events] as const])))
        return service.keyLog.answer(people, url.searchParams.getAll("seen").map(Number))
      }
      case "GET circles/candidates":
        return { candidates: [...service.accounts.values()].map((each) => this.#candidate(each)), truncated: false }
      case "POST circles/reservations":
        service.circleFor(account.id, circleId())
        return { user: service.reserve(asId<RoleId>(String(sent["role"]))) }
      case "POST invitations/remind":
        return {}
      case "POST invitations/resend":
        service.writeTo(asId<InvitationId>(id))
        return {}
      case "GET notices":
        return { notices: account.notices, unseen: account.notices.filter(({ seen }) => seen === null).length }
      case "POST notices":
        for (const notice of account.notices) if ((sent["ids"] as string[]).includes(notice.id)) notice.seen = "now"
        this.#door.tellUser(account.id, { t: "changed", what: "notices", circle: null })
        return {}
      case "GET invitations":
        return { invitations: [...service.circles.values()].flatMap((circle) => this.#invitation(circle, account)) }
      case "POST invitations/accept": {
        const circle = service.ask(account, asId<InvitationId>(id))
        this.#door.tellCircle(circle, { t: "changed", what: "circle", circle: circle.id })
        return {}
      }
      case "POST invitations/decline": {
        this.#door.later(async () => {
          const circle = await service.decline(account.id, asId<InvitationId>(id))
          this.#door.tellCircle(circle, { t: "changed", what: "circle", circle: circle.id })
        })
        return {}
      }
      case "GET circles/group": {
        const { epoch, groupInfo, head, rekeyRequired, tree } = service.circleFor(account.id, circleId(), true)
        return { epoch, seq: head.seq, rekey_required: rekeyRequired, group_info: groupInfo, tree }
      }
      case "GET circles/chain": {
        const circle = service.circleFor(account.id, circleId(), true)
        const invitation = circle.invitations.get(account.id)?.signed ?? circle.accepted.get(account.id) ?? null
        return { changes: circle.changes, invitation, certificates: service.writersOf(circle) }
      }
      case "GET circles/items": {
        return service.page(account.id, circleId(), url.searchParams)
      }
      case "GET circles/duties":
        return service.dutiesOf(service.circleFor(account.id, circleId()))
      case "GET circles/timeline": {
        const circle = service.circleFor(account.id, circleId())
        return {
          rows: circle.told.rows,
          people: [...service.accounts.values()].map(({ card, id: user }) => ({ ...card, user })),
        }
      }
      case "POST circles/consents":
      case "POST circles/oppositions":
      case "POST circles/close":
      case "POST circles/reopen": {
        const parts = url.pathname.split("/").slice(4)
        this.#door.later(async () => {
          const circle = await wishes(service, account.id, circleId(), parts, sent)
          if (circle !== undefined) this.#door.tellCircle(circle, { t: "changed", what: "circle", circle: circle.id })
        })
        return {}
      }
      case "POST circles/leave": {
        const circle = service.circleFor(account.id, circleId())
        this.#door.later(async () => {
          await service.endAlone(circle, account.id)
          this.#door.end(circle, account.id, "left")
          this.#door.tellCircle(circle, { t: "changed", what: "circle", circle: circle.id })
        })
        return {}
      }
      case "GET circles/receipts":
        return { receipts: [...service.circleFor(account.id, circleId()).receipts.values()] }
      case "PUT circles/keys":
        service.circleFor(account.id, circleId()).keys.get(Number(last))?.set(account.id, String(sent["sealed"]))
        return {}
      case "GET keys": {
        return { keys: service.keysOf(account.id, url.searchParams.get("circle")) }
      }
      case "GET circles/epochs":
        return { epochs: service.epochsOf(service.circleFor(account.id, circleId())) }
      default:
        throw new Error(`no such operation: ${method} ${path}`)
    }
  }

  #signIn(path: string, method: string, sent: Json): object {
    const signedOut = { status: 401, data: { flows: [{ id: "login" }] } }
    switch (`${method} ${path}`) {
      case "GET config":
        return {}
      case "GET auth/session":
        return this.account === undefined ? signedOut : {}
      case "POST auth/login":
        this.account = [...this.#door.service.accounts.values()].find(({ email }) => email === sent["email"])
        return this.account === undefined || sent["password"] !== "correct horse" ? { status: 400, errors: [] } : {}
      case "GET auth/webauthn/login":
        return REQUEST
      case "POST auth/webauthn/login":
        this.account = [...this.#door.service.accounts.values()].find((each) => each.factors.knows(sent["credential"]))
        return this.account === undefined ? { status: 400, errors: [] } : {}
      case "DELETE auth/session":
        this.account?.factors.forget()
        this.account = undefined
        return signedOut
      default:
        return this.account?.factors.answer(`${method} ${path}`, sent) ?? signedOut
    }
  }

  #row(circle: CircleOf, { id }: Account): object {
    const role = circle.members.get(id)?.role
    return {
      ...this.#rope(circle, id),
      id: circle.id,
      state: circle.isClosed ? "closed" : "open",
      role,
      member_count: circle.members.size,
      opened: "2026-11-02T08:00:00.000Z",
      abilities: role === "coordinator" ? ["read", "send", "invite", "remove", "join"] : ["read", "send", "join"],
    }
  }

  #rope({ other, patient }: CircleOf, me: UserId): object {
    const peer = other?.kind === "direct" ? (other.peer === me ? other.by : other.peer) : null
    return {
      patient: patient === null ? null : shownPatient(patient),
      kind: other?.kind ?? "care",
      parent: other?.kind === "care" ? other.parent : null,
      name: other === null || other.kind === "direct" ? null : other.name,
      organisation: other?.kind === "team" ? { id: other.organisation, name: "CPTS d’essai", city: null } : null,
      peer: peer === null ? null : { ...this.#door.service.accounts.get(peer)?.card, user: peer },
      colour: "lac",
      weave: 1,
      initials: "AJ",
    }
  }

  #detail(circle: CircleOf, me: Account): object {
    const belonging = (user: UserId): object => {
      const account = this.#door.service.accounts.get(user)
      if (account === undefined) throw new Error("nobody")
      return { ...account.card, user, practitioner: account.practitioner }
    }
    return {
      ...this.#row(circle, me),
      members: [...circle.members].map(([user, each]) => ({
        ...belonging(user),
        consent: null,
        delegate_of: null,
        ...each,
        since: "2026-11-02T08:00:00.000Z",
        absence: null,
        lent_until: null,
      })),
      invitations: [...circle.invitations].map(([user, { ground, id, not_after, role }]) => ({
        ...belonging(user),
        id,
        role,
        ground,
        not_after,
        consent: null,
        delegate_of: null,
        created: "2026-11-02T08:00:00.000Z",
        expires: "2026-11-16T08:00:00.000Z",
        progress: "told",
        reminders: 0,
        reminded: null,
      })),
      closure: null,
      compartments: [...this.#door.service.circles.values()].flatMap((each) =>
        each.other?.kind === "care" && each.other.parent === circle.id && each.members.has(me.id)
          ? [
              {
                id: each.id,
                name: each.other.name,
                member_count: each.members.size,
                role: each.members.get(me.id)?.role,
              },
            ]
          : [],
      ),
      former: [...circle.horizon.keys()].filter((user) => !circle.members.has(user)).map(belonging),
    }
  }

  /** The link in a letter, for whoever holds it. */
  #welcome(path: string, { email, token }: Json): object {
    const invited = [...this.#door.service.accounts.values()].find(({ link }) => link !== null && link === token)
    if (invited === undefined || this.account !== undefined) throw new Refused("not_found")
    if (invited.state === "open") throw new Refused("link_used")
    if (path.endsWith("/claim")) {
      invited.state = "open"
      invited.email = String(email)
      return {}
    }
    const { name, organisation, profession } = invited.card
    const inviter = { name, profession, organisation }
    return {
      ...invited.card,
      inviter,
      kind: "care",
      role: "member",
      not_after: null,
      expires: "2026-11-16T08:00:00.000Z",
    }
  }

  #candidate({ card, id, identity, practitioner, role, state }: Account): object {
    const keys = identity ?? { identity_key: null, history_key: null, history_sig: null }
    return {
      ...card,
      ...keys,
      practitioner,
      role,
      speciality: null,
      rpps: null,
      number: `8${id.slice(-10)}`,
      system: "https://rpps.esante.gouv.fr",
      user: state === "none" ? null : id,
      account: state,
      mssante: null,
      invitable: true,
      why: null,
    }
  }

  #invitation(circle: CircleOf, { id }: Account): object[] {
    const invited = circle.invitations.get(id)
    const inviter = invited === undefined ? undefined : this.#door.service.accounts.get(invited.inviter)
    if (invited === undefined || inviter === undefined) return []
    const { admission, ground, id: invitation, not_after, role } = invited
    const { name, organisation, profession } = inviter.card
    return [
      {
        ...this.#rope(circle, id),
        id: invitation,
        circle: circle.id,
        inviter: { name, profession, organisation },
        ground,
        role,
        not_after,
        created: "2026-11-02T08:00:00.000Z",
        expires: "2026-11-16T08:00:00.000Z",
        admission,
      },
    ]
  }

  // --- the socket ---

  readonly openSocket = (_path: string, subprotocol: string, handlers: SocketHandlers): Socket => {
    const nonce = crypto.getRandomValues(new Uint8Array(32))
    setTimeout(() => {
      if (!this.isConnected || this.account === undefined || subprotocol !== "cordee.v1") {
        handlers.closed(this.account === undefined ? 4401 : 1006)
        return
      }
      this.#handlers = handlers
      handlers.opened()
      this.tell({ t: "challenge", nonce: toBase64(nonce) })
    }, 0)
    return {
      send: (bytes) => {
        if (this.#handlers !== handlers) return
        const frame = JSON.parse(fromUtf8(bytes)) as ClientFrame
        if (this.tamper.lose?.(frame) === true) return
        this.#door.later(() => this.#take(frame, nonce))
      },
      close: () => {
        if (this.#handlers === handlers) this.cut()
      },
    }
  }

  /** The connection breaks. */
  cut(code = 1006): void {
    const handlers = this.#handlers
    this.#handlers = undefined
    this.#device = undefined
    this.#hearing.clear()
    if (handlers !== undefined)
      setTimeout(() => {
        handlers.closed(code)
      }, 0)
  }

  left(circle: CircleOf, code: string): void {
    this.tell({ t: "left", circle: circle.id, code })
    this.cut(4403)
  }

  tell(frame: Json): void {
    const handlers = this.#handlers
    const shown = this.tamper.frame === undefined ? frame : this.tamper.frame(frame)
    if (handlers === undefined || shown === undefined) return
    setTimeout(() => {
      handlers.received(utf8(JSON.stringify(shown)))
    }, 0)
  }

  async #take(frame: ClientFrame, nonce: Uint8Array): Promise<void> {
    const { service } = this.#door
    const { account } = this
    if (account === undefined) return
    try {
      if (frame.t === "ping") this.tell({ t: "pong" })
      else if (frame.t === "hello") await this.#hello(account, frame, nonce)
      else if (this.#device === undefined) throw new Refused("not_ready")
      else if (frame.t === "join") {
        const circle = service.circleFor(account.id, frame.circle)
        this.#hearing.add(circle.id)
        const { epoch, head, rekeyRequired } = circle
        this.tell({
          t: "joined",
          circle: circle.id,
          seq: head.seq,
          epoch,
          rekey_required: rekeyRequired,
          rv: 1,
          abilities: [],
        })
      } else if (frame.t === "leave") this.#hearing.delete(frame.circle)
      else if (frame.t === "send") {
        const { circle, isNew, item } = service.post(account.id, this.#device, frame.env)
        const { at, hash, seq } = item
        this.tell({ t: "ack", id: readEnvelope(fromBase64(frame.env)).id, circle: circle.id, seq, at, hash })
        if (isNew) this.#door.tellCircle(circle, { t: "item", circle: circle.id, ...item })
      } else if (frame.t === "receipt") this.#receipt(account, frame.env)
      else if (frame.t === "seen") this.#seen(account, frame.statement)
      else if (frame.t === "report") this.#report(account, frame.statement)
      else if (frame.t === "grant") {
        const { circle, item } = service.grant(account.id, this.#device, frame)
        this.tell({ t: "granted", ref: frame.ref, circle: circle.id, seq: item.seq, hash: item.hash })
        this.#door.tellCircle(circle, { t: "item", circle: circle.id, ...item })
      } else if (frame.t === "received") {
        const circle = service.circleFor(account.id, frame.circle)
        const before = circle.receipts.get(this.#device)
        const row = { device: this.#device, user: account.id, env: before?.env ?? null, delivered: frame.seq }
        circle.receipts.set(this.#device, row)
        this.#door.tellCircle(
          circle,
          { t: "delivered", circle: circle.id, device: row.device, user: row.user, seq: frame.seq },
          this,
        )
      } else {
        const taken = await service.commit(account.id, this.#device, this.#storage, frame)
        const { circle, item } = taken
        this.tell({
          t: "committed",
          ref: frame.ref,
          circle: circle.id,
          seq: item.seq,
          epoch: circle.epoch,
          hash: item.hash,
        })
        this.#door.tellCircle(circle, { t: "item", circle: circle.id, ...item })
        for (const user of taken.tell) {
          for (const what of ["circles", "invitations"])
            this.#door.tellUser(user, { t: "changed", what, circle: circle.id })
        }
        for (const user of taken.ended) this.#door.end(circle, user, "removed")
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      const about = frame.t === "send" || frame.t === "receipt" ? readEnvelope(fromBase64(frame.env)) : undefined
      const ref = frame.t === "commit" || frame.t === "grant" ? frame.ref : (about?.id ?? null)
      const circle = "circle" in frame ? frame.circle : (about?.circle ?? null)
      this.tell({ t: "error", code: error.code, ref, circle })
    }
  }

  #seen(account: Account, statement: string): void {
    const { says } = readStatement(EPOCH_SEEN, fromBase64(statement))
    const circle = this.#door.service.circleFor(account.id, says.circle)
    circle.asked.seen.push(statement)
    this.#door.tellCircle(circle, { t: "seen", circle: circle.id, statement }, this)
  }

  #report(account: Account, statement: string): void {
    const { says } = readStatement(REPORT, fromBase64(statement))
    this.#door.service.circleFor(account.id, says.circle).asked.reported.push(statement)
  }

  async #hello(
    account: Account,
    { device, sig }: Extract<ClientFrame, { t: "hello" }>,
    nonce: Uint8Array,
  ): Promise<void> {
    const known = account.devices.get(device)
    if (known === undefined || known.ended) throw new Refused("not_found")
    const { key } = readCertificate(fromBase64(known.certificate))
    const signed = encode({ device, nonce: toBase64(nonce), v: 1 })
    if (!(await verifyWithLabel(key, "CordeeSocket", signed, fromBase64(sig)))) throw new Refused("bad_signature")
    this.#device = device
    this.tell({ t: "ready", now: new Date().toISOString(), device })
  }

  #receipt(account: Account, env: string): void {
    const envelope = readEnvelope(fromBase64(env))
    const circle = this.#door.service.circleFor(account.id, envelope.circle)
    if (envelope.epoch !== circle.epoch) throw new Refused("stale_epoch")
    const delivered = circle.receipts.get(envelope.device)?.delivered ?? 0
    circle.receipts.set(envelope.device, { device: envelope.device, user: account.id, env, delivered })
    const frame = { t: "receipt", circle: circle.id, device: envelope.device, user: account.id, env }
    this.#door.tellCircle(circle, frame, this)
  }
}

/** Without what the banner does not need. */
function shownPatient(traits: api.PatientTraits): object {
  const { attributes, birth_date, birth_name, given_names, identity_status, matricule, sex, used_name } = traits
  return { family: birth_name, given: given_names, used_name, sex, birth_date, identity_status, attributes, matricule }
}
