/** Old groups, invented groups, and history that is given wrongly. */
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { sealTo } from "../../../src/core/circle/epochKeys.ts"
import { itemDigest, nextPlace } from "../../../src/core/envelope/log.ts"
import { asId, type GrantId, type UserId } from "../../../src/core/index.ts"
import { createGroup, groupInfo, policy } from "../../../src/core/mls/group.ts"
import { type Attack, type Outcome, overhears } from "../attack.ts"
import { asServer, groupOf, type Shown } from "../ghost.ts"
import type { Json } from "../middle.ts"
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

/**
 * A joiner comes into what the server shows it, and the server plays everything that follows: its commit is taken, the
 * log goes on. It must not write a word.
 */
async function playedTo(
  stage: Stage,
  { coordinator, hers }: Company,
  joiner: Device,
  shown: Shown,
  chain: Json,
): Promise<Outcome> {
  const { middle } = joiner
  const detail = await asServer<Json>(`/api/circles/${hers.id}`, coordinator.account, stage)
  const place = { seq: 3, hash: new Uint8Array(32).fill(1) }
  let item: Json = {}
  middle.hands.instead = (_method, path) => {
    if (path.endsWith("/group")) return shown
    if (path.endsWith("/chain")) return chain
    if (path.includes(`/circles/${hers.id}/items`))
      return { items: [item], head: 4, base: { seq: 3, hash: toBase64(place.hash) } }
    if (path.endsWith("/receipts")) return { receipts: [] }
    if (path.endsWith("/duties")) return NOTHING_DUE
    if (path.startsWith("/api/keys")) return { keys: [] }
    if (path === `/api/circles/${hers.id}`) return { ...detail, abilities: ["read", "send"] }
    return undefined
  }
  middle.hands.up = (frame) => {
    if (frame["t"] === "commit") {
      const commit = String(frame["commit"])
      const { hash, seq } = nextPlace(place, itemDigest(fromBase64(commit)))
      const made = { seq, hash: toBase64(hash), epoch: shown.epoch + 1 }
      item = { ...made, kind: "commit", at: new Date().toISOString(), commit, device: joinerDevice }
      middle.say({ t: "committed", ref: frame["ref"], circle: hers.id, ...made })
      return []
    }
    if (frame["t"] === "join") {
      middle.say({
        t: "joined",
        circle: hers.id,
        seq: 4,
        epoch: shown.epoch + 1,
        rekey_required: false,
        rv: 1,
        abilities: ["read", "send"],
      })
      return []
    }
    return frame["circle"] === hers.id && frame["t"] !== "send" ? [] : [frame]
  }
  const joinerDevice = (await signerOf(joiner)).device
  const [invitation] =
    (await until(joiner.cordee.invitations, (each) => (each?.length ?? 0) > 0, "an invitation")) ?? []
  if (invitation === undefined) throw new Error("not invited")
  await joiner.cordee.accept(invitation.id)
  const circle = joiner.cordee.circle(hers.id)
  await until(circle.view, ({ composer }) => composer.state === "unconfirmed", "waiting for a word")
  const sent = await circle.send("mésange-charbonnière").then(
    () => "kept",
    () => "refused",
  )
  await meanwhile(1_500)
  const told = circle.view.get().composer.state
  const left = middle.heard.some((each) => each.includes('"t":"send"'))
  return {
    told: left ? `sent after ${sent}` : told,
    kept: hers.view.get().composer.state === "open",
    readable: overhears([joiner]),
  }
}

const NOTHING_DUE = {
  orders: [],
  admissions: [],
  resets: [],
  rotations: [],
  restorations: [],
  reports: [],
  reminders: [],
  seen: [],
  attestations: {},
}

/** Gives history with other keys than the epochs have. */
async function givenWrongly(stage: Stage): Promise<Outcome> {
  const { coordinator, hers } = await stage.company()
  const newcomer = await stage.first()
  await invited(hers, newcomer.account)
  const theirs = await accepted(newcomer)
  const { history_key } = await asServer<{ history_key: string }>("/api/me", newcomer.account, stage)
  const user = asId<UserId>(newcomer.account.user)
  const contentKey = new Uint8Array(32).fill(9)
  coordinator.middle.hands.up = async (frame) => {
    if (frame["t"] !== "grant") return [frame]
    const grant = asId<GrantId>(String((JSON.parse(atob(String(frame["grant"]))) as Json)["id"]))
    const keys: Record<string, string> = {}
    for (const epoch of Object.keys(frame["keys"] as Json)) {
      keys[epoch] = await sealTo(
        fromBase64(history_key),
        { circle: hers.id, epoch: Number(epoch), contentKey },
        user,
        grant,
      )
    }
    return [{ ...frame, keys }]
  }
  await hers.grantHistory(user, 0)
  await until(theirs.view, ({ hasEarlier }) => hasEarlier, "what came before")
  await theirs.loadEarlier()
  const { entries } = await until(
    theirs.view,
    (view) => view.entries.some(({ kind }) => kind === "unreadable"),
    "what cannot be read",
  )
  const why = entries.flatMap((entry) => (entry.kind === "unreadable" ? [entry.why] : []))
  return {
    told: why.every((each) => each === "wrong_key") ? "wrong_key" : why.join(),
    kept: theirs.view.get().composer.state === "open" && !texts(theirs).includes("un"),
    readable: overhears([newcomer]),
  }
}

export const HISTORY_ATTACKS: readonly Attack[] = [
  {
    name: "old-group",
    by: "server",
    what: "A joiner is shown the circle as it was before somebody was removed, and the server plays everything after it.",
    expected: "unconfirmed",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, hers, his } = company
      const joiner = await stage.first()
      await invited(hers, joiner.account)
      const shown = await groupOf(coordinator, hers, stage)
      const chain = await asServer<Json>(`/api/circles/${hers.id}/chain`, joiner.account, stage)
      await hers.end(asId<UserId>(company.victim.account.user), "removed", "essai")
      await until(his.view, ({ composer }) => composer.state === "left", "the removal")
      return playedTo(stage, company, joiner, shown, chain)
    },
  },
  {
    name: "invented-by-a-member",
    by: "member",
    what: "A member's device makes a group of its own around the true chain, and the server shows it to a joiner.",
    expected: "unconfirmed",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, hers, his, victim } = company
      const joiner = await stage.first()
      await invited(hers, joiner.account)
      const { groupContext } = await stateOf(coordinator, hers)
      while ((await stateOf(victim, his)).groupContext.epoch < groupContext.epoch) await meanwhile(100)
      const state = await stateOf(victim, his)
      const record = await signerOf(victim)
      const leaf = state.ratchetTree.find(
        (node) =>
          node?.nodeType === "leaf" &&
          node.leaf.credential.credentialType === "basic" &&
          toBase64(node.leaf.credential.identity) === toBase64(record.certificate),
      )
      if (leaf?.nodeType !== "leaf") throw new Error("no leaf")
      const made = await groupInfo(
        await createGroup({
          groupId: state.groupContext.groupId,
          leaf: { ...record, signaturePublicKey: leaf.leaf.signaturePublicKey },
          policy: policy(state),
        }),
      )
      const chain = await asServer<Json>(`/api/circles/${hers.id}/chain`, joiner.account, stage)
      const honest = await groupOf(coordinator, hers, stage)
      const shown = { ...honest, epoch: 0, group_info: toBase64(made.groupInfo), tree: toBase64(made.ratchetTree) }
      return playedTo(stage, company, joiner, shown, chain)
    },
  },
  {
    name: "wrong-key-in-a-grant",
    by: "member",
    what: "A coordinator gives history with keys that are not those of the epochs.",
    expected: "wrong_key",
    run: givenWrongly,
  },
]
