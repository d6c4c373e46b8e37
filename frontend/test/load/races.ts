/**
 * The devices of one circle in one process, with their real groups; told what to do by tests/load/mls_races.py, one JSON
 * line each. Before a race the server is only shown what they make; in it each device has its own socket.
 */
import { createInterface } from "node:readline"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import type { Platform } from "../../src/core/index.ts"
import {
  commitPolicy,
  createGroup,
  groupInfo,
  joinExternally,
  processCommit,
  type GroupState,
  type OwnCommit,
  type OwnLeaf,
} from "../../src/core/mls/group.ts"
import { nodePlatform } from "../../src/platform/node.ts"
import { willing } from "../mls/cast.ts"
import { Racer, race, type Circle } from "./racer.ts"

interface Device {
  readonly leaf: OwnLeaf
  state: GroupState
}

type Order =
  | { readonly do: "create"; readonly circle: string; readonly device: ToldDevice; readonly policy: string }
  | { readonly do: "policy"; readonly policy: string; readonly data: string }
  | { readonly do: "join"; readonly device: ToldDevice; readonly data: string }
  | {
      readonly do: "race"
      readonly url: string
      readonly rounds: number
      readonly circle: Circle
      readonly clients: readonly Client[]
    }

interface ToldDevice {
  readonly certificate: string
  readonly seed: string
  readonly key: string
}

interface Client {
  readonly cookie: string
  readonly device: string
}

const devices: Device[] = []

for await (const line of createInterface(process.stdin)) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as Order)))
}

async function answer(order: Order): Promise<object> {
  switch (order.do) {
    case "create":
      return create(order.device, fromBase64(order.circle), fromBase64(order.policy))
    case "policy":
      return policy(fromBase64(order.policy), fromBase64(order.data))
    case "join":
      return join(order.device, fromBase64(order.data))
    case "race":
      return race(order.rounds, await Promise.all(devices.map((device, index) => racer(order, device, index))))
  }
}

async function create(device: ToldDevice, groupId: Uint8Array, policy: Uint8Array): Promise<object> {
  const leaf = leafOf(device)
  const state = await createGroup({ groupId, leaf, policy })
  devices.push({ leaf, state })
  const shown = await groupInfo(state)
  return { group_info: toBase64(shown.groupInfo), tree: toBase64(shown.ratchetTree) }
}

async function policy(policy: Uint8Array, authenticatedData: Uint8Array): Promise<object> {
  const [first, ...others] = devices
  if (first === undefined) throw new TypeError("no circle yet")
  const made = await commitPolicy(first.state, { policy, authenticatedData })
  await heard(others, made.commit)
  first.state = made.next
  return parts(made)
}

async function join(device: ToldDevice, authenticatedData: Uint8Array): Promise<object> {
  const [first] = devices
  if (first === undefined) throw new TypeError("no circle yet")
  const leaf = leafOf(device)
  const made = await joinExternally({ ...(await groupInfo(first.state)), leaf, authenticatedData }, willing)
  await heard(devices, made.commit)
  devices.push({ leaf, state: made.next })
  return parts(made)
}

async function heard(listeners: readonly Device[], commit: Uint8Array): Promise<void> {
  for (const listener of listeners) listener.state = (await processCommit(listener.state, commit, willing)).next
}

function parts({ commit, externalPub, groupInfoSignature }: OwnCommit): object {
  return { commit: toBase64(commit), external_pub: toBase64(externalPub), group_info_sig: toBase64(groupInfoSignature) }
}

function leafOf({ certificate, seed, key }: ToldDevice): OwnLeaf {
  return {
    certificate: fromBase64(certificate),
    signaturePrivateKey: fromBase64(seed),
    signaturePublicKey: fromBase64(key),
  }
}

async function racer(order: Extract<Order, { do: "race" }>, device: Device, index: number): Promise<Racer> {
  const client = order.clients[index]
  if (client === undefined) throw new TypeError("a device without a client")
  const platform: Platform = nodePlatform({ origin: order.url, cookie: client.cookie })
  return Racer.connected(platform, order.circle, { ...device, id: client.device })
}
