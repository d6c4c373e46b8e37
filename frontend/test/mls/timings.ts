/**
 * How long the group operations take, in milliseconds (median of nine) and bytes.
 *
 *     node test/mls/timings.ts 60
 */
import {
  commitUpdate,
  createGroup,
  groupInfo,
  processCommit,
  serialise,
  type GroupState,
} from "../../src/core/mls/group.ts"
import { CIRCLE, device, joined, text, TIME, willing } from "./cast.ts"

const devices = Number(process.argv[2] ?? 60)
const ROUNDS = 9
/** As long as a real device certificate is about. */
const LONG_NAME = "x".repeat(200)

const took: Record<string, number[]> = {}

async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await work()
  took[name] = [...(took[name] ?? []), performance.now() - start]
  return result
}

/** Two of the devices are kept: one that commits, one that listens. */
async function grown(): Promise<[GroupState, GroupState]> {
  const founder = await createGroup({ groupId: CIRCLE, leaf: device(LONG_NAME), policy: text("policy 0") })
  const second = await joined(founder, device(LONG_NAME))
  let pair: [GroupState, GroupState] = [(await processCommit(founder, second.commit, willing)).next, second.next]
  for (let size = 2; size < devices; size++) {
    const { commit } = await joined(pair[0], device(LONG_NAME))
    pair = [(await processCommit(pair[0], commit, willing)).next, (await processCommit(pair[1], commit, willing)).next]
  }
  return pair
}

let [committer, listener] = await grown()
let sizes = {}
for (let round = 0; round < ROUNDS; round++) {
  const update = await timed("update", () => commitUpdate(committer, { authenticatedData: TIME }))
  const processed = await timed("process update", () => processCommit(listener, update.commit, willing))
  ;[committer, listener] = [update.next, processed.next]
  const join = await timed("join externally", () => joined(committer, device(LONG_NAME)))
  await timed("process join", () => processCommit(listener, join.commit, willing))
  const info = await groupInfo(committer)
  sizes = {
    "update commit": update.commit.length,
    "join commit": join.commit.length,
    "ratchet tree": info.ratchetTree.length,
    "stored state": serialise(listener).length,
  }
}
const medians = Object.entries(took).map(([name, times]) => [name, times.toSorted((a, b) => a - b)[ROUNDS >> 1]?.toFixed(1)])
console.log({ devices, milliseconds: Object.fromEntries(medians) as unknown, bytes: sizes })
