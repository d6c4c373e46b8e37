/** The server tries to put somebody into a circle, or to keep somebody in it. */
import { decodeRatchetTree, encodeRatchetTree } from "ts-mls/ratchetTree.js"
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { newId } from "../../../src/core/encoding/uuid.ts"
import { asId, type Circle, type UserId } from "../../../src/core/index.ts"
import { commitPolicy, policy } from "../../../src/core/mls/group.ts"
import { makeChange, readChange } from "../../../src/core/policy/change.ts"
import { writeNote } from "../../../src/core/policy/note.ts"
import { readPolicy, writePolicy } from "../../../src/core/policy/policy.ts"
import { type Attack, type Outcome, refusedBy } from "../attack.ts"
import { comesIn, ghost, groupOf, random } from "../ghost.ts"
import type { ForgedCommit, Json } from "../middle.ts"
import {
  accepted,
  invited,
  meanwhile,
  signerOf,
  stateOf,
  texts,
  until,
  type Company,
  type Device,
  type Stage,
} from "../stage.ts"

async function ghostOf(user: (company: Company) => string, stage: Stage): Promise<Outcome> {
  const company = await stage.company()
  const { coordinator, hers, his, victim } = company
  const leaf = await ghost(user(company))
  const shown = await groupOf(coordinator, hers, stage)
  const made = await comesIn(leaf, shown)
  return refusedBy(company, () => {
    victim.middle.forge(his.id, { commit: toBase64(made.commit), epoch: shown.epoch + 1, device: leaf.device })
  })
}

interface Ending {
  readonly by: Device
  readonly circle: Circle
  readonly user: string
  readonly removeLeaves: readonly number[]
  /** Signs with this instead of its own key. */
  readonly signaturePrivateKey?: Uint8Array
}

/** A commit that ends somebody's place, whatever right its maker has to it. */
async function endOf({ by, circle, user, removeLeaves, signaturePrivateKey }: Ending): Promise<ForgedCommit> {
  const state = await stateOf(by, circle)
  const device = await signerOf(by)
  const key = signaturePrivateKey ?? device.signaturePrivateKey
  const before = readPolicy(policy(state))
  const time = Date.now()
  const op = { type: "end", user: asId<UserId>(user), code: "removed", order: null } as const
  const n = before.head.n + 1
  const signer = { ...device, signaturePrivateKey: key }
  const change = await makeChange({ circle: circle.id, n, prev: before.head.hash, op, time }, signer)
  const persons = new Map([...before.persons].filter(([each]) => each !== op.user))
  const made = await commitPolicy(
    { ...state, signaturePrivateKey: key },
    {
      policy: writePolicy({ ...before, persons, head: { n, hash: readChange(change).hash } }),
      removeLeaves,
      authenticatedData: writeNote(time, [change]),
    },
  )
  return { commit: toBase64(made.commit), epoch: Number(state.groupContext.epoch) + 1, device: device.device }
}

/** A third person who has come into the circle, and whom everybody sees there. */
async function thirdOf(stage: Stage, { hers, his }: Company, role?: "coordinator"): Promise<[Device, Circle]> {
  const third = await stage.first()
  await invited(hers, third.account, role)
  const theirs = await accepted(third)
  await until(his.view, ({ readers }) => readers?.people === 3, "three readers")
  return [third, theirs]
}

/** A person who has been invited, and is shown something else than the circle. */
async function shownTo(stage: Stage, tamper: (path: string, answer: Json) => Json | Promise<Json>): Promise<Outcome> {
  const { coordinator, hers } = await stage.company()
  const joiner = await stage.first()
  await invited(hers, joiner.account)
  joiner.middle.hands.answer = tamper
  const told = await accepted(joiner).then(
    () => "came in",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )
  // Nothing was given away, and the honest circle can still be joined.
  joiner.middle.behave()
  const view = (await accepted(joiner)).view.get()
  return { told, kept: view.composer.state === "open", readable: coordinator.failures.length > 0 }
}

export const MEMBERSHIP_ATTACKS: readonly Attack[] = [
  {
    name: "ghost-device",
    by: "server",
    what: "A device is added in the name of a member, certified by a key that is not the member's.",
    expected: "foreign_device",
    run: (stage: Stage): Promise<Outcome> => ghostOf(({ coordinator }) => coordinator.account.user, stage),
  },
  {
    name: "ghost-user",
    by: "server",
    what: "Somebody comes in whom nobody has invited.",
    expected: "foreign_device",
    run: (stage: Stage): Promise<Outcome> => ghostOf(() => newId<UserId>(random), stage),
  },
  {
    name: "forged-policy",
    by: "server",
    what: "A commit in the coordinator's name invites somebody; it is signed by nobody's key.",
    expected: "invalid_commit",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, hers, his, victim } = company
      const forged = await endOf({
        by: coordinator,
        circle: hers,
        user: victim.account.user,
        removeLeaves: [],
        signaturePrivateKey: random.randomBytes(32),
      })
      return refusedBy(company, () => {
        victim.middle.forge(his.id, forged)
      })
    },
  },
  {
    name: "swapped-certificate",
    by: "server",
    what: "A joiner is shown the tree with another certificate in a member's leaf.",
    expected: "invalid_commit",
    async run(stage: Stage): Promise<Outcome> {
      return shownTo(stage, async (path, answer) => {
        if (!path.endsWith("/group")) return answer
        const [tree] = decodeRatchetTree(fromBase64(String(answer["tree"])), 0) ?? []
        const first = tree?.find((node) => node?.nodeType === "leaf")
        if (tree === undefined || first?.nodeType !== "leaf" || first.leaf.credential.credentialType !== "basic") {
          throw new Error("no leaf")
        }
        const { certificate } = await ghost(newId<UserId>(random))
        const swapped = {
          ...first,
          leaf: { ...first.leaf, credential: { ...first.leaf.credential, identity: certificate } },
        }
        return { ...answer, tree: toBase64(encodeRatchetTree(tree.map((node) => (node === first ? swapped : node)))) }
      })
    },
  },
  {
    name: "different-rosters",
    by: "server",
    what: "A joiner is shown a roster from which a member is missing.",
    expected: "invalid_commit",
    async run(stage: Stage): Promise<Outcome> {
      return shownTo(stage, (path, answer) => {
        if (!path.endsWith("/group")) return answer
        const [tree] = decodeRatchetTree(fromBase64(String(answer["tree"])), 0) ?? []
        if (tree === undefined) throw new Error("no tree")
        const last = tree.findLastIndex((node) => node?.nodeType === "leaf")
        return { ...answer, tree: toBase64(encodeRatchetTree(tree.slice(0, Math.max(1, last - 1)))) }
      })
    },
  },
  {
    name: "withheld-removal",
    by: "server",
    what: "A member is not shown that another was removed, and what follows is put in its place.",
    expected: "wrong_place",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { hers, his, victim } = company
      const [third] = await thirdOf(stage, company)
      return refusedBy(company, async () => {
        victim.middle.hands.answer = (path, answer) =>
          path.includes("/items?since=") ? { ...answer, items: [], head: 0 } : answer
        victim.middle.hands.down = (frame) => (frame["t"] === "item" || frame["t"] === "changed" ? [] : [frame])
        await hers.end(asId<UserId>(third.account.user), "removed", "essai")
        await hers.send("mésange-charbonnière")
        await until(hers.view, () => texts(hers).includes("mésange-charbonnière"), "the message after the removal")
        const sent = company.coordinator.middle.heard
          .map((text) => JSON.parse(text) as Json)
          .findLast((frame) => frame["t"] === "send")?.["env"]
        victim.middle.forge(his.id, { env: String(sent) })
      })
    },
  },
  {
    name: "shortened-chain",
    by: "server",
    what: "A joiner is shown a chain of changes that ends before its own invitation.",
    expected: "broken_chain",
    run: (stage: Stage): Promise<Outcome> =>
      shownTo(stage, (path, answer) =>
        path.endsWith("/chain") ? { ...answer, changes: (answer["changes"] as string[]).slice(0, -1) } : answer,
      ),
  },
  {
    name: "no-invitation",
    by: "server",
    what: "A joiner is shown a circle without the signed invitation that names it.",
    expected: "broken_chain",
    run: (stage: Stage): Promise<Outcome> =>
      shownTo(stage, (path, answer) => (path.endsWith("/chain") ? { ...answer, invitation: null } : answer)),
  },
  {
    name: "invented-circle",
    by: "server",
    what: "A joiner is shown a group of the server's own making around the true chain.",
    expected: "foreign_device",
    async run(stage: Stage): Promise<Outcome> {
      const leaf = await ghost(newId<UserId>(random))
      return shownTo(stage, async (path, answer) => {
        if (!path.endsWith("/group")) return answer
        const { createGroup, groupInfo } = await import("../../../src/core/mls/group.ts")
        const { decodeGroupInfo } = await import("ts-mls/groupInfo.js")
        const [honest] = decodeGroupInfo(fromBase64(String(answer["group_info"])), 0) ?? []
        const extension = honest?.groupContext.extensions.at(-1)
        if (honest === undefined || extension === undefined) throw new Error("no policy")
        const made = await groupInfo(
          await createGroup({ groupId: honest.groupContext.groupId, leaf, policy: extension.extensionData }),
        )
        return { ...answer, epoch: 0, group_info: toBase64(made.groupInfo), tree: toBase64(made.ratchetTree) }
      })
    },
  },
  {
    name: "removed-coordinator",
    by: "member",
    what: "A coordinator who has just been removed commits too, and the server shows that commit after the removal.",
    expected: "fork",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, hers, his, victim } = company
      const [rival, theirs] = await thirdOf(stage, company, "coordinator")
      const { user } = coordinator.account
      const forged = await endOf({ by: rival, circle: theirs, user, removeLeaves: [0] })
      await hers.end(asId<UserId>(rival.account.user), "removed", "essai")
      await until(his.view, ({ readers }) => readers?.people === 2, "two readers")
      await meanwhile(200)
      return refusedBy(company, () => {
        victim.middle.forge(his.id, forged)
      })
    },
  },
  {
    name: "member-without-right",
    by: "member",
    what: "A member who is no coordinator ends the coordinator, in a commit that is well made otherwise.",
    expected: "policy_without_right",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, his, victim } = company
      const [third, theirs] = await thirdOf(stage, company)
      const { user } = coordinator.account
      const forged = await endOf({ by: third, circle: theirs, user, removeLeaves: [0] })
      return refusedBy(company, () => {
        victim.middle.forge(his.id, forged)
      })
    },
  },
]
