/** The server touches the log of a circle: it drops, swaps, repeats, moves and forks. */
import { refusedBy, type Attack, type Outcome } from "../attack.ts"
import { opened, shows, texts, meanwhile, until, type Company, type Stage } from "../stage.ts"
import type { Json } from "../middle.ts"

/** The last envelope that passed on its way to this device, in this circle. */
function lastEnvelope({ middle }: Company["victim"], circle: string): string {
  const frames = middle.heard.map((text) => JSON.parse(text) as Json)
  const items = frames.flatMap((frame) => (Array.isArray(frame["items"]) ? (frame["items"] as Json[]) : [frame]))
  const env = items.findLast((item) => typeof item["env"] === "string" && (item["circle"] ?? circle) === circle)?.[
    "env"
  ]
  if (typeof env !== "string") throw new Error("no envelope has passed")
  return env
}

export const LOG_ATTACKS: readonly Attack[] = [
  {
    name: "drop",
    by: "server",
    what: "A message is dropped, and the log closed over it: the next one takes its place.",
    expected: "altered_log",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { hers, his, victim } = company
      return refusedBy(company, async () => {
        let dropped = 0
        victim.middle.hands.down = (frame) => {
          if (frame["t"] !== "item") return [frame]
          dropped += 1
          return dropped === 1 ? [] : [{ ...frame, seq: Number(frame["seq"]) - 1 }]
        }
        await hers.send("mésange-charbonnière")
        await hers.send("bergeronnette")
        await until(his.view, ({ composer }) => composer.state === "refused", "the refusal")
      })
    },
  },
  {
    name: "withhold-one",
    by: "server",
    what: "A message is withheld from one member: there is a hole, the member asks for it and says nothing until it is filled.",
    expected: "nothing out of order",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, hers, his, victim } = await stage.company()
      const seen = Math.max(...his.view.get().entries.map(({ seq }) => seq ?? 0))
      victim.middle.hands.down = (frame) => (frame["t"] === "item" && frame["seq"] === seen + 1 ? [] : [frame])
      victim.middle.hands.answer = (path, answer) =>
        path.includes("/items?since=") ? { ...answer, items: [] } : answer
      await hers.send("mésange-charbonnière")
      await hers.send("bergeronnette")
      await meanwhile()
      const waited = texts(his).join() === "un,deux"
      victim.middle.behave()
      victim.middle.cut()
      await shows(his, "bergeronnette")
      const inOrder = texts(his).join() === "un,deux,mésange-charbonnière,bergeronnette"
      return {
        told: waited && inOrder ? "nothing out of order" : texts(his).join(),
        kept: inOrder,
        readable: [coordinator, victim].some(({ middle }) =>
          middle.heard.some((each) => each.includes("bergeronnette")),
        ),
      }
    },
  },
  {
    name: "reorder",
    by: "server",
    what: "Two messages change places.",
    expected: "altered_log",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { hers, victim } = company
      return refusedBy(company, async () => {
        const held: Json[] = []
        victim.middle.hands.down = (frame) => {
          if (frame["t"] !== "item") return [frame]
          held.push(frame)
          const [first, second] = held
          if (first === undefined || second === undefined) return []
          return [
            { ...second, seq: first["seq"] },
            { ...first, seq: second["seq"] },
          ]
        }
        await hers.send("mésange-charbonnière")
        await hers.send("bergeronnette")
      })
    },
  },
  {
    name: "replay",
    by: "server",
    what: "A message that was in the log comes once more, with a chained hash that fits.",
    expected: "replayed",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { his, victim, hers } = company
      await hers.send("mésange-charbonnière")
      await shows(his, "mésange-charbonnière")
      return refusedBy(company, () => {
        victim.middle.forge(his.id, { env: lastEnvelope(victim, his.id) })
      })
    },
  },
  {
    name: "another-circle",
    by: "server",
    what: "A ciphertext is moved to another circle of the same people.",
    expected: "wrong_place",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, his, victim } = company
      const other = await opened(coordinator)
      await other.send("bergeronnette")
      await shows(other, "bergeronnette")
      const sent = coordinator.middle.heard
        .map((text) => JSON.parse(text) as Json)
        .findLast((frame) => frame["t"] === "send")?.["env"]
      return refusedBy(company, () => {
        victim.middle.forge(his.id, { env: String(sent) })
      })
    },
  },
  {
    name: "two-logs",
    by: "server",
    what: "One member is shown a log that forks from the other's: the next message of anybody tells.",
    expected: "altered_log",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { hers, his, victim } = company
      // The coordinator writes; the victim is shown the same place empty of it and something else of hers instead.
      const envelopes: Json[] = []
      victim.middle.hands.down = (frame) => {
        if (frame["t"] === "item" && frame["circle"] === his.id) {
          envelopes.push(frame)
          return []
        }
        return [frame]
      }
      await hers.send("mésange-charbonnière")
      await hers.send("bergeronnette")
      await until(hers.view, () => texts(hers).length === 4, "both sent")
      await meanwhile(300)
      const second = envelopes[1]?.["env"]
      return refusedBy(company, () => {
        // Out of its place, under a hash that the victim's log agrees with: the sender's own word on the log does not.
        victim.middle.forge(his.id, { env: String(second) })
      })
    },
  },
  {
    name: "shorter-log",
    by: "server",
    what: "After a reconnection the log ends before what this device has seen.",
    expected: "older_epoch",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { victim } = company
      return refusedBy(company, () => {
        victim.middle.hands.answer = (path, answer) =>
          path.includes("/items?since=") ? { ...answer, head: 1, items: [] } : answer
        victim.middle.cut()
      })
    },
  },
  {
    name: "another-past",
    by: "server",
    what: "After a reconnection another past stands under the same place of the log.",
    expected: "fork",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { victim } = company
      return refusedBy(company, () => {
        victim.middle.hands.answer = (path, answer) => {
          const base = answer["base"] as Json | undefined
          return path.includes("/items?since=") ? { ...answer, base: { ...base, hash: btoa("\0".repeat(32)) } } : answer
        }
        victim.middle.cut()
      })
    },
  },
]
