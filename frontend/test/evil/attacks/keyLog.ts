/** Attacks of a server on the log of everybody's keys: what it does not name, and logs that are not one. */
import type { Circle } from "../../../src/core/index.ts"
import { fromBase64 } from "../../../src/core/encoding/base64.ts"
import { KeyLogRoom } from "../../core/service/keyLogRoom.ts"
import { overhears, type Attack, type Outcome } from "../attack.ts"
import type { Json } from "../middle.ts"
import { accepted, invited, opened, refused, texts, type Device, type Stage } from "../stage.ts"

interface Shown extends Json {
  readonly people: readonly { readonly user: string; readonly events: readonly { readonly raw: string }[] }[]
}
type Events = Shown["people"][number]["events"]

export const KEY_LOG_ATTACKS: readonly Attack[] = [
  {
    name: "unlogged-device",
    by: "server",
    what: "A member's history of keys is shown without the device that has just come in.",
    expected: "not_in_key_log",
    async run(stage: Stage): Promise<Outcome> {
      const { coordinator, his, victim } = await stage.company()
      bend(
        victim,
        history(coordinator.account.user, (events) => events.slice(0, -1)),
      )
      await stage.further(coordinator)
      return stopped(his, [victim])
    },
  },
  {
    name: "history-of-another",
    by: "server",
    what: "Of somebody who is invited, another person's history of keys is shown.",
    expected: "not_in_key_log",
    async run(stage: Stage): Promise<Outcome> {
      const { hers, his, victim } = await stage.company()
      const newcomer = await stage.first()
      let theirs: Events = []
      const seen = new Promise<void>((resolve) => {
        bend(victim, (shown) => {
          theirs = shown.people.find(({ user }) => user === victim.account.user)?.events ?? theirs
          if (theirs.length > 0) resolve()
          return history(newcomer.account.user, () => theirs)(shown)
        })
      })
      victim.middle.cut()
      await seen
      await invited(hers, newcomer.account)
      return stopped(his, [victim])
    },
  },
  {
    name: "withheld-key-event",
    by: "server",
    what: "A person's own history of keys is shown without this very device.",
    expected: "key_log_altered",
    async run(stage: Stage): Promise<Outcome> {
      const { his, victim } = await stage.company()
      bend(
        victim,
        history(victim.account.user, (events) => events.slice(0, -1)),
      )
      victim.middle.cut()
      return stopped(his, [victim])
    },
  },
  {
    name: "rolled-back-key-log",
    by: "server",
    what: "The log of keys is shown as it was before.",
    expected: "key_log_altered",
    async run(stage: Stage): Promise<Outcome> {
      const { his, victim } = await stage.company()
      const old = await next(victim)
      await stage.first()
      await next(victim)
      bend(victim, () => ({ ...old, consistency: [], people: [] }))
      victim.middle.cut()
      return stopped(his, [victim])
    },
  },
  {
    name: "split-key-log",
    by: "server",
    what: "One member is shown a log of keys of its own, signed by the true log's key: the first message of another tells.",
    expected: "key_log_altered",
    async run(stage: Stage): Promise<Outcome> {
      const coordinator = await stage.first()
      const hers = await opened(coordinator)
      const fork = new KeyLogRoom("localhost/keys", fromBase64(stage.logSeed))
      const victim = await stage.first(stage.someone(), (device) => {
        bend(device, forked(fork))
      })
      await invited(hers, victim.account)
      const his = await accepted(victim)
      await hers.send("un")
      return stopped(his, [coordinator, victim])
    },
  },
]

function bend({ middle }: Device, how: (shown: Shown, seen: readonly number[]) => Json): void {
  middle.hands.answer = (path, answer) => {
    if (!path.startsWith("/api/key-log")) return answer
    return how(answer as Shown, new URL(path, middle.origin).searchParams.getAll("seen").map(Number))
  }
}

/** What the log is shown as after the connection was cut. */
function next(device: Device): Promise<Json> {
  return new Promise((resolve) => {
    bend(device, (shown) => {
      resolve(shown)
      return shown
    })
    device.middle.cut()
  })
}

/** Of one person, other events. */
function history(user: string, events: (all: Events) => Events): (shown: Shown) => Json {
  return (shown) => ({
    ...shown,
    people: shown.people.map((each) => (each.user === user ? { user, events: events(each.events) } : each)),
  })
}

/** A log of those events alone that this client is shown. */
function forked(fork: KeyLogRoom): (shown: Shown, seen: readonly number[]) => Json {
  const known = new Set<string>()
  return ({ people }, seen) => {
    const histories = new Map(people.map(({ events, user }) => [user, events.map(({ raw }) => raw)]))
    const fresh = [...histories.values()].flat().filter((raw) => !known.has(raw))
    for (const raw of fresh) known.add(raw)
    fork.append(fresh)
    return fork.answer(histories, seen)
  }
}

/** What came before stays; who is shown the lie sends nothing any more. */
async function stopped(circle: Circle, devices: readonly Device[]): Promise<Outcome> {
  const before = texts(circle)
  const told = await refused(circle)
  return { told, kept: before.every((text) => texts(circle).includes(text)), readable: overhears(devices) }
}
