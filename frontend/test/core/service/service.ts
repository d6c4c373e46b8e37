/**
 * A delivery service in memory, for the client's tests: honest MLS order, one log per circle, the tables of
 * docs/protocol.md.
 *
 * It checks what the tests need and cheats in one thing: the tree after a commit comes from the committer's kept commit
 * instead of being tracked (which also proves that a commit is kept before it is sent). `door.ts` speaks HTTP and
 * frames with the clients.
 */
import type * as api from "../../../src/core/api/types.ts"
import { pendings } from "../../../src/core/circle/records.ts"
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { sameBytes } from "../../../src/core/encoding/bytes.ts"
import { readEnvelope } from "../../../src/core/envelope/header.ts"
import type { LogPlace } from "../../../src/core/envelope/content.ts"
import { itemDigest, LOG_START, nextPlace } from "../../../src/core/envelope/log.ts"
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
import { deserialise, groupInfo } from "../../../src/core/mls/group.ts"
import { readCommit } from "../../../src/core/mls/read.ts"
import { readNote } from "../../../src/core/policy/note.ts"
import type { Storage } from "../../../src/core/store/storage.ts"
import { HISTORY_GRANT } from "../../../src/core/statements/circle.ts"
import { readStatement } from "../../../src/core/statements/signed.ts"
import type { ClientFrame, CommitFrame } from "../../../src/core/sync/frames.ts"
import { Files } from "./files.ts"
import { KeyLogRoom } from "./keyLogRoom.ts"
import { Asked } from "./asked.ts"
import { CONSENT, Told } from "./told.ts"
import type { Account } from "./people.ts"

/** What the service refuses, by its code. */
export class Refused extends Error {
  readonly code: string
  readonly detail: string

  constructor(code: string, detail = "") {
    super(code)
    this.code = code
    this.detail = detail
  }
}

interface Belonging {
  readonly role: api.Role
  readonly ground: api.Ground
  readonly not_after: string | null
}

interface Invited extends Belonging {
  readonly id: InvitationId
  readonly signed: string
  readonly inviter: UserId
  readonly admission: api.Invitation["admission"]
}

export type OtherKind =
  | { readonly kind: "care"; readonly parent: CircleId; readonly name: string }
  | { readonly kind: "team"; readonly organisation: OrganisationId; readonly name: string }
  | { readonly kind: "direct"; readonly by: UserId; readonly peer: UserId }

export interface CircleOf {
  readonly id: CircleId
  readonly patient: api.PatientTraits | null
  /** What it is besides a care circle with a patient. */
  readonly other: OtherKind | null
  readonly members: Map<UserId, Belonging>
  readonly invitations: Map<UserId, Invited>
  /** By which invitation each member came. */
  readonly accepted: Map<UserId, string>
  /** Nothing up to here is shown to this person. */
  readonly horizon: Map<UserId, number>
  readonly changes: string[]
  readonly keys: Map<number, Map<UserId, string>>
  /** What history grants gave: never in the place of what the epoch's maker gave. */
  readonly granted: { readonly user: UserId; readonly row: api.KeyRow }[]
  readonly items: api.Item[]
  readonly receipts: Map<DeviceId, api.ReceiptRow>
  head: LogPlace
  epoch: number
  groupInfo: string
  tree: string
  rekeyRequired: boolean
  readonly asked: Asked
  readonly told: Told
  isClosed: boolean
}

/** As many as are given at once. */
const MOST_ITEMS = 500

export class Service {
  readonly accounts = new Map<UserId, Account>()
  readonly circles = new Map<CircleId, CircleOf>()
  readonly files = new Files(this)
  readonly keyLog = new KeyLogRoom()
  #ids = 0

  /** Whether one person may know of another's keys: their own, and of those with whom they share a circle. */
  knows(user: UserId, other: UserId): boolean {
    const isIn = ({ invitations, members }: CircleOf, who: UserId): boolean => members.has(who) || invitations.has(who)
    return user === other || [...this.circles.values()].some((circle) => isIn(circle, user) && isIn(circle, other))
  }

  circleFor(user: UserId, id: CircleId, invitedToo = false): CircleOf {
    const circle = this.circles.get(id)
    if (circle === undefined) throw new Refused("not_found")
    if (!circle.members.has(user) && !(invitedToo && circle.invitations.has(user))) throw new Refused("not_found")
    return circle
  }

  /** The person of a device. */
  ownerOf(device: DeviceId): Account | undefined {
    return [...this.accounts.values()].find(({ devices }) => devices.has(device))
  }

  open(user: UserId, { ground, group, id, patient }: api.NewCircle): CircleOf {
    return this.#begin(user, { id, group, ground, patient, other: null })
  }

  /** A compartment, a team or an exchange, whose creator's ground is what the kind and the circle above say. */
  openOther(user: UserId, { group, id }: Pick<api.NewCircle, "group" | "id">, other: OtherKind): CircleOf {
    if (other.kind !== "care") return this.#begin(user, { id, group, ground: "no_patient", patient: null, other })
    const parent = this.circleFor(user, other.parent)
    const mine = parent.members.get(user)
    if (mine?.role !== "coordinator" || id <= parent.id) throw new Refused("not_found")
    return this.#begin(user, { id, group, ground: mine.ground, patient: parent.patient, other })
  }

  /** The open one of these two. */
  exchangeOf(one: UserId, two: UserId): CircleOf | undefined {
    return [...this.circles.values()].find(({ isClosed, other }) => {
      if (isClosed || other?.kind !== "direct") return false
      return [other.by, other.peer].sort().join() === [one, two].sort().join()
    })
  }

  #begin(
    user: UserId,
    begun: Pick<api.NewCircle, "ground" | "group" | "id"> & Pick<CircleOf, "other" | "patient">,
  ): CircleOf {
    const { ground, group, id, other, patient } = begun
    const circle: CircleOf = {
      id,
      patient,
      other,
      members: new Map([[user, { role: "coordinator", ground, not_after: null }]]),
      invitations: new Map(),
      accepted: new Map(),
      horizon: new Map([[user, 0]]),
      changes: [...group.changes],
      keys: new Map([[0, keysOf(group.keys)]]),
      granted: [],
      items: [],
      receipts: new Map(),
      head: LOG_START,
      epoch: 0,
      groupInfo: group.group_info,
      tree: group.tree,
      rekeyRequired: false,
      asked: new Asked(),
      told: new Told(),
      isClosed: false,
    }
    circle.told.add({ what: "opened", by: user })
    this.circles.set(id, circle)
    return circle
  }

  /** A page of the log, from the person's own horizon on. */
  page(user: UserId, id: CircleId, query: URLSearchParams): api.ItemsAnswer {
    const { head, horizon, items } = this.circleFor(user, id)
    const least = horizon.get(user) ?? 0
    const before = query.get("before")
    const limit = Math.min(Number(query.get("limit")), MOST_ITEMS)
    const from = before === null ? Number(query.get("since")) : Number(before) - 1 - limit
    const base = Math.max(from, least)
    const end = before === null ? base + limit : Number(before) - 1
    return {
      items: items.filter(({ seq }) => base < seq && seq <= end),
      head: head.seq,
      base: { seq: base, hash: items.find(({ seq }) => seq === base)?.hash ?? toBase64(LOG_START.hash) },
    }
  }

  keysOf(user: UserId, only: string | null): readonly api.KeyRow[] {
    return [...this.circles.values()]
      .filter(({ id, members }) => members.has(user) && (only === null || id === only))
      .flatMap(({ granted, id, keys }) => [
        ...[...keys].flatMap(([epoch, sealed]) => {
          const own = sealed.get(user)
          return own === undefined ? [] : [{ circle: id, epoch, sealed: own, grant: null }]
        }),
        ...granted.flatMap((each) => (each.user === user ? [each.row] : [])),
      ])
  }

  /** A coordinator's grant becomes an item of the log, and the person's horizon moves back. */
  grant(
    user: UserId,
    device: DeviceId,
    { circle: id, grant, keys }: Extract<ClientFrame, { t: "grant" }>,
  ): { readonly circle: CircleOf; readonly item: api.Item } {
    const circle = this.circleFor(user, id)
    const raw = fromBase64(grant)
    const { from, id: name, user: to } = readStatement(HISTORY_GRANT, raw).says
    if (circle.members.get(user)?.role !== "coordinator") throw new Refused("bad_grant")
    for (const [epoch, sealed] of Object.entries(keys)) {
      circle.granted.push({ user: to, row: { circle: id, epoch: Number(epoch), sealed, grant: name } })
    }
    const began = this.epochsOf(circle).find(({ epoch }) => epoch === from)?.seq ?? 0
    circle.horizon.set(to, Math.min(circle.horizon.get(to) ?? 0, Math.max(0, began - 1)))
    return { circle, item: this.append(circle, raw, { kind: "grant", grant, device }) }
  }

  epochsOf({ items }: CircleOf): readonly api.EpochRow[] {
    const began = items.flatMap((item) =>
      item.kind === "commit" ? [{ epoch: item.epoch, seq: item.seq, at: item.at }] : [],
    )
    return [{ epoch: 0, seq: 0, at: began[0]?.at ?? "" }, ...began]
  }

  /** Certificates of the devices that wrote in the log. */
  writersOf(circle: CircleOf): readonly string[] {
    const writers = new Set(circle.items.flatMap((item) => (item.kind === "message" ? deviceOf(item) : [item.device])))
    return [...writers].flatMap((device) => this.ownerOf(device)?.devices.get(device)?.certificate ?? [])
  }

  /** Takes a message into the log, or finds it there. */
  post(
    user: UserId,
    device: DeviceId,
    env: string,
  ): { readonly circle: CircleOf; readonly item: api.Item; readonly isNew: boolean } {
    const raw = fromBase64(env)
    const envelope = readEnvelope(raw)
    const circle = this.circleFor(user, envelope.circle)
    if (envelope.device !== device) throw new Refused("wrong_device")
    for (const item of circle.items) {
      if (item.kind !== "message" || item.env === null || readEnvelope(fromBase64(item.env)).id !== envelope.id)
        continue
      if (item.env !== env) throw new Refused("replayed_id")
      return { circle, item, isNew: false }
    }
    if (envelope.epoch !== circle.epoch) throw new Refused("stale_epoch")
    if (circle.rekeyRequired) throw new Refused("rekey_required")
    if (circle.isClosed) throw new Refused("not_found")
    if (envelope.kind === "erase") this.#erase(circle, raw.slice(122, 138))
    return { circle, item: this.append(circle, raw, { kind: "message", env, digest: null }), isNew: true }
  }

  /** Takes a commit: the first of its epoch wins. Answers whom to tell that their lists changed, and whom it ended. */
  async commit(user: UserId, device: DeviceId, storage: Storage, frame: CommitFrame): Promise<CommitTaken> {
    const circle = this.circleFor(user, frame.circle, frame.act.do === "join")
    const bytes = fromBase64(frame.commit)
    const commit = readCommit(bytes)
    if (commit === undefined) throw new Refused("invalid_commit")
    if (commit.epoch !== BigInt(circle.epoch)) throw new Refused("stale_epoch")
    if (readCertificate(commit.identity).device !== device) throw new Refused("wrong_device")
    const kept = await pendings.get(storage, circle.id)
    if (kept === undefined || !sameBytes(kept.commit, bytes))
      throw new Error("a commit was sent that had not been kept")
    const shown = await groupInfo(deserialise(kept.next))

    const item = this.append(circle, bytes, { kind: "commit", epoch: circle.epoch + 1, commit: frame.commit, device })
    circle.epoch += 1
    circle.groupInfo = toBase64(shown.groupInfo)
    circle.tree = toBase64(shown.ratchetTree)
    circle.keys.set(circle.epoch, keysOf(frame.keys))
    const { changes } = readNote(commit.authenticatedData)
    circle.asked.done(changes)
    circle.rekeyRequired = circle.asked.mustRekey
    circle.changes.push(...changes.map(({ raw }) => toBase64(raw)))
    const { ended, tell } = this.#apply(circle, user, frame, item.seq)
    return { circle, item, tell, ended }
  }

  append(
    circle: CircleOf,
    bytes: Uint8Array,
    what:
      | { readonly kind: "message"; readonly env: string; readonly digest: null }
      | { readonly kind: "commit"; readonly epoch: number; readonly commit: string; readonly device: DeviceId }
      | { readonly kind: "grant"; readonly grant: string; readonly device: DeviceId },
  ): api.Item {
    circle.head = nextPlace(circle.head, itemDigest(bytes))
    const item: api.Item = {
      seq: circle.head.seq,
      at: new Date().toISOString(),
      hash: toBase64(circle.head.hash),
      ...what,
    }
    circle.items.push(item)
    return item
  }

  dutiesOf({ asked, members }: CircleOf): object {
    return asked.answer([...members.keys()].flatMap((user) => this.accounts.get(user)?.rotations ?? []))
  }

  /** Somebody who was invited before having keys has some now. */
  ask({ id: user, identity }: Account, id: InvitationId): CircleOf {
    for (const circle of this.circles.values()) {
      const invited = circle.invitations.get(user)
      if (invited?.id !== id || identity === null) continue
      circle.invitations.set(user, { ...invited, admission: "asked" })
      circle.asked.admissions.push({ user, ...identity, since: new Date().toISOString() })
      return circle
    }
    throw new Refused("not_found")
  }

  reserve(role: RoleId): UserId {
    const wanted = [...this.accounts.values()].find((each) => each.role === role)
    if (wanted === undefined) throw new Refused("not_found")
    if (wanted.state === "open") throw new Refused("account_open")
    wanted.state = "reserved"
    return wanted.id
  }

  /** A letter with a new link; the one before does nothing any more. */
  writeTo(id: InvitationId): void {
    for (const { invitations } of this.circles.values()) {
      for (const [user, invited] of invitations) {
        const account = this.accounts.get(user)
        if (invited.id === id && account !== undefined) account.link = this.#nextId("c").repeat(2)
      }
    }
  }

  async decline(user: UserId, id: InvitationId): Promise<CircleOf> {
    for (const circle of this.circles.values()) {
      if (circle.invitations.get(user)?.id !== id) continue
      circle.invitations.delete(user)
      await circle.asked.order(circle.id, user, "declined")
      return circle
    }
    throw new Refused("not_found")
  }

  /** Whom to tell that somebody was ended; the door sets it. */
  ended: (circle: CircleOf, user: UserId) => void = () => undefined

  /** What the server may do alone: end someone, or one device. Nothing can be sent until the removal is committed. */
  async endAlone(circle: CircleOf, user: UserId, device: DeviceId | null = null): Promise<void> {
    if (device === null) circle.members.delete(user)
    await circle.asked.order(circle.id, user, device === null ? "withdrawn" : "revoked", device)
    circle.rekeyRequired = true
  }

  #apply(circle: CircleOf, user: UserId, { act }: CommitFrame, seq: number): Pick<CommitTaken, "tell" | "ended"> {
    switch (act.do) {
      case "invite": {
        const change = readNote(noteOf(circle)).changes[0]
        if (change?.op.type !== "invite") throw new Error("an invitation without its change")
        const { ground, notAfter, role, user: invited } = change.op.person
        const id = asId<InvitationId>(this.#nextId("f"))
        const not_after = notAfter === null ? null : new Date(notAfter).toISOString()
        const admission = change.op.person.pending === null ? "not_needed" : "to_ask"
        circle.invitations.set(invited, {
          id,
          signed: act.invitation,
          inviter: user,
          role,
          ground,
          not_after,
          admission,
        })
        circle.told.add({ what: "invited", user: invited, by: user, role, ground, until: not_after, code: "pending" })
        if (act.consent !== null) {
          const { given_on, how } = act.consent
          circle.told.add({ what: "consent", user: invited, by: user, on: given_on, how, id: CONSENT })
        }
        if (this.accounts.get(invited)?.state === "reserved") this.writeTo(id)
        return { tell: [invited], ended: [] }
      }
      case "end": {
        const wasMember = circle.members.delete(act.user)
        if (wasMember) circle.told.add({ what: "ended", user: act.user, by: user, code: act.code })
        circle.invitations.delete(act.user)
        return { tell: [act.user], ended: wasMember ? [act.user] : [] }
      }
      case "join": {
        const invitation = circle.invitations.get(user)
        if (invitation !== undefined) {
          const { ground, not_after, role, signed } = invitation
          circle.invitations.delete(user)
          circle.accepted.set(user, signed)
          circle.members.set(user, { role, ground, not_after })
          circle.horizon.set(user, seq - 1)
          circle.told.add({ what: "joined", user, role, ground, until: not_after })
        }
        return { tell: [user], ended: [] }
      }
      case "hand_over":
        circle.told.add({ what: "handed_over", user: act.to, by: user, until: act.until })
        this.#changeRoles(circle)
        return { tell: [...circle.members.keys()], ended: [] }
      case "policy":
        this.#changeRoles(circle)
        return { tell: [...circle.members.keys(), ...circle.invitations.keys()], ended: [] }
      case "update":
        return { tell: [], ended: [] }
    }
  }

  #changeRoles(circle: CircleOf): void {
    for (const { op } of readNote(noteOf(circle)).changes) {
      const invited = op.type === "admit" ? circle.invitations.get(op.user) : undefined
      if (op.type === "admit" && invited !== undefined)
        circle.invitations.set(op.user, { ...invited, admission: "not_needed" })
      const member = "user" in op ? circle.members.get(op.user) : undefined
      if (op.type !== "role" || member === undefined) continue
      const not_after = op.notAfter === null ? null : new Date(op.notAfter).toISOString()
      circle.members.set(op.user, { ...member, role: op.role, not_after })
    }
  }

  /** The ciphertext goes, its hash stays. */
  #erase({ items }: CircleOf, target: Uint8Array): void {
    const at = items.findIndex(
      (item) => item.kind === "message" && item.env !== null && sameBytes(fromBase64(item.env).slice(26, 42), target),
    )
    const item = items[at]
    if (item?.kind !== "message" || item.env === null) throw new Refused("not_found")
    items[at] = { ...item, env: null, digest: toBase64(itemDigest(fromBase64(item.env))) }
  }

  #nextId(kind: string): string {
    this.#ids += 1
    return `019386c5-6d00-7${kind}01-8009-${String(this.#ids).padStart(12, "0")}`
  }
}

export interface CommitTaken {
  readonly circle: CircleOf
  readonly item: api.Item
  readonly tell: readonly UserId[]
  readonly ended: readonly UserId[]
}

function noteOf(circle: CircleOf): Uint8Array {
  const last = circle.items.at(-1)
  const commit = last?.kind === "commit" ? readCommit(fromBase64(last.commit)) : undefined
  if (commit === undefined) throw new Error("the last item is the commit")
  return commit.authenticatedData
}

function deviceOf({ env }: { readonly env: string | null }): DeviceId[] {
  return env === null ? [] : [readEnvelope(fromBase64(env)).device]
}

function keysOf(sealed: api.SealedKeys): Map<UserId, string> {
  return new Map(Object.entries(sealed).map(([user, key]) => [asId<UserId>(user), key]))
}
