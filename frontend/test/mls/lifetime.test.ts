/** RFC 9420 §7.2: how long a leaf from a key package is valid. */
import { defaultLifetime } from "ts-mls"
import { expect, it } from "vitest"
import { createGroup } from "../../src/core/mls/group.ts"
import { CIRCLE, device, leafNode, NOW, text } from "./cast.ts"

const SECONDS = BigInt(NOW.getTime() / 1000)
const DAY = 86_400n

it("the library's default runs from an hour ago to 84 days ahead", () => {
  expect(defaultLifetime(NOW.getTime())).toEqual({ notBefore: SECONDS - 3600n, notAfter: SECONDS + 84n * DAY })
})

it("a founder's leaf has the same, by the clock that is handed in", async () => {
  const state = await createGroup({ groupId: CIRCLE, leaf: device("Anne"), policy: text("policy 0"), now: NOW })
  const leaf = leafNode(state.ratchetTree, 0)
  expect(leaf.leafNodeSource === "key_package" && leaf.lifetime).toEqual({
    notBefore: SECONDS - 3600n,
    notAfter: SECONDS + 84n * DAY,
  })
})
