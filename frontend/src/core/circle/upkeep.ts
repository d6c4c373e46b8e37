/** What a device does for itself unasked: it checks its person's sealed copy of the epoch key, and renews its leaf. */
import { sameBytes } from "../encoding/bytes.ts"
import { renew } from "./acts.ts"
import type { Commits } from "./commits.ts"
import { openOwnCopy, sealTo } from "./epochKeys.ts"
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

    const copies = (await host.api.keys(circle)).filter(({ epoch }) => epoch === group.epoch)
    const opened = await Promise.all(copies.map((copy) => openOwnCopy(copy, host.own)))
    if (!opened.some((key) => key !== undefined && sameBytes(key, group.contentKey))) {
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
}
