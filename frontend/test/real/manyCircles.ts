/**
 * A person with many circles at the real server, for tests/e2e/measure_history.py. Reads a task on standard input,
 * writes one line of JSON.
 *
 * Without a code: makes the person's first device, opens the circles with it, and says what it takes to write in them
 * from outside. With a code: a new device of the same person, and how long it took to come into all of them.
 */
import { keys } from "../../src/core/circle/records.ts"
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { createCordee, type CircleId, type Cordee, type UserId } from "../../src/core/index.ts"
import { when } from "../../src/core/observable.ts"
import { readDevice } from "../../src/core/session/deviceRecord.ts"
import type { Storage } from "../../src/core/store/storage.ts"
import { place } from "../../src/core/store/table.ts"
import { nodePlatform } from "../../src/platform/node.ts"

interface Task {
  readonly url: string
  readonly cookie: string
  readonly user: UserId
  readonly circles: number
  /** Family name of somebody in the directory. */
  readonly colleague: string
  readonly code: string | null
}

async function readTask(): Promise<Task> {
  const parts: Uint8Array[] = []
  for await (const part of process.stdin) parts.push(part as Uint8Array)
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as Task
}

async function openAll(cordee: Cordee, storage: Storage, { circles, colleague }: Task): Promise<object> {
  const code = await cordee.makeKeys()
  cordee.recoveryCodeKept()
  await when(cordee.phase, ({ at }) => at === "ready")
  await when(cordee.connection, (state) => state === "online")
  const opened: CircleId[] = []
  for (let number = 1; number <= circles; number += 1) opened.push(await openOne(cordee, number, colleague))
  const device = await readDevice(storage)
  if (device === undefined) throw new Error("no device")
  return {
    code: code.join("-"),
    device: device.device,
    seed: toBase64(device.signaturePrivateKey),
    circles: await Promise.all(
      opened.map(async (id) => ({ id, key: toBase64((await keys.get(storage, id, place(1))) ?? new Uint8Array()) })),
    ),
  }
}

/** With a colleague who is asked: the vault marks a circle from its first commit on. */
async function openOne(cordee: Cordee, number: number, colleague: string): Promise<CircleId> {
  const id = await cordee.openCircle(circle(number))
  const opened = cordee.circle(id)
  await when(opened.view, ({ composer }) => composer.state === "open")
  const { candidates } = await opened.candidates(colleague)
  const candidate = candidates.find(({ invitable }) => invitable)
  if (candidate === undefined) throw new Error(`${colleague} cannot be invited`)
  await opened.invite({ candidate, role: "member", ground: "formal_team", notAfter: null })
  return id
}

function circle(number: number): Parameters<Cordee["openCircle"]>[0] {
  const two = (value: number): string => String(value).padStart(2, "0")
  return {
    patient: {
      birth_name: `ESSAI-${"ABCDEFGHIJ".charAt(number % 10)}${"ABCDEFGHIJ".charAt(Math.floor(number / 10))}`,
      used_name: null,
      given_names: "Fictive",
      birth_date: `${1930 + (number % 60)}-${two(1 + (number % 12))}-${two(1 + (number % 28))}`,
      sex: "F",
      birthplace: "38421",
      identity_status: "provisional",
      attributes: ["fictive"],
      matricule: null,
      oid: null,
    },
    informedOn: "2026-11-01",
    ground: "formal_team",
  }
}

async function comeIn(cordee: Cordee, { circles, code }: Task): Promise<object> {
  const began = performance.now()
  await cordee.unlock(code ?? "")
  await when(cordee.circles, (list) => list?.length === circles && list.every(({ composer }) => composer !== "joining"))
  const joined = performance.now() - began
  await when(cordee.circles, (list) => list?.every(({ last }) => last !== null) === true)
  return { joined, shown: performance.now() - began, refused: refused(cordee) }
}

function refused(cordee: Cordee): readonly string[] {
  return (cordee.circles.get() ?? []).flatMap(({ composer, row }) => (composer === "refused" ? [row.id] : []))
}

const task = await readTask()
const platform = nodePlatform({ origin: task.url, cookie: task.cookie })
const cordee = createCordee(platform)
await cordee.start()
const { storage } = await platform.openProfile(task.user)
const said = await (task.code === null ? openAll(cordee, storage, task) : comeIn(cordee, task))
process.stdout.write(`${JSON.stringify(said)}\n`)
await cordee.stop()
