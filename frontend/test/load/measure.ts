/**
 * What the core's work costs in one circle of `devices` devices: medians in milliseconds. Runs in Node (`node.ts`) and in
 * a page (`page.ts`) alike; `make bench-mls` prints both.
 */
import { sha256 } from "@noble/hashes/sha2.js"
import { v7 } from "uuid"
import { makeEnvelope, openEnvelope, verifyEnvelope } from "../../src/core/envelope/envelope.ts"
import { asId, type CircleId, type DeviceId, type MessageId } from "../../src/core/ids.ts"
import {
  commitUpdate,
  contentKey,
  createGroup,
  deserialise,
  epoch,
  generateSignatureKeyPair,
  groupInfo,
  joinExternally,
  processCommit,
  serialise,
  type GroupState,
  type OwnLeaf,
} from "../../src/core/mls/group.ts"
import { text, TIME, willing } from "../mls/cast.ts"

const ROUNDS = 21
/** As long as a real device certificate. */
const CERTIFICATE_BYTES = 330
const CIRCLE = asId<CircleId>("019386c5-6d00-7a01-8001-0000000000c1")
const GROUP_ID = Uint8Array.from(CIRCLE.replaceAll("-", "").match(/../g) ?? [], (pair) => parseInt(pair, 16))

export async function measure(devices: number): Promise<Record<string, number>> {
  const took: Record<string, number[]> = {}
  async function timed<T>(name: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now()
    const result = await work()
    ;(took[name] ??= []).push(performance.now() - start)
    return result
  }

  const { leaf, ...pair } = await grown(devices)
  let { committer, listener } = pair
  for (let round = 0; round < ROUNDS; round++) {
    const update = await timed("update", () => commitUpdate(committer, { authenticatedData: TIME }))
    const processed = await timed("process", () => processCommit(listener, update.commit, willing))
    ;[committer, listener] = [update.next, processed.next]
    const join = await timed("external_join", () => joining(committer, newDevice()))
    await timed("process_join", () => processCommit(listener, join.commit, willing))
    const stored = await timed("state_written", () => serialise(listener))
    await timed("state_read", () => deserialise(stored))
    await message(committer, leaf, timed)
  }
  const medians = Object.entries(took).map(([name, times]) => [`${name}_ms`, median(times)] as const)
  return Object.fromEntries(medians)
}

type Timed = <T>(name: string, work: () => T | Promise<T>) => Promise<T>

async function message(state: GroupState, leaf: OwnLeaf, timed: Timed): Promise<void> {
  const device = asId<DeviceId>(v7())
  const key = await contentKey(state, GROUP_ID)
  const at = Number(epoch(state))
  const envelope = await timed("encrypt_and_sign", () =>
    makeEnvelope({
      kind: "message",
      circle: CIRCLE,
      epoch: at,
      id: asId<MessageId>(v7()),
      device,
      created: Date.now(),
      content: {
        type: "text",
        text: "x".repeat(400),
        files: [],
        mentions: [],
        counter: 1,
        log: { seq: 1, hash: sha256(key) },
      },
      contentKey: key,
      nonce: crypto.getRandomValues(new Uint8Array(24)),
      signaturePrivateKey: leaf.signaturePrivateKey,
    }),
  )
  const leafKey = (): Uint8Array => leaf.signaturePublicKey
  await timed("decrypt_and_verify", async () =>
    openEnvelope(await verifyEnvelope(envelope, { circle: CIRCLE, epoch: at, leafKey }), key),
  )
}

/** Two of the devices are kept: one that commits, one that listens. */
async function grown(devices: number): Promise<{ committer: GroupState; listener: GroupState; leaf: OwnLeaf }> {
  const leaf = newDevice()
  const founder = await createGroup({ groupId: GROUP_ID, leaf, policy: text("policy 0") })
  const second = await joining(founder, newDevice())
  let committer = (await processCommit(founder, second.commit, willing)).next
  let listener = second.next
  for (let size = 2; size < devices; size++) {
    const { commit } = await joining(committer, newDevice())
    committer = (await processCommit(committer, commit, willing)).next
    listener = (await processCommit(listener, commit, willing)).next
  }
  return { committer, listener, leaf }
}

async function joining(shower: GroupState, leaf: OwnLeaf): ReturnType<typeof joinExternally> {
  return joinExternally({ ...(await groupInfo(shower)), leaf, authenticatedData: TIME }, willing)
}

function newDevice(): OwnLeaf {
  const { privateKey, publicKey } = generateSignatureKeyPair()
  const certificate = crypto.getRandomValues(new Uint8Array(CERTIFICATE_BYTES))
  return { certificate, signaturePrivateKey: privateKey, signaturePublicKey: publicKey }
}

function median(times: readonly number[]): number {
  const middle = times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN
  return Math.round(middle * 100) / 100
}
