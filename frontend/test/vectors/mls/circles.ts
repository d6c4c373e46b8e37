/**
 * Lives of circles through the product's own functions: joins by external commit, returns, key updates, policy changes,
 * removals with a policy change, the slots of the removed taken again. Any act of the policy is one of these to MLS.
 */
import type { ClientState } from "ts-mls"
import {
  commitPolicy,
  commitUpdate,
  createGroup,
  groupInfo,
  joinExternally,
  ownLeaf,
  processCommit,
  type GroupState,
  type OwnCommit,
  type OwnLeaf,
} from "../../../src/core/mls/group.ts"
import { at, CIRCLE, decoded, forLibrary, NOW, text, TIME, willing } from "../../mls/cast.ts"
import { dice, type Random } from "../../mls/dice.ts"
import { deviceOf, Recorder, startOf, type Lived, type Member, type Turns } from "./life.ts"
import { seededSuite } from "./seeded.ts"

const ROOM = 9

interface Device {
  readonly leaf: OwnLeaf
  readonly state: GroupState
}

export async function circleLife(seed: string, number: number, steps: number, turns: Turns): Promise<Lived> {
  const cs = await seededSuite(1, seed)
  const random = dice(number)
  const founder = deviceOf(`${seed} founder`)
  let devices: Device[] = [
    { leaf: founder, state: await createGroup({ groupId: CIRCLE, leaf: founder, policy: text("policy 0"), now: NOW }) },
  ]
  const start = await startOf(forLibrary(at(devices, 0).state), cs)
  const recorder = new Recorder(refusing, turns, 5)
  for (let step = 1; step <= steps; step++) {
    const act = choice(devices.length, step, random)
    devices = await acts[act](devices, random, `${seed} ${step}`, recorder)
  }
  const life = { cipher_suite: 1, seed, ...start, steps: recorder.steps }
  return { life, members: devices.map(known), states: recorder.states }
}

async function refusing(state: ClientState, message: Uint8Array): Promise<ClientState> {
  return forLibrary((await processCommit(state as unknown as GroupState, message, willing)).next)
}

function choice(size: number, step: number, random: Random): keyof typeof acts {
  if (size < 4 || step < 6)
    return at(["join", "join", "join", "update", "resync", "policy"] as const, size < 3 ? 0 : random(6))
  if (size >= ROOM) return "end"
  return at(["join", "join", "update", "policy", "end", "resync", "endHalf"] as const, random(7))
}

type Act = (devices: Device[], random: Random, name: string, recorder: Recorder) => Promise<Device[]>

const acts = {
  async join(devices, random, name, recorder) {
    const leaf = deviceOf(name)
    return joining(devices, at(devices, random(devices.length)), leaf, undefined, recorder, "external join")
  },

  async resync(devices, random, _name, recorder) {
    const who = at(devices, random(devices.length))
    const others = devices.filter((device) => device !== who)
    return joining(others, at(others, random(others.length)), who.leaf, ownLeaf(who.state), recorder, "external resync")
  },

  async update(devices, random, _name, recorder) {
    const who = at(devices, random(devices.length))
    const made = await commitUpdate(who.state, { authenticatedData: TIME })
    return committed(devices, who, made, recorder, "update")
  },

  async policy(devices, random, name, recorder) {
    const who = at(devices, random(devices.length))
    const made = await commitPolicy(who.state, { policy: text(`policy ${name}`), authenticatedData: TIME })
    return committed(devices, who, made, recorder, "policy")
  },

  async end(devices, random, name, recorder) {
    const who = at(devices, random(devices.length))
    const others = devices.filter((device) => device !== who)
    return ending(devices, who, [at(others, random(others.length))], name, recorder)
  },

  /** Everyone to the right of the middle goes: the tree shrinks, or its root is blank. */
  async endHalf(devices, _random, name, recorder) {
    const places = devices.map(({ state }) => ownLeaf(state)).toSorted((a, b) => a - b)
    const middle = at(places, places.length >> 1)
    const gone = devices.filter(({ state }) => ownLeaf(state) >= middle)
    const who = devices.find((device) => !gone.includes(device))
    if (who === undefined) throw new TypeError("somebody stays")
    return ending(devices, who, gone, name, recorder)
  },
} satisfies Record<string, Act>

async function ending(
  devices: Device[],
  who: Device,
  gone: Device[],
  name: string,
  recorder: Recorder,
): Promise<Device[]> {
  const removeLeaves = gone.map(({ state }) => ownLeaf(state))
  const made = await commitPolicy(who.state, { policy: text(`policy ${name}`), removeLeaves, authenticatedData: TIME })
  const stay = devices.filter((device) => !gone.includes(device))
  return committed(stay, who, made, recorder, gone.length === 1 ? "end" : "end of several")
}

async function joining(
  others: Device[],
  shower: Device,
  leaf: OwnLeaf,
  resyncOwnLeaf: number | undefined,
  recorder: Recorder,
  kind: string,
): Promise<Device[]> {
  const shown = await groupInfo(shower.state)
  const back = resyncOwnLeaf === undefined ? {} : { resyncOwnLeaf }
  const made = await joinExternally({ ...shown, leaf, authenticatedData: TIME, now: NOW, ...back }, willing)
  const by = { leaf, state: forLibrary(shower.state) }
  const done = { kind, message: decoded(made.commit), external: true, by, leaf: made.leaf, next: forLibrary(made.next) }
  await recorder.write(done, others.map(known))
  return [...(await heard(others, made.commit)), { leaf, state: made.next }]
}

async function committed(
  devices: Device[],
  who: Device,
  made: OwnCommit,
  recorder: Recorder,
  kind: string,
): Promise<Device[]> {
  const done = {
    kind,
    message: decoded(made.commit),
    external: false,
    by: known(who),
    leaf: made.leaf,
    next: forLibrary(made.next),
  }
  await recorder.write(done, devices.map(known))
  const others = devices.filter((device) => device !== who)
  return [{ leaf: who.leaf, state: made.next }, ...(await heard(others, made.commit))]
}

async function heard(devices: readonly Device[], commit: Uint8Array): Promise<Device[]> {
  return Promise.all(
    devices.map(async ({ leaf, state }) => ({ leaf, state: (await processCommit(state, commit, willing)).next })),
  )
}

function known({ leaf, state }: Device): Member {
  return { leaf, state: forLibrary(state) }
}
