/** Devices that commit at the same time, round after round, each over a socket of its own. */
import { v7 } from "uuid"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { encode } from "../../src/core/encoding/canonical.ts"
import { fromUtf8, utf8 } from "../../src/core/encoding/bytes.ts"
import type { Platform } from "../../src/core/index.ts"
import {
  commitUpdate,
  confirmedTranscriptHash,
  epoch,
  processCommit,
  signWithLabel,
  type GroupState,
  type OwnCommit,
  type OwnLeaf,
} from "../../src/core/mls/group.ts"
import { writeNote } from "../../src/core/policy/note.ts"
import { willing } from "../mls/cast.ts"

export interface Circle {
  readonly id: string
  /** Everybody in the roster: an epoch's key is sealed for each. */
  readonly users: readonly string[]
}

interface Frame {
  readonly t: string
  readonly ref?: string
  readonly code?: string
  readonly nonce?: string
  readonly kind?: string
  readonly epoch?: number
  readonly commit?: string
}

export class Racer {
  private state: GroupState
  private readonly circle: Circle
  private readonly seen: Frame[] = []
  private readonly waiting = new Set<() => void>()
  private send: (frame: object) => void = () => undefined

  private constructor(circle: Circle, state: GroupState) {
    this.circle = circle
    this.state = state
  }

  /** Ready, and listening to the circle. */
  static async connected(
    platform: Platform,
    circle: Circle,
    device: { readonly id: string; readonly leaf: OwnLeaf; readonly state: GroupState },
  ): Promise<Racer> {
    const racer = new Racer(circle, device.state)
    const socket = platform.openSocket("/ws", "cordee.v1", {
      opened: () => undefined,
      closed: (code) => {
        racer.receive({ t: "closed", code: String(code) })
      },
      received: (data) => {
        racer.receive(JSON.parse(fromUtf8(data)) as Frame)
      },
    })
    racer.send = (frame) => {
      socket.send(utf8(JSON.stringify(frame)))
    }
    const { nonce } = await racer.first(({ t }) => t === "challenge")
    const said = encode({ device: device.id, nonce: nonce ?? "", v: 1 })
    const sig = toBase64(await signWithLabel(device.leaf.signaturePrivateKey, "CordeeSocket", said))
    racer.send({ t: "hello", v: 1, device: device.id, sig })
    await racer.first(({ t }) => t === "ready")
    racer.send({ t: "join", circle: circle.id })
    await racer.first(({ t }) => t === "joined")
    return racer
  }

  get epoch(): number {
    return Number(epoch(this.state))
  }

  get transcript(): string {
    return toBase64(confirmedTranscriptHash(this.state))
  }

  makeCommit(): Promise<OwnCommit> {
    return commitUpdate(this.state, { authenticatedData: writeNote(Date.now(), []) })
  }

  /** Sends, and follows the commit that won; whether it was this one. */
  async runs(made: OwnCommit): Promise<boolean> {
    const ref = v7()
    const keys = Object.fromEntries(
      this.circle.users.map((user) => [user, toBase64(crypto.getRandomValues(new Uint8Array(80)))]),
    )
    const [commit, external_pub, group_info_sig] = [made.commit, made.externalPub, made.groupInfoSignature].map(
      toBase64,
    )
    this.send({
      t: "commit",
      ref,
      circle: this.circle.id,
      commit,
      external_pub,
      group_info_sig,
      keys,
      act: { do: "update" },
    })
    const next = this.epoch + 1
    const [answer, item] = await Promise.all([
      this.first((frame) => frame.ref === ref),
      this.first((frame) => frame.kind === "commit" && frame.epoch === next),
    ])
    if (answer.t === "committed") {
      this.state = made.next
      return true
    }
    if (answer.code !== "stale_epoch") throw new Error(`refused: ${String(answer.code)}`)
    this.state = (await processCommit(this.state, fromBase64(item.commit ?? ""), willing)).next
    return false
  }

  private receive(frame: Frame): void {
    this.seen.push(frame)
    for (const wake of this.waiting) wake()
  }

  /** The first frame, of those that came and those to come, that fits; it is taken. */
  private first(fits: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const at = this.seen.findIndex((frame) => fits(frame) || frame.t === "closed")
        const [found] = at < 0 ? [] : this.seen.splice(at, 1)
        if (found === undefined) return
        this.waiting.delete(look)
        if (found.t === "closed") reject(new Error(`closed with ${String(found.code)}`))
        else resolve(found)
      }
      this.waiting.add(look)
      look()
    })
  }
}

export interface Outcome {
  readonly rounds: number
  readonly clients: number
  readonly winners: number
  /** Rounds with another number of winners than one. */
  readonly unfair: number
  /** Rounds after which two held different groups. */
  readonly forks: number
  readonly round_ms: number
}

export async function race(rounds: number, racers: readonly Racer[]): Promise<Outcome> {
  let [winners, unfair, forks] = [0, 0, 0]
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const made: (readonly [Racer, OwnCommit])[] = []
    for (const racer of racers) made.push([racer, await racer.makeCommit()])
    const start = performance.now()
    const won = await Promise.all(made.map(([racer, commit]) => racer.runs(commit)))
    times.push(performance.now() - start)
    const first = won.filter(Boolean).length
    winners += first
    if (first !== 1) unfair += 1
    if (new Set(racers.map(({ transcript }) => transcript)).size !== 1) forks += 1
  }
  const round_ms = Math.round(times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0)
  return { rounds, clients: racers.length, winners, unfair, forks, round_ms }
}
