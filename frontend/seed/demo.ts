/**
 * Writes the demo's conversations with the client's own code, under Node, through the running server.
 *
 * Called by `manage.py seed_demo`, which hands in signed-in sessions on standard input and reads recovery codes from standard
 * output. Everybody gets a device that lives in this process only: its leaves stay in the groups, its keys are gone with it.
 */
import { asId, createCordee, type Circle, type Cordee, type CircleId, type UserId } from "../src/core/index.ts"
import { nodePlatform } from "../src/platform/node.ts"
import { COMPARTMENT, EXCHANGE, STORIES, TEAM, type Invited, type Line, type Name, type Story } from "./story.ts"

interface Task {
  readonly url: string
  /** `cookie`: of an open session, as a browser would send it. */
  readonly people: readonly { readonly name: Name; readonly user: string; readonly cookie: string }[]
}

const DAY = 24 * 60 * 60 * 1000
const PATIENCE = 60_000

async function readTask(): Promise<Task> {
  const parts: Uint8Array[] = []
  for await (const part of process.stdin) parts.push(part as Uint8Array)
  return JSON.parse(Buffer.concat(parts).toString("utf8")) as Task
}

/** Resolves when `holds` is true of the observable's value. */
function until<T>(
  observable: { readonly get: () => T; readonly subscribe: (changed: () => void) => () => void },
  holds: (value: T) => boolean,
  what: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`waited in vain for ${what}: ${JSON.stringify(observable.get()).slice(0, 400)}`))
    }, PATIENCE)
    const look = (): void => {
      if (!holds(observable.get())) return
      clearTimeout(timer)
      stop()
      resolve()
    }
    const stop = observable.subscribe(look)
    look()
  })
}

async function begin(task: Task, person: Task["people"][number]): Promise<{ cordee: Cordee; code: string }> {
  const cordee = createCordee(
    nodePlatform({ origin: task.url, deviceName: "Appareil de démonstration", cookie: person.cookie }),
  )
  await cordee.start()
  await until(cordee.phase, (phase) => phase.at === "no_keys", `${person.name}'s first device`)
  const code = await cordee.makeKeys()
  cordee.recoveryCodeKept()
  await until(cordee.phase, (phase) => phase.at === "ready", `${person.name}'s device`)
  await until(cordee.connection, (connection) => connection === "online", `${person.name}'s connection`)
  return { cordee, code: code.join("-") }
}

function created(line: Line, now: number): number {
  const day = new Date(now - line.days * DAY).toISOString().slice(0, 10)
  return Date.parse(`${day}T${line.at}:00.000Z`)
}

class Cast {
  readonly #clients: ReadonlyMap<Name, Cordee>
  readonly #users: ReadonlyMap<Name, string>

  constructor(clients: ReadonlyMap<Name, Cordee>, users: ReadonlyMap<Name, string>) {
    this.#clients = clients
    this.#users = users
  }

  client(name: Name): Cordee {
    const client = this.#clients.get(name)
    if (client === undefined) throw new Error(`${name} is not in the cast`)
    return client
  }

  user(name: Name): string {
    const user = this.#users.get(name)
    if (user === undefined) throw new Error(`${name} is not in the cast`)
    return user
  }
}

async function tell(story: Story, cast: Cast, now: number): Promise<CircleId> {
  const opener = cast.client(story.coordinator)
  const id = await opener.openCircle({
    patient: story.patient,
    informedOn: new Date(now - story.informedDaysAgo * DAY).toISOString().slice(0, 10),
    ground: story.ground,
  })
  const circle = opener.circle(id)
  await until(circle.view, (view) => view.composer.state === "open", `the circle of ${story.patient.birth_name}`)
  await gather(story.others, circle, cast, now)
  await converse(story.lines, id, cast, now)
  await Promise.all(readers(story).map((name) => read(cast.client(name).circle(id))))
  return id
}

async function gather(others: readonly Invited[], circle: Circle, cast: Cast, now: number): Promise<void> {
  for (const other of others) {
    await invite(circle, cast.user(other.name), other.name, other, now)
    if (other.waits !== true) await accept(cast.client(other.name), circle.id)
  }
}

async function converse(lines: readonly Line[], id: CircleId, cast: Cast, now: number): Promise<void> {
  for (const line of [...lines].sort((one, two) => created(one, now) - created(two, now))) {
    const theirs = cast.client(line.from).circle(id)
    await until(theirs.view, (view) => view.composer.state === "open", `${line.from}'s composer`)
    const message = await theirs.send(line.text, { created: created(line, now) })
    await until(
      theirs.view,
      (view) => view.entries.some((entry) => entry.kind === "message" && entry.id === message && entry.seq !== null),
      `a message of ${line.from}`,
    )
  }
}

/** A circle of another kind, opened by its coordinator. */
async function open(coordinator: Cordee, id: CircleId, what: string): Promise<Circle> {
  const circle = coordinator.circle(id)
  await until(circle.view, (view) => view.composer.state === "open", what)
  return circle
}

async function compartment(parent: CircleId, coordinator: Name, cast: Cast, now: number): Promise<void> {
  const opener = cast.client(coordinator)
  const circle = await open(opener, await opener.openCompartment(parent, COMPARTMENT.name), "the compartment")
  await gather(COMPARTMENT.others, circle, cast, now)
  await converse(COMPARTMENT.lines, circle.id, cast, now)
}

async function team(cast: Cast, now: number): Promise<void> {
  const opener = cast.client(TEAM.coordinator)
  const phase = opener.phase.get()
  const structure = phase.at === "ready" ? phase.me.organisation : null
  if (structure === null) throw new Error(`${TEAM.coordinator} practises nowhere`)
  const circle = await open(opener, await opener.openTeam(structure.id, TEAM.name), "the team")
  await gather(TEAM.others, circle, cast, now)
  await converse(TEAM.lines, circle.id, cast, now)
}

async function exchange(cast: Cast, now: number): Promise<void> {
  const [one, other] = [cast.client(EXCHANGE.one), cast.client(EXCHANGE.other)]
  const peer = asId<UserId>(cast.user(EXCHANGE.other))
  await one.network.askContact(peer, "Pour caler nos gardes")
  await other.network.acceptContact(asId<UserId>(cast.user(EXCHANGE.one)))
  const circle = await open(one, await one.openExchange(peer), "the exchange")
  await accept(other, circle.id)
  await converse(EXCHANGE.lines, circle.id, cast, now)
}

async function invite(
  circle: Circle,
  user: string,
  name: Name,
  how: Story["others"][number],
  now: number,
): Promise<void> {
  const { candidates } = await circle.candidates(name.replaceAll("-", " "))
  const candidate = candidates.find((each) => each.user === user)
  if (candidate === undefined) throw new Error(`the directory does not know ${name}`)
  const notAfter = how.endsIn === undefined ? null : new Date(now + how.endsIn * DAY).toISOString()
  await circle.invite({ candidate, role: how.role, ground: how.ground, notAfter })
}

async function accept(client: Cordee, id: CircleId): Promise<void> {
  const open = (): string | undefined => client.invitations.get()?.find((each) => each.circle === id)?.id
  await until(client.invitations, () => open() !== undefined, "an invitation")
  const invitation = client.invitations.get()?.find((each) => each.circle === id)
  if (invitation === undefined) throw new Error("the invitation is gone")
  await client.accept(invitation.id)
  await until(client.circle(id).view, (view) => view.composer.state !== "joining", "the joining")
}

/** The first two of a circle have read everything; the last message is news to the others. */
function readers(story: Story): readonly Name[] {
  const last = story.lines.at(-1)?.from
  return [story.coordinator, ...story.others.filter((each) => each.waits !== true).map((each) => each.name)].filter(
    (name, index) => index < 2 || name === last,
  )
}

async function read(circle: Circle): Promise<void> {
  const last = circle.view.get().entries.at(-1)?.seq
  if (typeof last === "number") circle.markRead(last)
  await new Promise((resolve) => setTimeout(resolve, 1500)) // receipts are gathered for a moment before they go out
}

async function main(): Promise<void> {
  const task = await readTask()
  const now = Date.now()
  const begun = new Map<Name, { cordee: Cordee; code: string }>()
  const telling = new Set<Name>(
    STORIES.flatMap((story) => [story.coordinator, ...story.others.map((each) => each.name)]),
  )
  await Promise.all(
    task.people
      .filter((person) => telling.has(person.name))
      .map(async (person) => begun.set(person.name, await begin(task, person))),
  )
  const cast = new Cast(
    new Map([...begun].map(([name, { cordee }]) => [name, cordee])),
    new Map(task.people.map((person) => [person.name, person.user])),
  )
  for (const [index, story] of STORIES.entries()) {
    const id = await tell(story, cast, now)
    if (index === 0) await compartment(id, story.coordinator, cast, now)
  }
  await team(cast, now)
  await exchange(cast, now)
  await Promise.all([...begun.values()].map(({ cordee }) => cordee.stop()))
  process.stdout.write(JSON.stringify(Object.fromEntries([...begun].map(([name, { code }]) => [name, code]))))
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  },
)
