/** What an attack is, and how its outcome is judged: what the victim was told, what it kept, what the attacker read. */
import type { Circle } from "../../src/core/index.ts"
import { groups } from "../../src/core/circle/records.ts"
import { sameBytes } from "../../src/core/encoding/bytes.ts"
import { refused, texts, type Company, type Device, type Stage } from "./stage.ts"

export interface Attack {
  readonly name: string
  readonly by: "server" | "member"
  /** In words, for the table. */
  readonly what: string
  /** The code of what the victim is told, or in a word what it sees. */
  readonly expected: string
  readonly run: (stage: Stage) => Promise<Outcome>
}

export interface Outcome {
  readonly told: string
  /** State and messages are as they were. */
  readonly kept: boolean
  /** The attacker holds something that only the circle should read. */
  readonly readable: boolean
}

/** An attack on a circle that was honest until now; the victim must refuse, keep everything and give nothing away. */
export async function refusedBy(
  { coordinator, his, victim }: Company,
  attack: () => Promise<void> | void,
): Promise<Outcome> {
  const before = await snapshot(victim, his)
  await attack()
  const told = await refused(his)
  return { told, kept: await isAsBefore(victim, his, before), readable: overhears([coordinator, victim]) }
}

export interface Snapshot {
  readonly state: Uint8Array
  readonly texts: readonly string[]
}

export async function snapshot({ storage }: Device, circle: Circle): Promise<Snapshot> {
  return { state: (await groups.get(storage, circle.id)) ?? new Uint8Array(), texts: texts(circle) }
}

/** What was read is still there, and the group did not move. */
export async function isAsBefore(device: Device, circle: Circle, before: Snapshot): Promise<boolean> {
  const now = await snapshot(device, circle)
  return sameBytes(now.state, before.state) && before.texts.every((text, at) => now.texts[at] === text)
}

/** Whether any text that was written stands in what passed, in the clear or as base64. */
export function overhears(devices: readonly Device[], words: readonly string[] = CANARIES): boolean {
  return devices.some(({ middle }) =>
    middle.heard.some((each) => words.some((word) => each.includes(word) || each.includes(btoa(word).slice(0, -4)))),
  )
}

/** Words that attacks write into circles: long enough never to occur by chance. */
export const CANARIES = ["mésange-charbonnière", "bergeronnette", "encore-un-secret"] as const
