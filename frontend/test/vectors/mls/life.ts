/** One group's life as it is written down: where it starts, each commit with what must not pass before it, and what it
 * leads to. Form: ../shared/mls-vectors/README, with the server's code for each refusal. */
import { bytesToHex } from "@noble/hashes/utils.js"
import { ed25519 } from "@noble/curves/ed25519.js"
import { encodeMlsMessage, type ClientState, type MLSMessage } from "ts-mls"
import { encodeGroupContext } from "ts-mls/groupContext.js"
import { encodeGroupInfo } from "ts-mls/groupInfo.js"
import { encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { createGroupInfoWithExternalPub, type CiphersuiteImpl } from "ts-mls"
import type { OwnLeaf } from "../../../src/core/mls/group.ts"
import { rosterOf } from "../../../src/core/mls/state.ts"
import { text } from "../../mls/cast.ts"
import { seeded } from "../cast.ts"
import { HOSTILE, type Honest } from "./hostile/index.ts"

export interface Member {
  readonly leaf: OwnLeaf
  readonly state: ClientState
}

export interface Step {
  readonly kind: string
  readonly reject: readonly { readonly reason: string; readonly code: string; readonly message: string }[]
  readonly proposals?: readonly string[]
  readonly message: string
  readonly group_context: string
  readonly roster: readonly (readonly [number, string, string])[]
}

export interface Life {
  readonly cipher_suite: number
  readonly seed: string
  readonly group_info: string
  readonly ratchet_tree: string
  readonly steps: readonly Step[]
}

/** A life, who is in the group at its end, and every state on the way. */
export interface Lived {
  readonly life: Life
  readonly members: readonly Member[]
  readonly states: readonly ClientState[]
}

/** Refuses, or gives the state after the message. */
export type Hears = (state: ClientState, message: Uint8Array, proposals: readonly MLSMessage[]) => Promise<ClientState>

export function deviceOf(name: string): OwnLeaf {
  const signaturePrivateKey = seeded(`${name} leaf`)
  const signaturePublicKey = ed25519.getPublicKey(signaturePrivateKey)
  return { certificate: text(`device of ${name}`), signaturePrivateKey, signaturePublicKey }
}

export async function startOf(
  state: ClientState,
  cs: CiphersuiteImpl,
): Promise<Pick<Life, "group_info" | "ratchet_tree">> {
  return {
    group_info: bytesToHex(encodeGroupInfo(await createGroupInfoWithExternalPub(state, [], cs))),
    ratchet_tree: bytesToHex(encodeRatchetTree(state.ratchetTree)),
  }
}

export interface Done {
  readonly kind: string
  readonly message: MLSMessage
  readonly proposals?: readonly MLSMessage[]
  readonly external: boolean
  /** Who made it: the key, and the state before (of a joiner: of who showed the group). */
  readonly by: Member
  /** The leaf that the committer has afterwards. */
  readonly leaf: number
  /** The state that it leads to. */
  readonly next: ClientState
}

/** Writes the steps of one life; each hostile variant comes in its turn, over all lives. */
export class Recorder {
  readonly steps: Step[] = []
  readonly states: ClientState[] = []
  private before: Uint8Array | undefined
  private readonly hears: Hears
  private readonly turns: Turns
  private readonly perStep: number

  constructor(hears: Hears, turns: Turns, perStep: number) {
    this.hears = hears
    this.turns = turns
    this.perStep = perStep
  }

  async write(done: Done, listeners: readonly Member[]): Promise<void> {
    const listener = listeners.find(({ leaf }) => leaf !== done.by.leaf)
    const reject = listener === undefined ? [] : await this.hostile(done, listener)
    const message = encodeMlsMessage(done.message)
    this.steps.push({
      kind: done.kind,
      reject,
      ...(done.proposals === undefined
        ? {}
        : { proposals: done.proposals.map((each) => bytesToHex(encodeMlsMessage(each))) }),
      message: bytesToHex(message),
      group_context: bytesToHex(encodeGroupContext(done.next.groupContext)),
      roster: rosterOf(done.next.ratchetTree).map(
        ({ leaf, identity, signatureKey }) => [leaf, bytesToHex(identity), bytesToHex(signatureKey)] as const,
      ),
    })
    this.states.push(done.next)
    this.before = message
  }

  private async hostile(done: Done, listener: Member): Promise<Step["reject"]> {
    const { ratchetTree, privatePath } = listener.state
    const honest: Honest = {
      message: done.message,
      signer: { ...done.by.state, signaturePrivateKey: done.by.leaf.signaturePrivateKey },
      tree: ratchetTree,
      leaf: done.leaf,
      external: done.external,
      other: listener.leaf,
      otherLeaf: privatePath.leafIndex,
      before: this.before,
    }
    const made = []
    for (const { reason, code, make } of this.turns.next(this.perStep, honest)) {
      const message = await make(honest)
      const taken = await this.hears(listener.state, message, done.proposals ?? []).then(
        () => true,
        () => false,
      )
      if (taken) throw new Error(`${done.kind}, ${reason}: a member takes it`)
      made.push({ reason, code, message: bytesToHex(message) })
    }
    return made
  }
}

/** Hands out the hostile variants in turn, those that fit. */
export class Turns {
  private readonly queue = [...HOSTILE]
  readonly used = new Set<string>()

  next(count: number, honest: Honest): typeof HOSTILE {
    const taken: (typeof HOSTILE)[number][] = []
    for (let looked = 0; looked < HOSTILE.length && taken.length < count; looked++) {
      const index = this.queue.findIndex(({ fits }) => fits?.(honest) ?? true)
      if (index < 0) break
      const [one] = this.queue.splice(index, 1)
      if (one === undefined || taken.includes(one)) break
      this.queue.push(one)
      this.used.add(one.reason)
      taken.push(one)
    }
    return taken
  }
}
