/**
 * The circles of a device that is ready: one connection, one conversation each, and the lists that stay up to date.
 *
 * Frames go to the conversation they name. Lists are fetched again when the server says that they changed, and on every
 * new connection, because what it said while nobody listened is lost.
 */
import type { Api } from "../api/client.ts"
import type { Notices } from "../api/reaching.ts"
import type { ServerClock } from "../api/serverClock.ts"
import type { CircleRow, Ground, DeclineCode, Invitation, NewCircle } from "../api/types.ts"
import { Conversation } from "../circle/conversation.ts"
import type { Host } from "../circle/host.ts"
import { Coalesced } from "../circle/coalesced.ts"
import { Copies } from "../circle/copies.ts"
import { Turns } from "../circle/lane.ts"
import { beginCircle, dropCircle, openGroup } from "../circle/opening.ts"
import { byNeed } from "../circle/needs.ts"
import type { Own } from "../circle/own.ts"
import type { OpenCircle } from "../cordee.ts"
import { newId } from "../encoding/uuid.ts"
import { ApiError, clientError, CordeeError } from "../errors.ts"
import { asId, type CircleId, type InvitationId, type OrganisationId, type UserId } from "../ids.ts"
import type { CircleSummary } from "../model.ts"
import type { Source } from "../observable.ts"
import type { Platform } from "../platform.ts"
import type { KeyLog } from "../keylog/keyLog.ts"
import type { Storage } from "../store/storage.ts"
import { connect, type Connection } from "../sync/connection.ts"
import type { ServerFrame } from "../sync/frames.ts"
import type { CircleVault } from "../vault/marks.ts"

/** Of fifty circles of a new device: each join is a tree to verify here and a commit to verify there. */
const JOINS_AT_A_TIME = 6
/** Leaves the joins room. */
const READING_AT_A_TIME = 3
/** Lists that change with each join are asked for once for many. */
const LISTS_AFTER = 250

type List = "circles" | "invitations" | "notices"

export interface CirclesOf {
  readonly platform: Platform
  readonly api: Api
  readonly serverClock: ServerClock
  readonly storage: Storage
  readonly own: Own
  readonly keyLog: KeyLog
  readonly vault: CircleVault
  /** The person's devices or keys may have changed, on another device or at the server. */
  readonly devicesChanged: () => Promise<void>
  /** The lists that the client shows; they outlive a session. */
  readonly circles: Source<readonly CircleSummary[] | null>
  readonly invitations: Source<readonly Invitation[] | null>
  readonly notices: Source<Notices | null>
  readonly connectionState: Source<ReturnType<Connection["state"]["get"]>>
  /** The server will not have this device again. */
  readonly ended: (code: number) => void
  readonly failed: (what: string, error: unknown) => void
}

export class Circles {
  readonly #of: CirclesOf
  readonly #host: Host
  readonly #conversations = new Map<CircleId, Conversation>()
  readonly #connection: Connection
  readonly #stopFollowing: () => void
  readonly #lists = {
    circles: new Coalesced(() => this.#fetchCircles()),
    invitations: new Coalesced(() => this.#fetchInvitations()),
    notices: new Coalesced(async () => {
      this.#of.notices.set(await this.#of.api.notices())
    }),
  }
  readonly #soon = new Map<List, () => void>()
  #rows: readonly CircleRow[] | null = null
  #stopped = false

  constructor(of: CirclesOf) {
    this.#of = of
    const { api, own, platform, serverClock, storage } = of
    this.#host = {
      clock: platform.clock,
      randomBytes: platform.randomBytes,
      own,
      vault: of.vault,
      keyLog: of.keyLog,
      api,
      serverClock,
      // Once stopped (another tab owns the device) nothing is written: two writers would fork its groups.
      storage: {
        ...storage,
        write: (changes) => (this.#stopped ? Promise.reject(clientError("gone")) : storage.write(changes)),
      },
      copies: new Copies(api, platform.clock),
      joins: new Turns(JOINS_AT_A_TIME),
      reading: new Turns(READING_AT_A_TIME),
      send: (frame) => this.#connection.send(frame),
      isOnline: () => !this.#stopped && this.#connection.state.get() === "online",
      failed: (what, error) => {
        // What was under way when the device was given up.
        if (!(this.#stopped && error instanceof CordeeError && error.code === "gone")) of.failed(what, error)
      },
    }
    this.#connection = connect(platform, serverClock, own, {
      online: () => {
        this.#background("lists", () => this.#online())
      },
      frame: (frame) => {
        this.#take(frame)
      },
      ended: of.ended,
    })
    const follow = (): void => {
      const state = this.#connection.state.get()
      of.connectionState.set(state)
      if (state !== "online") for (const each of this.#conversations.values()) each.disconnected()
    }
    follow()
    this.#stopFollowing = this.#connection.state.subscribe(follow)
  }

  circle(id: CircleId): Conversation {
    const known = this.#conversations.get(id)
    if (known !== undefined) return known
    const conversation = new Conversation(id, this.#host, () => {
      this.#summarise()
    })
    this.#conversations.set(id, conversation)
    return conversation
  }

  /** The identity key that a circle of mine pins for somebody. */
  identityOf(user: UserId): Uint8Array | undefined {
    for (const conversation of this.#conversations.values()) {
      const identity = conversation.identityOf(user)
      if (identity !== undefined) return identity
    }
    return undefined
  }

  async open({ ground, informedOn, patient, proposed }: OpenCircle): Promise<CircleId> {
    return this.#open(
      ground,
      (id, group) => this.#of.api.openCircle({ id, kind: "care", patient, informed_on: informedOn, ground, group }),
      proposed,
    )
  }

  /** One is in a compartment on the ground that the circle's chain has one on. */
  async openCompartment(parent: CircleId, name: string): Promise<CircleId> {
    const ground = this.circle(parent).groundOf(this.#of.own.user)
    if (ground === undefined) throw new CordeeError("not_found")
    return this.#open(ground, (id, group) => this.#of.api.openCompartment(parent, { id, name, group }))
  }

  async openTeam(organisation: OrganisationId, name: string): Promise<CircleId> {
    return this.#open("no_patient", (id, group) => this.#of.api.openTeam(organisation, { id, name, group }))
  }

  /** The one that the two have, which may still wait for my answer; or a new one, to which the other is invited. */
  async openExchange(peer: UserId): Promise<CircleId> {
    let id: CircleId
    try {
      id = await this.#open("no_patient", (made, group) => this.#of.api.openExchange({ id: made, peer, group }))
    } catch (error) {
      if (!(error instanceof ApiError && error.code === "exchange_exists")) throw error
      const present = asId<CircleId>(error.detail)
      const invitation = this.#of.invitations.get()?.find(({ circle }) => circle === present)
      if (invitation !== undefined) await this.accept(invitation.id)
      return present
    }
    const { candidates } = await this.circle(id).candidates("")
    const candidate = candidates.find(({ user }) => user === peer)
    if (candidate === undefined) throw new CordeeError("not_found")
    await this.circle(id).invite({ candidate, role: "coordinator", ground: "no_patient", notAfter: null })
    return id
  }

  async #open(
    ground: Ground,
    tell: (id: CircleId, group: NewCircle["group"]) => Promise<CircleRow>,
    proposed?: CircleId,
  ): Promise<CircleId> {
    const { api, own, serverClock } = this.#of
    const id = proposed ?? newId<CircleId>(this.#host)
    const opening = await openGroup({ circle: id, ground, own, time: serverClock.now(), pinned: await api.me() })
    const conversation = this.circle(id)
    // Kept before the server is told: if the answer is lost, the circle is there when the list shows it.
    await conversation.keep(async (state) => {
      // The server named this id: it is not to be that of a circle in which this device is already.
      if ((state.now().record?.head.seq ?? 0) > 0) throw new CordeeError("id_taken")
      await beginCircle(state, opening)
    })
    let row: CircleRow
    try {
      row = await tell(id, opening.sent)
    } catch (error) {
      if (!(error instanceof CordeeError && error.code === "offline")) await conversation.keep(dropCircle)
      throw error
    }
    this.#rows = [row, ...(this.#rows ?? []).filter((each) => each.id !== id)]
    conversation.setRow(row)
    conversation.enter()
    this.#summarise()
    return id
  }

  async accept(id: InvitationId): Promise<CircleId> {
    const invitation = this.#of.invitations.get()?.find((each) => each.id === id)
    if (invitation === undefined) throw new CordeeError("not_found")
    if (invitation.admission === "not_needed") await this.#join(invitation.circle)
    else await this.#askAdmission(id)
    return invitation.circle
  }

  async decline(id: InvitationId, because: DeclineCode, text: string): Promise<void> {
    await this.#of.api.decline(id, because, text)
    await this.#lists.invitations.run()
  }

  /** Nothing goes out of any circle any more. */
  keyLogRefused(): void {
    for (const each of this.#conversations.values()) each.keyLogRefused()
    this.#summarise()
  }

  stop(): void {
    this.#stopped = true
    this.#connection.close()
    this.#stopFollowing()
    for (const cancel of this.#soon.values()) cancel()
    for (const each of this.#conversations.values()) each.disconnected()
    this.#of.connectionState.set("offline")
  }

  async #online(): Promise<void> {
    this.#background("devices", this.#of.devicesChanged)
    await this.#fetchLists()
    for (const conversation of this.#conversations.values()) conversation.enter()
  }

  async #fetchLists(): Promise<void> {
    this.#fetchSoon("notices")
    await Promise.all([this.#lists.circles.run(), this.#lists.invitations.run()])
  }

  async #askAdmission(id: InvitationId): Promise<void> {
    await this.#of.api.askAdmission(id)
    await this.#lists.invitations.run()
  }

  async #join(circle: CircleId): Promise<void> {
    await this.circle(circle).join()
    await this.#fetchLists()
  }

  #fetchSoon(list: List): void {
    if (this.#soon.has(list)) return
    const cancel = this.#of.platform.clock.after(LISTS_AFTER, () => {
      this.#soon.delete(list)
      this.#background(list, () => this.#lists[list].run())
    })
    this.#soon.set(list, cancel)
  }

  async #fetchCircles(): Promise<void> {
    const rows = await this.#of.api.circles()
    this.#rows = rows
    for (const row of rows) {
      const isNew = !this.#conversations.has(row.id)
      const conversation = this.circle(row.id)
      conversation.setRow(row)
      if (isNew || conversation.isOut()) conversation.enter()
    }
    this.#summarise()
  }

  async #fetchInvitations(): Promise<void> {
    const { api, invitations } = this.#of
    const asked = new Set(invitations.get()?.flatMap(({ admission, id }) => (admission === "asked" ? [id] : [])))
    const rows = await api.invitations()
    invitations.set(rows)
    // Accepted while a coordinator had to be waited for, and let in since.
    for (const { admission, circle, id } of rows) {
      if (asked.has(id) && admission === "not_needed") this.#background("admitted", () => this.#join(circle))
    }
  }

  #take(frame: ServerFrame): void {
    switch (frame.t) {
      case "challenge":
      case "ready":
      case "pong":
        return
      case "changed":
        if (frame.what === "devices") this.#background("devices", this.#of.devicesChanged)
        else if (frame.what !== "circle") this.#fetchSoon(frame.what)
        else if (frame.circle !== null) this.#conversations.get(frame.circle)?.frame(frame)
        return
      case "error":
        if (frame.circle !== null) this.#conversations.get(frame.circle)?.frame(frame)
        else this.#of.failed("frame", clientError("unexpected_answer", frame.code))
        return
      default:
        this.#conversations.get(frame.circle)?.frame(frame)
    }
  }

  #summarise(): void {
    const { circles } = this.#of
    if (this.#rows === null || this.#stopped) return
    const summaries = this.#rows.flatMap(({ id }) => this.#conversations.get(id)?.summary() ?? [])
    circles.set(summaries.sort(byNeed))
  }

  #background(what: string, work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (!(error instanceof CordeeError && error.code === "offline")) this.#of.failed(what, error)
    })
  }
}
