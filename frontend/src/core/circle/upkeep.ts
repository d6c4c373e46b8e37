/**
 * What a device does for its circle unasked: it checks that its person's sealed copy of the epoch key is right, and,
 * where it may, commits what the tables have ended (declined, expired, withdrawn).
 */
import type { CircleDetail, EndCode } from "../api/types.ts"
import { sameBytes } from "../encoding/bytes.ts"
import type { UserId } from "../ids.ts"
import { isPast, type PolicyPerson } from "../policy/person.ts"
import { end, renew } from "./acts.ts"
import type { Commits } from "./commits.ts"
import { openOwnCopy, sealTo } from "./epochKeys.ts"
import { readers } from "./group.ts"
import { isSound, type Room } from "./room.ts"

const RENEW_AFTER = 30 * 24 * 3600 * 1000

export class Upkeep {
  readonly #room: Room
  readonly #commits: Commits

  constructor(room: Room, commits: Commits) {
    this.#room = room
    this.#commits = commits
  }

  /** Checks one's own copy of the epoch's key against what this device derived, and repairs it. */
  async checkKey(): Promise<void> {
    const { circle, host, lane, state } = this.#room
    const { group, record } = state.now()
    if (group === undefined || record === undefined || !isSound(state.now())) return
    if (record.keyChecked >= group.epoch) return

    const copy = (await host.api.keys(circle)).find(({ epoch }) => epoch === group.epoch)
    const opened = copy === undefined ? undefined : await openOwnCopy(copy, host.own)
    if (opened === undefined || !sameBytes(opened, group.contentKey)) {
      await host.api.repairKey(circle, group.epoch, await sealTo(host.own.history, group, host.own.user))
    }
    await lane.run(async () => {
      const draft = state.draft()
      draft.patch({ keyChecked: Math.max(draft.record.keyChecked, group.epoch) })
      await state.save(draft)
    })
  }

  /** e2ee.md: a device whose leaf is older than this renews it before it sends. */
  async renewLeaf(): Promise<void> {
    const { host, state } = this.#room
    const { record } = state.now()
    if (record === undefined || host.serverClock.now() - record.renewed < RENEW_AFTER) return
    await this.#commits.act(renew)
  }

  /**
   * Ends in the group whom the tables have ended. `detail` must have been fetched after the group's present epoch was
   * known: then whoever is missing there was ended, and not just invited.
   */
  async tidy(detail: CircleDetail, epoch: number): Promise<void> {
    const { host } = this.#room
    if (!detail.abilities.includes("remove")) return
    const standing = new Set<UserId>([...detail.members, ...detail.invitations].map(({ user }) => user))
    if (!standing.has(host.own.user)) return
    const { group } = this.#room.state.now()
    const ended = [...(group?.policy.persons.values() ?? [])].filter(({ user }) => !standing.has(user))
    for (const person of ended) {
      await this.#commits.act(async (acting) => {
        // In another epoch somebody may have ended them already, or invited them again: asked anew with the next
        // detail.
        if (acting.group.epoch !== epoch) return undefined
        const hasLeaf = readers(acting.group).has(person.user)
        return end(acting, person.user, codeFor(person, hasLeaf, acting.time), "")
      })
    }
  }
}

function codeFor(person: PolicyPerson, hasLeaf: boolean, time: number): EndCode {
  if (isPast(person, time)) return "expired"
  return hasLeaf ? "withdrawn" : "declined"
}
