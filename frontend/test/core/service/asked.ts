/** What the service asks of members' devices beyond the log: its signed orders, and what others have sent. */
import { ed25519 } from "@noble/curves/ed25519.js"
import type { Keys } from "../../../src/core/api/duties.ts"
import { toBase64 } from "../../../src/core/encoding/base64.ts"
import { sameBytes } from "../../../src/core/encoding/bytes.ts"
import type { CircleId, DeviceId, MessageId, UserId } from "../../../src/core/ids.ts"
import type { UnverifiedChange } from "../../../src/core/policy/change.ts"
import { END_ORDER, RESTORE_ORDER, type EndOrder } from "../../../src/core/statements/orders.ts"
import { makeStatement } from "../../../src/core/statements/signed.ts"

/** The key that every circle pins when it is opened, and the organisation's. */
export const ORDER_SEED = new Uint8Array(32).fill(7)
export const STEWARD_SEED = new Uint8Array(32).fill(9)
export const ORDER_KEY = toBase64(ed25519.getPublicKey(ORDER_SEED))
export const STEWARD_KEY = toBase64(ed25519.getPublicKey(STEWARD_SEED))

interface Ordered {
  readonly says: EndOrder
  readonly raw: Uint8Array
}

export class Asked {
  readonly admissions: Keys[] = []
  readonly resets: Keys[] = []
  readonly restorations: Uint8Array[] = []
  readonly seen: string[] = []
  readonly reported: string[] = []
  readonly attestations: Record<UserId, string> = {}
  readonly reminders: { message: MessageId; reminded: string; escalated: string | null }[] = []
  loansOver: UserId[] = []
  reports: object[] = []
  #orders: Ordered[] = []

  async order(circle: CircleId, user: UserId, code: EndOrder["code"], device: DeviceId | null = null): Promise<void> {
    const says = { circle, user, device, code, time: Date.now() }
    this.#orders.push({ says, raw: await makeStatement(END_ORDER, says, ORDER_SEED) })
  }

  async restore(circle: CircleId, user: UserId): Promise<void> {
    this.restorations.push(await makeStatement(RESTORE_ORDER, { circle, user, time: Date.now() }, STEWARD_SEED))
  }

  /** `rotations` are those of the members' identities. */
  answer(rotations: readonly string[]): object {
    return {
      orders: this.#orders.map(({ raw }) => toBase64(raw)),
      admissions: this.admissions,
      resets: this.resets,
      rotations,
      restorations: this.restorations.map(toBase64),
      loans_over: this.loansOver,
      reports: this.reports,
      seen: this.seen,
      attestations: this.attestations,
      reminders: this.reminders,
    }
  }

  /** Commits have carried these out. */
  done(changes: readonly UnverifiedChange[]): void {
    for (const { op } of changes) {
      if (op.type === "end") this.#orders = this.#orders.filter(({ says }) => says.user !== op.user)
      if (op.type === "revoke") this.#orders = this.#orders.filter(({ says }) => says.device !== op.device)
      if (op.type === "admit") drop(this.admissions, ({ user }) => user === op.user)
      if (op.type === "reset") drop(this.resets, ({ user }) => user === op.user)
      if (op.type === "restore") drop(this.restorations, (raw) => sameBytes(raw, op.order.raw))
    }
  }

  get mustRekey(): boolean {
    return this.#orders.length > 0
  }
}

function drop<T>(list: T[], which: (each: T) => boolean): void {
  const at = list.findIndex(which)
  if (at >= 0) list.splice(at, 1)
}
