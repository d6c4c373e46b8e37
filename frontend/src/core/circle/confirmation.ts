/**
 * Confirming one's own joining, and answering for those of others (docs/protocol.md, "Confirmation of a joining").
 *
 * A statement that cannot be placed is left alone: the server could only make this device wait, which it can anyhow.
 * One that is truly signed by a device to which this one would listen, and says another transcript, stops the circle.
 */
import type { Base64 } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { writeTime } from "../encoding/time.ts"
import { EPOCH_SEEN, type EpochSeen } from "../statements/circle.ts"
import { makeStatement, readStatement, verifyStatement, type Unverified } from "../statements/signed.ts"
import { descent } from "./descent.ts"
import type { LiveGroup } from "./group.ts"
import { asCircleRefused, CircleRefused } from "./refused.ts"
import { isConfirmed, isSound, type Room } from "./room.ts"
import { answersFor, confirmed, markOf, type Unconfirmed } from "./standing.ts"

export class Confirmation {
  readonly #room: Room
  /** About epochs that have not come here yet. */
  #early: readonly Base64[] = []
  #marked = 0

  constructor(room: Room) {
    this.#room = room
  }

  /** On a new connection, and when something has changed: what others have said, and what this person's vault knows. */
  async look(seen: readonly Base64[]): Promise<void> {
    const { group } = this.#room.state.now()
    if (this.#waiting() === undefined || group === undefined) return
    if (group.devices.size === 1) await this.#confirmWhen(() => Promise.resolve(true))
    for (const statement of seen) await this.take(statement)
    await this.#confirmWhen((unconfirmed) => this.#descendsFromMark(unconfirmed))
  }

  async take(statement: Base64): Promise<void> {
    await this.#confirmWhen((unconfirmed, now) => this.#isSaid(statement, unconfirmed, now))
  }

  /** After each epoch: early statements, this person's mark, and what this device owes to those who came in. */
  async settle(): Promise<void> {
    const { circle, host, isLive, state } = this.#room
    const early = this.#early
    this.#early = []
    for (const statement of early) await this.take(statement)
    const { group, standing } = state.now()
    if (group === undefined || group.epoch === 0 || !isConfirmed(state.now())) return
    if (group.epoch > this.#marked) host.vault.setMark(circle, markOf(group))
    this.#marked = group.epoch
    if (standing?.owesSeen === true && isLive()) await this.#answer()
  }

  #waiting(): Unconfirmed | undefined {
    const now = this.#room.state.now()
    return isSound(now) ? (now.standing?.unconfirmed ?? undefined) : undefined
  }

  async #confirmWhen(holds: (unconfirmed: Unconfirmed, group: LiveGroup) => Promise<boolean>): Promise<void> {
    const { changed, host, lane, state } = this.#room
    await lane.run(async () => {
      const unconfirmed = this.#waiting()
      const { group, standing } = state.now()
      if (unconfirmed === undefined || group === undefined || standing === undefined) return
      const draft = state.draft()
      try {
        if (!(await holds(unconfirmed, group))) return
        draft.setStanding(confirmed(standing, group))
      } catch (error) {
        const refused = asCircleRefused(error, new Uint8Array())
        if (!(refused instanceof CircleRefused)) throw error
        draft.patch({ refusal: refused.asRefusal(writeTime(host.serverClock.now()), null) })
      }
      await state.save(draft)
    })
    changed()
  }

  async #isSaid(raw: Base64, { epochs }: Unconfirmed, group: LiveGroup): Promise<boolean> {
    const { circle, host } = this.#room
    const statement = readSeen(raw)
    if (statement === undefined) return false
    const { says } = statement
    const device = group.devices.get(says.device)?.certificate
    if (says.epoch > group.epoch) this.#early = [...this.#early, raw]
    const hash = epochs.get(says.epoch)
    if (says.circle !== circle || hash === undefined) return false
    if (device === undefined || device.device === host.own.device) return false
    if (!answersFor(host.own, device.user, group)) return false
    if ((await verifyStatement(statement, device.key)) === undefined) return false
    if (!sameBytes(says.confirmed, hash)) {
      throw new CircleRefused("fork", "a device that this one would believe saw another epoch", statement.raw)
    }
    return true
  }

  async #descendsFromMark(unconfirmed: Unconfirmed): Promise<boolean> {
    const { circle, host, state } = this.#room
    const { record } = state.now()
    const mark = host.vault.markOf(circle)
    if (mark === undefined || record === undefined) return false
    // Another device of this person was confirmed further on; or the group was shown at the mark, or after it.
    const expected = unconfirmed.epochs.get(mark.epoch) ?? unconfirmed.shown.confirmed
    const log = { api: host.api, circle, joined: record.joined.seq }
    const found = await descent(mark, unconfirmed, log)
    if (found === undefined) return false
    if (!sameBytes(found, expected)) throw new CircleRefused("fork", "not what the vault has marked", expected)
    return true
  }

  async #answer(): Promise<void> {
    const { circle, host, lane, state } = this.#room
    const { group } = state.now()
    if (group === undefined) return
    const { confirmed: hash, epoch } = markOf(group)
    const says = { circle, epoch, confirmed: hash, device: host.own.device, time: host.serverClock.now() }
    const statement = await makeStatement(EPOCH_SEEN, says, host.own.signaturePrivateKey)
    if (!host.send({ t: "seen", statement: toBase64(statement) })) return
    await lane.run(async () => {
      const { standing } = state.now()
      if (standing === undefined) return
      const draft = state.draft()
      draft.setStanding({ ...standing, owesSeen: false })
      await state.save(draft)
    })
  }
}

function readSeen(raw: Base64): Unverified<EpochSeen> | undefined {
  try {
    return readStatement(EPOCH_SEEN, fromBase64(raw))
  } catch (error) {
    if (error instanceof NotCanonical) return undefined
    throw error
  }
}
