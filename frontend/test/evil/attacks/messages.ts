/** What is said of messages, and messages that are crafted. */
import { fromBase64, toBase64 } from "../../../src/core/encoding/base64.ts"
import type { Circle, MessageId } from "../../../src/core/index.ts"
import { type Attack, type Outcome, overhears, refusedBy } from "../attack.ts"
import type { Json } from "../middle.ts"
import { meanwhile, refused, shows, until, type Stage } from "../stage.ts"

/** The order of the group of Ed25519, little-endian: S and S + L are the same signature to a lax verifier. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n

/** The same envelope under a signature whose S is not reduced: valid where a verifier forgets RFC 8032 §5.1.7. */
function malleated(env: string): string {
  const bytes = fromBase64(env)
  const s = bytes.slice(-32).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n) + L
  for (let at = 0; at < 32; at += 1) bytes[bytes.length - 32 + at] = Number((s >> BigInt(8 * at)) & 0xffn)
  return toBase64(bytes)
}

export const MESSAGE_ATTACKS: readonly Attack[] = [
  {
    name: "crafted-signature",
    by: "member",
    what: "A message under a signature that some verifiers accept and others do not (S + L): to the server, then to a member.",
    expected: "bad_signature",
    async run(stage: Stage): Promise<Outcome> {
      const company = await stage.company()
      const { coordinator, hers, his, victim } = company
      // To the server: it refuses as the clients do, so nobody is left with a log that others cannot read.
      const answers: Json[] = []
      coordinator.middle.hands.up = (frame) =>
        frame["t"] === "send" ? [{ ...frame, env: malleated(String(frame["env"])) }] : [frame]
      coordinator.middle.hands.down = (frame) => {
        if (frame["t"] === "error") answers.push(frame)
        return [frame]
      }
      await hers.send("mésange-charbonnière")
      await until(hers.view, () => answers.length > 0, "the server's refusal")
      coordinator.middle.behave()
      const crafted = coordinator.middle.heard
        .map((text) => JSON.parse(text) as Json)
        .findLast((frame) => frame["t"] === "send")?.["env"]
      const outcome = await refusedBy(company, () => {
        victim.middle.forge(his.id, { env: malleated(String(crafted)) })
      })
      return {
        ...outcome,
        told: answers[0]?.["code"] === "bad_signature" ? outcome.told : `server: ${JSON.stringify(answers)}`,
      }
    },
  },
  {
    name: "replay-by-member",
    by: "member",
    what: "A member sends another's envelope once more as its own.",
    expected: "wrong_device",
    async run(stage: Stage): Promise<Outcome> {
      const { hers, his, victim, coordinator } = await stage.company()
      const theirs = coordinator.middle.heard
        .map((text) => JSON.parse(text) as Json)
        .findLast((frame) => frame["t"] === "send")?.["env"]
      const answers: Json[] = []
      victim.middle.hands.up = (frame) => (frame["t"] === "send" ? [{ ...frame, env: theirs }] : [frame])
      victim.middle.hands.down = (frame) => {
        if (frame["t"] === "error") answers.push(frame)
        return [frame]
      }
      const before = hers.view.get().entries.length
      await his.send("mésange-charbonnière")
      await until(his.view, () => answers.length > 0, "the server's refusal")
      await meanwhile(300)
      return { told: String(answers[0]?.["code"]), kept: hers.view.get().entries.length === before, readable: false }
    },
  },
  {
    name: "faked-receipts",
    by: "server",
    what: "The server says that somebody has read: with an old receipt, then with one that nobody signed.",
    expected: "bad_signature",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, hers, his, victim } = await stage.company()
      // A true receipt of the victim for what was there before.
      his.markRead(his.view.get().entries.at(-1)?.seq ?? 0)
      await until(
        hers.view,
        ({ entries }) =>
          entries.some(
            (entry) => entry.kind === "message" && entry.sending?.state === "sent" && entry.sending.read.length > 0,
          ),
        "a true receipt",
      )
      const old = coordinator.middle.heard
        .map((text) => JSON.parse(text) as Json)
        .findLast((frame) => frame["t"] === "receipt")
      victim.middle.hands.up = (frame) => (frame["t"] === "receipt" ? [] : [frame])
      const id = await hers.send("mésange-charbonnière")
      await shows(his, "mésange-charbonnière")
      const readers = (): number => {
        const entry = hers.view.get().entries.find((each) => each.kind === "message" && each.id === id)
        return entry?.kind === "message" && entry.sending?.state === "sent" ? entry.sending.read.length : 0
      }
      // An old one says nothing new; one that nobody signed stops the circle.
      coordinator.middle.say({ ...old })
      await meanwhile()
      const { state } = hers.view.get().composer
      const env = fromBase64(String(old?.["env"]))
      env[130] = (env[130] ?? 0) ^ 1
      coordinator.middle.say({ ...old, env: toBase64(env) })
      const told = await refused(hers)
      return { told, kept: state === "open" && readers() === 0, readable: false }
    },
  },
  {
    name: "faked-acknowledgement",
    by: "server",
    what: "The server says that somebody has confirmed an urgent message: with another message's confirmation, changed to fit.",
    expected: "bad_signature",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, hers, his } = await stage.company()
      const first = await hers.send("bergeronnette", { urgent: true })
      await shows(his, "bergeronnette")
      await his.acknowledge(first)
      await until(hers.view, () => acksOf(hers, first) === 1, "the true confirmation")
      const second = await hers.send("mésange-charbonnière", { urgent: true })
      await shows(his, "mésange-charbonnière")
      const ack = coordinator.middle.heard
        .map((text) => JSON.parse(text) as Json)
        .findLast(
          (frame) => frame["t"] === "item" && typeof frame["env"] === "string" && fromBase64(frame["env"])[1] === ACK,
        )
      const env = fromBase64(String(ack?.["env"]))
      env[140] = (env[140] ?? 0) ^ 1
      coordinator.middle.forge(hers.id, { env: toBase64(env) })
      const told = await refused(hers)
      return { told, kept: acksOf(hers, first) === 1 && acksOf(hers, second) === 0, readable: overhears([coordinator]) }
    },
  },
]

/** The kind of an envelope, in its second byte. */
const ACK = 5

function acksOf(circle: Circle, message: MessageId): number {
  const entry = circle.view.get().entries.find((each) => each.kind === "message" && each.id === message)
  return entry?.kind === "message" ? entry.acks.length : 0
}
