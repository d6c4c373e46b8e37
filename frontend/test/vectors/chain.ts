/** Chains of the vectors: the next change, grown or bent. */
import { fromUtf8, utf8 } from "../../src/core/encoding/bytes.ts"
import { makeChange, NO_HASH, readChange, type NewChange } from "../../src/core/policy/change.ts"
import type { Operation } from "../../src/core/policy/operation.ts"
import { at, camille, CIRCLE, person, type Someone } from "./cast.ts"

export const create = {
  type: "create",
  person: person(camille, "coordinator"),
  suite: 1,
  orders: null,
  steward: null,
} satisfies Operation

/** The next change of a chain, with whatever the case bends. */
export async function next(
  chain: readonly Uint8Array[],
  op: Operation,
  signer: Someone = camille,
  bent: Partial<NewChange> = {},
): Promise<Uint8Array> {
  const last = chain.at(-1)
  const change = { circle: CIRCLE, n: chain.length, prev: last === undefined ? NO_HASH : readChange(last).hash, op }
  return makeChange({ ...change, time: at(10 * chain.length), ...bent }, signer)
}

export async function grow(chain: readonly Uint8Array[], ...ops: readonly Operation[]): Promise<readonly Uint8Array[]> {
  let grown = chain
  for (const op of ops) grown = [...grown, await next(grown, op)]
  return grown
}

export const invite = (
  who: Someone,
  role: "coordinator" | "member" | "guest" = "member",
  notAfter: number | null = null,
): Operation => ({
  type: "invite",
  person: person(who, role, notAfter),
})
export const end = (who: Someone, code: "removed" | "declined" | "left" = "removed"): Operation => ({
  type: "end",
  user: who.user,
  code,
  order: null,
})

/** Bytes with one JSON replacement: still signed as they were before. */
export function rewritten(raw: Uint8Array, from: string, to: string): Uint8Array {
  const text = fromUtf8(raw)
  if (!text.includes(from)) throw new TypeError(`nothing to rewrite: ${from}`)
  return utf8(text.replace(from, to))
}
