/**
 * Runs attacks against the real server: accounts on standard input, the names of attacks as arguments, one JSON line
 * for each on standard output. Called by tests/evil; the attacks are in `attacks/`.
 */
import type { Attack, Outcome } from "./attack.ts"
import { COMMIT_ATTACKS } from "./attacks/commits.ts"
import { FILE_ATTACKS } from "./attacks/files.ts"
import { HISTORY_ATTACKS } from "./attacks/history.ts"
import { IDENTITY_ATTACKS } from "./attacks/identity.ts"
import { KEY_LOG_ATTACKS } from "./attacks/keyLog.ts"
import { LOG_ATTACKS } from "./attacks/log.ts"
import { MEMBERSHIP_ATTACKS } from "./attacks/membership.ts"
import { MESSAGE_ATTACKS } from "./attacks/messages.ts"
import { Stage, type Account } from "./stage.ts"

const ATTACKS: readonly Attack[] = [
  ...LOG_ATTACKS,
  ...MEMBERSHIP_ATTACKS,
  ...MESSAGE_ATTACKS,
  ...FILE_ATTACKS,
  ...IDENTITY_ATTACKS,
  ...HISTORY_ATTACKS,
  ...COMMIT_ATTACKS,
  ...KEY_LOG_ATTACKS,
]

interface Task {
  readonly url: string
  readonly accounts: readonly Account[]
  /** Ed25519 seed by which the server signs its logs: what an evil one holds. */
  readonly logSeed: string
}

async function main(names: readonly string[]): Promise<void> {
  if (names.includes("--list")) {
    for (const { by, expected, name, what } of ATTACKS) print({ by, expected, name, what })
    return
  }
  const task = JSON.parse(await standardInput()) as Task
  const stage = new Stage(task.url, task.accounts, task.logSeed)
  for (const attack of ATTACKS.filter(({ name }) => names.includes(name))) {
    print({ name: attack.name, ...(await outcomeOf(attack, stage)) })
  }
  await stage.close()
}

async function outcomeOf(attack: Attack, stage: Stage): Promise<Outcome> {
  try {
    return await attack.run(stage)
  } catch (error) {
    return {
      told: error instanceof Error ? (error.stack ?? error.message) : String(error),
      kept: false,
      readable: false,
    }
  }
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

async function standardInput(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString("utf8")
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(1)
  },
)
