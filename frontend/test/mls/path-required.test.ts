/** RFC 9420 §12.4: which commits carry a path, and under which group context its secrets travel. */
import { describe, expect, it } from "vitest"
import { commitPolicy, contentKey, policy, processCommit } from "../../src/core/mls/group.ts"
import { CIRCLE, circle, committed, device, libraryGroup, publicMessage, received, text, TIME, willing } from "./cast.ts"
import { changedCommit } from "./hostile.ts"
import type { Proposal } from "ts-mls"
import { circleExtensions } from "../../src/core/mls/context.ts"

function extensions(...policies: string[]): Proposal {
  return {
    proposalType: "group_context_extensions",
    groupContextExtensions: { extensions: policies.flatMap((words) => circleExtensions(text(words))) },
  }
}

describe("a commit that only changes the policy", () => {
  it("carries a path", async () => {
    const [anne] = await libraryGroup("Anne", "Bruno")
    const { content } = publicMessage((await committed(anne, [extensions("policy 1")])).commit)
    expect(content.contentType === "commit" && content.commit.path !== undefined).toBe(true)
  })

  it("is taken by everyone, with its path secrets under the new group context", async () => {
    const [anne, bruno] = await circle(device("Anne"), device("Bruno"))
    const made = await commitPolicy(anne, { policy: text("policy 1"), authenticatedData: TIME })
    const { next } = await processCommit(bruno, made.commit, willing)
    expect(policy(next)).toEqual(text("policy 1"))
    expect(await contentKey(next, CIRCLE)).toEqual(await contentKey(made.next, CIRCLE))
  })

  it("is refused without a path", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const { commit } = await committed(anne, [extensions("policy 1")])
    const pathless = await changedCommit(commit, anne, ({ proposals }) => ({ proposals, path: undefined }))
    await expect(received(bruno, pathless)).rejects.toThrow("Update path is required")
  })

  it("replaces the extensions also by an empty list", async () => {
    const [anne, bruno] = await libraryGroup("Anne", "Bruno")
    const made = await committed(anne, [extensions()])
    expect(made.newState.groupContext.extensions).toEqual([])
    expect((await received(bruno, made.commit)).groupContext.extensions).toEqual([])
  })
})

describe("a commit that removes and changes the policy", () => {
  it("is taken by those who stay", async () => {
    const [anne, , chloe] = await circle(device("Anne"), device("Bruno"), device("Chloé"))
    const made = await commitPolicy(anne, { policy: text("policy 1"), removeLeaves: [1], authenticatedData: TIME })
    const { next, summary } = await processCommit(chloe, made.commit, willing)
    expect(summary.removed.map(({ leaf }) => leaf)).toEqual([1])
    expect(await contentKey(next, CIRCLE)).toEqual(await contentKey(made.next, CIRCLE))
  })
})
