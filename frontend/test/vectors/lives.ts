/**
 * Random lives of a policy: at every step somebody tries something, often without right. Each attempt is written with
 * what came of it, and the next one builds on what was accepted.
 */
import { toBase64 } from "../../src/core/encoding/base64.ts"
import { sameBytes } from "../../src/core/encoding/bytes.ts"
import { readChange } from "../../src/core/policy/change.ts"
import { apply, begin } from "../../src/core/policy/fold.ts"
import type { Operation } from "../../src/core/policy/operation.ts"
import { writePolicy, type Policy } from "../../src/core/policy/policy.ts"
import { PolicyRefused } from "../../src/core/policy/refused.ts"
import { amadou, at, camille, CIRCLE, lea, person, renewed, seeded, type Someone } from "./cast.ts"
import { next } from "./chain.ts"
import { endOrder, keysOf, nina, paul, pendingPerson, restoreOrder, rotation, tablet, withKeys } from "./operations.ts"

const LIVES = 6
const STEPS = 40
const ROLES = ["coordinator", "member", "guest", "delegate"] as const

/** Numbers from a seed, each below `below`. */
function dice(name: string): (below: number) => number {
  let drawn = 0
  return (below) => {
    drawn += 1
    return new DataView(seeded(`${name} ${String(drawn)}`, 4).buffer).getUint32(0) % below
  }
}

export async function lifeVectors(): Promise<readonly object[]> {
  const people = [camille, tablet, amadou, lea, nina, paul]
  const cast = [...people, ...(await Promise.all(people.map(renewed)))]
  return Promise.all(Array.from({ length: LIVES }, (_, index) => life(`life ${String(index + 1)}`, cast)))
}

async function life(name: string, cast: readonly Someone[]): Promise<object> {
  const roll = dice(name)
  const pick = <T>(from: readonly T[]): T => {
    const found = from[roll(from.length)]
    if (found === undefined) throw new TypeError("there is something to pick")
    return found
  }
  const first = await next([], withKeys)
  let chain: readonly Uint8Array[] = [first]
  let policy = await begin(readChange(first), CIRCLE)
  const attempts: object[] = [{ change: toBase64(first), code: null }]
  for (let step = 1; step <= STEPS; step += 1) {
    const time = at(10 * step)
    // Mostly by somebody whose keys the policy pins, or nothing would ever happen.
    const pinned = cast.filter((who) => isPinned(policy, who))
    const signer = pick(pinned.length === 0 || roll(6) === 0 ? cast : pinned)
    const change = await next(chain, await attempt(cast, time, roll, pick), signer, { time })
    let code: string | null = null
    try {
      policy = await apply(policy, readChange(change))
      chain = [...chain, change]
    } catch (error) {
      if (!(error instanceof PolicyRefused)) throw error
      code = error.code
    }
    attempts.push({ change: toBase64(change), code })
  }
  return { name, attempts, policy: toBase64(writePolicy(policy)) }
}

function isPinned({ persons }: Policy, { identity, user }: Someone): boolean {
  const person = persons.get(user)
  return person?.pending === null && sameBytes(person.identity, identity)
}

async function attempt(
  cast: readonly Someone[],
  time: number,
  roll: (below: number) => number,
  pick: <T>(from: readonly T[]) => T,
): Promise<Operation> {
  const who = pick(cast)
  const { device, user } = who
  const notAfter = roll(2) === 0 ? null : time + (roll(4) - 1) * 60_000 * 60
  const order = roll(2) === 0 ? null : await endOrder(who, time - roll(3) * 60_000 * 30)
  switch (roll(10)) {
    case 0:
    case 1:
      return { type: "invite", person: person(who, pick(ROLES), notAfter) }
    case 2:
      return { type: "invite", person: pendingPerson(who) }
    case 3:
      return { type: "admit", ...keysOf(who) }
    case 4:
      return { type: "role", user, role: pick(ROLES), notAfter }
    case 5:
      return { type: "end", user, code: pick(["left", "removed", "expired"]), order }
    case 6:
      return {
        type: "revoke",
        user,
        device,
        order: order === null ? null : await endOrder(who, time, { code: "revoked", device }),
      }
    case 7:
      return { type: "rotate", rotation: await rotation(who, otherKeys(cast, who)) }
    case 8:
      return { type: "reset", ...keysOf(who) }
    default:
      return { type: "restore", order: await restoreOrder(who, time - roll(2) * 60_000 * 30) }
  }
}

/** The same person and device under the person's other identity key. */
function otherKeys(cast: readonly Someone[], who: Someone): Someone {
  const found = cast.find(({ device, identity }) => device === who.device && !sameBytes(identity, who.identity))
  if (found === undefined) throw new TypeError("everybody has two keys")
  return found
}
