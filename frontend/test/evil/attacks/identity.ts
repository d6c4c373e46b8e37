/** The server, or who holds a lost device, touches what a person is: keys, devices, vault. */
import { toBase64 } from "../../../src/core/encoding/base64.ts"
import { asId, type UserId } from "../../../src/core/index.ts"
import { overhears, refusedBy, type Attack } from "../attack.ts"
import { comesIn, ghost, groupOf, random } from "../ghost.ts"
import type { Json } from "../middle.ts"
import { until, type Device } from "../stage.ts"

/** What the phase says when the person's own keys are not as this device knows them. */
async function refusal({ cordee }: Device): Promise<string> {
  const phase = await until(cordee.phase, ({ at }) => at === "refused", "a refusal")
  return phase.at === "refused" ? phase.refusal.code : phase.at
}

export const IDENTITY_ATTACKS: readonly Attack[] = [
  {
    name: "rolled-back-vault",
    by: "server",
    what: "A person's vault comes back as it was before the person changed it.",
    expected: "vault_rolled_back",
    async run(stage) {
      const { coordinator, victim, his } = await stage.company()
      const old = await (
        await fetch(new URL("/api/vault", stage.url), { headers: { Cookie: victim.account.cookie } })
      ).json() as Json
      await victim.cordee.markCompared(asId<UserId>(coordinator.account.user))
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
    async run(stage) {
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
    name: "own-ghost",
    by: "server",
    what: "A device is shown to its supposed owner's circle with the old identity key, which a lost device had in its vault.",
    expected: "foreign_device",
    async run(stage) {
      const company = await stage.company()
      const { coordinator, hers, his, victim } = company
      const user = asId<UserId>(coordinator.account.user)
      const leaf = await ghost(user)
      const shown = await groupOf(coordinator, hers, stage)
      const made = await comesIn(leaf, shown)
      return refusedBy(company, () => {
        victim.middle.forge(his.id, { commit: toBase64(made.commit), epoch: shown.epoch + 1, device: leaf.device })
      })
    },
  },
]
