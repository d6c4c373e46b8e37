/** What tests/vectors/policy.json says of the operations of a policy, here with the client's code. */
import { describe, expect, test } from "vitest"
import policies from "../../../tests/vectors/policy.json"
import { certificateInPast, pastChain } from "../../src/core/circle/past.ts"
import { fromBase64, toBase64 } from "../../src/core/encoding/base64.ts"
import { readCertificate, verifyCertificate, type Certificate } from "../../src/core/identity/certificate.ts"
import { asId, type CircleId, type DeviceId } from "../../src/core/ids.ts"
import { readChange } from "../../src/core/policy/change.ts"
import { apply, begin, fold } from "../../src/core/policy/fold.ts"
import { unfit } from "../../src/core/policy/leaves.ts"
import { readPolicy, writePolicy, type Policy } from "../../src/core/policy/policy.ts"
import { PolicyRefused } from "../../src/core/policy/refused.ts"
import { amadou, camille, lea, renewed } from "../vectors/cast.ts"
import { paul } from "../vectors/operations.ts"

const circle = asId<CircleId>(policies.circle)
const chains: Readonly<Record<string, readonly string[]>> = policies.operations.chains

/** The policy after one more change, or the code of its refusal. */
async function after(policy: Policy | undefined, change: Uint8Array): Promise<Policy | string> {
  try {
    const read = readChange(change)
    return policy === undefined ? await begin(read, circle) : await apply(policy, read)
  } catch (error) {
    if (error instanceof PolicyRefused) return error.code
    throw error
  }
}

test.each(policies.operations.cases)("operation: $name", async ({ change, code, on, policy }) => {
  const outcome = await after(await fold((chains[on] ?? []).map(fromBase64), circle), fromBase64(change))
  if (typeof outcome === "string") expect(outcome).toBe(code)
  else expect([code, toBase64(writePolicy(outcome))]).toEqual([null, policy])
})

test.each(policies.lives)("random life: $name", async ({ attempts, policy }) => {
  let now: Policy | undefined
  for (const { change, code } of attempts) {
    const outcome = await after(now, fromBase64(change))
    expect(typeof outcome === "string" ? outcome : null).toBe(code)
    if (typeof outcome !== "string") now = readPolicy(writePolicy(outcome))
  }
  expect(now === undefined ? undefined : toBase64(writePolicy(now))).toBe(policy)
})

describe("certificates of devices that are gone", () => {
  test.each([
    { on: "rotated", holder: camille },
    { on: "wasReset", holder: amadou },
  ])("are known under every key of a person: $on", async ({ holder, on }) => {
    const changes = chains[on] ?? []
    const past = pastChain({ changes }, await fold(changes.map(fromBase64), circle))
    for (const certificate of [holder.certificate, (await renewed(holder)).certificate]) {
      expect((await certificateInPast(certificate, past))?.device).toBe(holder.device)
    }
    expect(await certificateInPast((await renewed(lea)).certificate, past)).toBeUndefined()
  })
  test("are known for somebody only once admitted", async () => {
    for (const [on, device] of [
      ["team", undefined],
      ["admitted", paul.device],
    ] as const) {
      const changes = chains[on] ?? []
      const past = pastChain({ changes }, await fold(changes.map(fromBase64), circle))
      expect((await certificateInPast(paul.certificate, past))?.device).toBe(device)
    }
  })
})

describe("leaves that a commit removes", () => {
  test.each(policies.leaves.cases)("leaves: $name", async ({ after: written, committer, gone }) => {
    const roster = await Promise.all(policies.leaves.roster.map(verified))
    const before = readPolicy(fromBase64(policies.leaves.before))
    const found = unfit(before, readPolicy(fromBase64(written)), roster, asId<DeviceId>(committer))
    expect([...found].sort()).toEqual([...gone].sort())
  })
})

async function verified(entry: { certificate: string; identity: string }): Promise<Certificate> {
  const certificate = await verifyCertificate(readCertificate(fromBase64(entry.certificate)), fromBase64(entry.identity))
  if (certificate === undefined) throw new TypeError("certificates of the cast")
  return certificate
}
