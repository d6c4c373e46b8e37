/** The server's verifier, in its own process (tests/mls_follower.py), told of each step of a group that lives here. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { createInterface } from "node:readline"
import { bytesToHex } from "@noble/hashes/utils.js"
import { encodeMlsMessage, type GroupContext, type MLSMessage } from "ts-mls"
import { encodeGroupContext } from "ts-mls/groupContext.js"
import { expect } from "vitest"
import type { RosterEntry } from "../../src/core/mls/group.ts"

const ROOT = fileURLToPath(new URL("../../../", import.meta.url))

export class Follower {
  private readonly process = spawn(`${ROOT}.venv/bin/python`, ["-m", "tests.mls_follower"], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
  })
  private readonly lines = createInterface(this.process.stdout)[Symbol.asyncIterator]()

  /** The group that begins with these; the one before is forgotten. */
  async begins(groupInfo: Uint8Array, ratchetTree: Uint8Array): Promise<void> {
    await this.told({ group_info: bytesToHex(groupInfo), ratchet_tree: bytesToHex(ratchetTree) })
  }

  /** The verifier takes the commit, and then holds this group context and this roster. */
  async follows(
    commit: Uint8Array,
    context: GroupContext,
    roster: readonly RosterEntry[],
    proposals: readonly MLSMessage[] = [],
  ): Promise<void> {
    const offered = proposals.map((each) => bytesToHex(encodeMlsMessage(each)))
    expect(await this.told({ commit: bytesToHex(commit), proposals: offered })).toEqual({
      group_context: bytesToHex(encodeGroupContext(context)),
      roster: roster.map(({ leaf, identity, signatureKey }) => [leaf, bytesToHex(identity), bytesToHex(signatureKey)]),
    })
  }

  end(): void {
    this.process.stdin.end()
  }

  private async told(line: object): Promise<unknown> {
    this.process.stdin.write(`${JSON.stringify(line)}\n`)
    const answer = await this.lines.next()
    if (answer.done === true) throw new Error("the verifier's process ended")
    return JSON.parse(answer.value)
  }
}
