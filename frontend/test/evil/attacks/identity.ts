/** The server, or who holds a lost device, touches what a person is: keys, devices, vault. */
import { ed25519, x25519 } from "@noble/curves/ed25519.js"
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import { signHistoryKey } from "../../../src/core/identity/historyKey.ts"
import { readRecoveryCode } from "../../../src/core/identity/recoveryCode.ts"
import { asId, type UserId } from "../../../src/core/index.ts"
import type { OwnLeaf } from "../../../src/core/mls/group.ts"
import { openVault } from "../../../src/core/vault/sealing.ts"
import { RECOVERY, recoveryKey, unwrap } from "../../../src/core/vault/unlockers.ts"
import { sealedVault } from "../../../src/core/vault/vault.ts"
import { type Attack, type Outcome, overhears } from "../attack.ts"
import { asServer, comesIn, ghost, groupOf, random } from "../ghost.ts"
import type { Json } from "../middle.ts"
import {
  invited,
  meanwhile,
  refused,
  signerOf,
  stateOf,
  until,
  writable,
  type Company,
  type Device,
  type Stage,
} from "../stage.ts"

/** What the phase says when the person's own keys are not as this device knows them. */
async function refusal({ cordee }: Device): Promise<string> {
  const phase = await until(cordee.phase, ({ at }) => at === "refused", "a refusal")
  return phase.at === "refused" ? phase.refusal.code : phase.at
}

/** The device comes in by external commit, as the coordinator is shown it. */
async function returns(
  { coordinator, hers }: Company,
  leaf: OwnLeaf & { device: string },
  stage: Stage,
): Promise<Outcome> {
  // What was due after the removal is done: the commit is for the epoch that the coordinator has.
  let shown = await groupOf(coordinator, hers, stage)
  for (let settled = false; !settled;) {
    await meanwhile(1_500)
    const now = await groupOf(coordinator, hers, stage)
    settled = now.epoch === shown.epoch && Number((await stateOf(coordinator, hers)).groupContext.epoch) === now.epoch
    shown = now
  }
  const made = await comesIn(leaf, shown)
  const before = hers.view.get().readers
  coordinator.middle.forge(hers.id, { commit: toBase64(made.commit), epoch: shown.epoch + 1, device: leaf.device })
  const told = await refused(hers)
  const after = hers.view.get().readers
  return { told, kept: after?.devices === before?.devices, readable: overhears([coordinator]) }
}

async function secondDevice(stage: Stage, { coordinator, hers, his, victim }: Company): Promise<Device> {
  const phone = await stage.further(victim)
  await writable(phone.cordee, his.id)
  await until(hers.view, ({ readers }) => readers?.devices === 3, "the phone")
  await until(coordinator.cordee.connection, (state) => state === "online", "online")
  return phone
}

/** The seed of a person's identity key, for who has once opened the vault. */
async function vaultOpenedBy({ account }: Device, code: string, stage: Stage): Promise<Uint8Array> {
  const blobs = await asServer<Parameters<typeof sealedVault>[0]>("/api/vault", account, stage)
  const read = readRecoveryCode(code)
  const wrapper = blobs.wrappers.find(({ unlocker }) => unlocker === RECOVERY)
  if (!read.ok || wrapper === undefined) throw new Error("no way into the vault")
  const user = asId<UserId>(account.user)
  const wrapping = { user, key: blobs.key, unlocker: RECOVERY }
  const vaultKey = await unwrap(fromBase64(wrapper.blob), recoveryKey(read.bytes, user), wrapping)
  if (vaultKey === undefined) throw new Error("the code opens nothing")
  return (await openVault(user, sealedVault(blobs), vaultKey)).identity
}

/** Duties with somebody's keys swapped for the attacker's. */
async function swapped(path: string, answer: Json, list: "admissions" | "resets", user: string): Promise<Json> {
  if (!path.endsWith("/duties")) return answer
  return { ...answer, [list]: [await forgedKeys(user)] }
}

const forged = new Map<string, Json>()

async function forgedKeys(user: string): Promise<Json> {
  const seed = random.randomBytes(32)
  const history = x25519.getPublicKey(random.randomBytes(32))
  const known = forged.get(user) ?? {
    user,
    identity_key: toBase64(ed25519.getPublicKey(seed)),
    history_key: toBase64(history),
    history_sig: toBase64(await signHistoryKey(seed, asId<UserId>(user), history)),
    since: new Date().toISOString(),
  }
  forged.set(user, known)
  return known
}

export const IDENTITY_ATTACKS: readonly Attack[] = [
  {
    name: "rolled-back-vault",
    by: "server",
    what: "A person's vault comes back as it was before the person changed it.",
    expected: "vault_rolled_back",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, his, victim } = await stage.company()
      const old = await asServer<Json>("/api/vault", victim.account, stage)
      const other = asId<UserId>(coordinator.account.user)
      await victim.cordee.safetyNumber(other)
      await victim.cordee.markCompared(other)
      victim.middle.hands.answer = (path, answer) => (path === "/api/vault" ? old : answer)
      const told = await refusal(await stage.reloaded(victim))
      return { told, kept: his.view.get().entries.length > 0, readable: overhears([victim]) }
    },
  },
  {
    name: "unrequested-reset",
    by: "server",
    what: "The server says that this person has another identity, which the person has not asked for.",
    expected: "identity_changed",
    async run(stage: Stage): Promise<Outcome> {
      const { victim } = await stage.company()
      victim.middle.hands.answer = (path, answer) =>
        path === "/api/me" ? { ...answer, identity_key: toBase64(random.randomBytes(32)) } : answer
      const again = await stage.reloaded(victim)
      const told = await refusal(again)
      victim.middle.behave()
      const honest = await stage.reloaded(again)
      await until(honest.cordee.phase, ({ at }) => at === "ready", "the honest server again")
      return { told, kept: true, readable: overhears([victim]) }
    },
  },
  {
    name: "unrequested-reset-in-a-circle",
    by: "server",
    what: "A coordinator is told that a member has new keys, which are the attacker's: nothing happens without a hand.",
    expected: "waits for a hand",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, hers, victim } = await stage.company()
      const { user } = victim.account
      coordinator.middle.hands.answer = (path, answer) => swapped(path, answer, "resets", user)
      const before = hers.view.get().readers
      coordinator.middle.say({ t: "changed", what: "circle", circle: hers.id })
      const view = await until(hers.view, ({ waiting }) => waiting.resets.length === 1, "the reset that is claimed")
      await meanwhile(1_500)
      const attested = view.waiting.resets[0]?.attested
      const committed = coordinator.middle.heard.some((each) => each.includes('"do":"policy"'))
      return {
        told:
          attested === false && !committed
            ? "waits for a hand"
            : `attested ${String(attested)}, committed ${String(committed)}`,
        kept: hers.view.get().readers?.devices === before?.devices,
        readable: overhears([coordinator]),
      }
    },
  },
  {
    name: "swapped-pending-keys",
    by: "server",
    what: "The keys of somebody who was invited before having any are swapped for the attacker's on their way to the coordinator.",
    expected: "waits for a hand",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, hers } = await stage.company()
      const account = stage.someone()
      await invited(hers, account)
      const invitee = await stage.first(account)
      coordinator.middle.hands.answer = (path, answer) => swapped(path, answer, "admissions", account.user)
      const list = await until(invitee.cordee.invitations, (each) => (each?.length ?? 0) > 0, "an invitation")
      const [invitation] = list ?? []
      if (invitation === undefined) throw new Error("not invited")
      await invitee.cordee.accept(invitation.id)
      const view = await until(hers.view, ({ waiting }) => waiting.admissions.length === 1, "who waits")
      await meanwhile(1_500)
      // A careless hand would let the attacker's keys in; the server, if it were honest, would not.
      await hers.admit(asId<UserId>(account.user)).catch(() => undefined)
      await meanwhile(1_500)
      const came = invitee.cordee.circle(hers.id).view.get().composer.state
      const attested = view.waiting.admissions[0]?.attested
      return {
        told: attested === false && came !== "open" ? "waits for a hand" : `attested ${String(attested)}, ${came}`,
        kept: hers.view.get().readers?.people === 2,
        readable: overhears([coordinator, invitee]),
      }
    },
  },
  {
    name: "revoked-device-returns",
    by: "server",
    what: "A device that its owner has taken away comes in again with the certificate that it had.",
    expected: "foreign_device",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const phone = await secondDevice(stage, company)
      const record = await signerOf(phone)
      const leaf = { ...record, signaturePublicKey: ed25519.getPublicKey(Uint8Array.from(record.signaturePrivateKey)) }
      await company.victim.cordee.revokeDevice(record.device)
      await until(company.hers.view, ({ readers }) => readers?.devices === 2, "the removal")
      return returns(company, leaf, stage)
    },
  },
  {
    name: "lost-device-returns",
    by: "server",
    what: "A lost device that had opened the vault certifies a new device with the identity key that it found there.",
    expected: "foreign_device",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const phone = await secondDevice(stage, company)
      const { device } = await signerOf(phone)
      const identity = Uint8Array.from(await vaultOpenedBy(phone, stage.codeOf(phone.account), stage))
      await company.victim.cordee.deviceLost(device)
      company.victim.cordee.recoveryCodeKept()
      await until(company.hers.view, ({ readers }) => readers?.devices === 2, "the new keys")
      const stale = await vaultOpenedBy(phone, stage.codeOf(phone.account), stage).then(
        () => "opened",
        () => "closed",
      )
      const outcome = await returns(company, await ghost(company.victim.account.user, identity), stage)
      return { ...outcome, readable: outcome.readable || stale === "opened" }
    },
  },
]
