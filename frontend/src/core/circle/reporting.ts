/**
 * A commit that this device cannot process: it keeps its state and the evidence, reports the commit with its signature,
 * and comes back in by external commit. There is no way back: only to a later epoch whose chain extends its own
 * (`joining.ts`).
 *
 * Whatever else was refused stops the circle until somebody mends it by hand.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { REPORT } from "../statements/circle.ts"
import { makeStatement } from "../statements/signed.ts"
import type { Arrival } from "./arrival.ts"
import type { Room } from "./room.ts"

/** A member whose commits nobody can process could make this device come back for ever. */
const MOST_RETURNS = 3

export class Reporting {
  readonly #room: Room
  readonly #arrival: Arrival
  #returns = 0

  constructor(room: Room, arrival: Arrival) {
    this.#room = room
    this.#arrival = arrival
  }

  /** True when the circle stopped at such a commit. */
  get isDue(): boolean {
    return this.#room.state.now().record?.refusal?.code === "unprocessable"
  }

  /** Reports, and comes back in. Rejects as a joining does; the old state is kept then. */
  async run(): Promise<void> {
    await this.#report()
    if (this.#returns >= MOST_RETURNS) return
    this.#returns += 1
    await this.#arrival.join()
  }

  async #report(): Promise<void> {
    const { circle, host, state } = this.#room
    const { group, record } = state.now()
    if (group === undefined || record?.refusal == null) return
    const { code, evidence } = record.refusal
    const says = {
      circle,
      epoch: group.epoch + 1,
      commit: sha256(fromBase64(evidence)),
      reason: code,
      device: host.own.device,
      time: host.serverClock.now(),
    }
    const statement = await makeStatement(REPORT, says, host.own.signaturePrivateKey)
    host.send({ t: "report", statement: toBase64(statement) })
  }
}
