/**
 * The key log as this device has seen it. Whoever looks at a person's keys asks here: `look` fetches histories with
 * their proofs, under a checkpoint that extends every other one known, also those that others told in their messages.
 *
 * A server that shows another log than before, or another one to others, is refused for good: `refusal` then stops all
 * circles. A history that does not hold stops only the circles in which that person is (`circle/vouching.ts`). Used by
 * one session; asks one thing after the other.
 */
import type { Api } from "../api/client.ts"
import type { ApiPerson, KeyLogAnswer } from "../api/keyLog.ts"
import { toBase64 } from "../encoding/base64.ts"
import { sameBytes, utf8 } from "../encoding/bytes.ts"
import { NotCanonical } from "../encoding/canonical.ts"
import { writeTime } from "../encoding/time.ts"
import { LONGEST_CHECKPOINT } from "../envelope/content.ts"
import { clientError } from "../errors.ts"
import type { CircleId, UserId } from "../ids.ts"
import { leafHash, verifyConsistency, verifyInclusion } from "../log/merkle.ts"
import { followKeys, isSignedBy, openByKeys, type LogKey } from "../log/keys.ts"
import type { Checkpoint } from "../log/note.ts"
import { LogRefused } from "../log/refused.ts"
import { Coalesced } from "../circle/coalesced.ts"
import type { Refusal } from "../refusal.ts"
import { hashOfEvent } from "../statements/identity.ts"
import type { Change, Storage } from "../store/storage.ts"
import { extended, names, NO_CHAIN, type Claim, type KeyChain } from "./chain.ts"
import { isLater, sizeOf, type Pin } from "./pin.ts"
import { histories, LOG, logs, PEOPLE, type LogRecord } from "./records.ts"

/** What the server gives at once. */
const MOST_PEOPLE = 32
/** Checkpoints to be compared; who hears more has not been heard by the server for long. */
const MOST_HEARD = 32
/** A checkpoint is told in a circle at most so often. */
const TELL_EVERY = 3_600_000

/**
 * `proved`: sealed in the log. `unsealed`: in the person's history, not yet in the log. `unknown`: the server says
 * nothing of this person. `missing`: the person's history does not name it.
 */
export type Verdict = "proved" | "unsealed" | "unknown" | "missing"

export interface KeyLogOf {
  readonly api: Pick<Api, "keyLog">
  readonly storage: Storage
  /** Milliseconds, the server's. */
  readonly now: () => number
  /** What this person's other devices have seen. */
  readonly pinned: Pin | null
  /** They are to know it too. */
  readonly pin: (pin: Pin) => void
  /** The log was refused. */
  readonly refused: () => void
}

interface History {
  /** As far as it is in the log. */
  readonly proved: KeyChain
  readonly whole: KeyChain
}

export class KeyLog {
  readonly #of: KeyLogOf
  readonly #people: Map<UserId, History>
  /** Whose history did not hold when it was last shown. */
  readonly #broken = new Set<UserId>()
  readonly #wanted = new Set<UserId>()
  readonly #asking = new Coalesced(() => this.#ask())
  #record: LogRecord
  /** Those that have signed the log, the newest last; none before the first answer. */
  #keys: readonly LogKey[] = []
  #stopped = false

  private constructor(of: KeyLogOf, record: LogRecord, people: Map<UserId, History>) {
    this.#of = of
    this.#record = record
    this.#people = people
  }

  static async open(of: KeyLogOf): Promise<KeyLog> {
    const record = (await logs.get(of.storage, LOG)) ?? UNSEEN
    const kept = await histories.list(of.storage, PEOPLE)
    const people = new Map(kept.map(([user, chain]) => [user as UserId, { proved: chain, whole: chain }]))
    const log = new KeyLog(of, record, people)
    if (of.pinned !== null) await log.#meet(of.pinned)
    return log
  }

  /** Why nothing is sent any more. */
  get refusal(): Refusal | null {
    return this.#record.refusal
  }

  /**
   * Asks for the histories of these people as they are now, and compares what others have seen. Rejects `offline`, with
   * the server's refusal, or `closed` once the log is refused.
   */
  async look(users: readonly UserId[]): Promise<void> {
    this.#checkSound()
    for (const user of users) this.#wanted.add(user)
    await this.#asking.run()
    this.#checkSound()
  }

  verdict(claim: Claim): Verdict {
    const known = this.#people.get(claim.user)
    if (this.#broken.has(claim.user)) return "missing"
    if (known === undefined) return "unknown"
    if (names(known.proved, claim)) return "proved"
    return names(known.whole, claim) ? "unsealed" : "missing"
  }

  /** The whole history that the server last showed; undefined when it showed none, or one that does not hold. */
  historyOf(user: UserId): KeyChain | undefined {
    return this.#broken.has(user) ? undefined : this.#people.get(user)?.whole
  }

  /** Since when proofs of these people's keys are waited for: the longest. Those of all others are not any more. */
  async waitFor(users: readonly UserId[]): Promise<number | undefined> {
    const { waiting } = this.#record
    const added = users.filter((user) => !waiting.has(user))
    if (added.length > 0) {
      const now = this.#of.now()
      await this.#keep({ waiting: new Map([...waiting, ...added.map((user) => [user, now] as const)]) })
    }
    const since = users.flatMap((user) => this.#record.waiting.get(user) ?? [])
    return since.length === 0 ? undefined : Math.min(...since)
  }

  async arrived(users: readonly UserId[]): Promise<void> {
    const waiting = new Map([...this.#record.waiting].filter(([user]) => !users.includes(user)))
    if (waiting.size < this.#record.waiting.size) await this.#keep({ waiting })
  }

  /** The checkpoint that the next message of a circle carries; undefined when one was told there within the hour. */
  toTell(circle: CircleId): string | undefined {
    const { pin, told } = this.#record
    const last = told.get(circle)
    if (pin?.note == null || (last !== undefined && this.#of.now() - last < TELL_EVERY)) return undefined
    return pin.note
  }

  async told(circle: CircleId): Promise<void> {
    await this.#keep({ told: new Map([...this.#record.told, [circle, this.#of.now()]]) })
  }

  /**
   * A checkpoint that somebody has seen and says so in a message: compared with what the server shows here. `foreign`:
   * it is not signed by this log, which is for the circle to refuse.
   */
  async hear(note: string): Promise<"heard" | "foreign"> {
    const isSigned = (): boolean => this.#keys.length > 0 && isSignedBy(note, this.#keys)
    // Whose log it is, or whose it has become, the server says first.
    if (!isSigned()) await this.look([])
    if (!isSigned()) return this.#keys.length > 0 ? "foreign" : "heard"
    const { heard, pin } = this.#record
    if (this.refusal !== null || heard.includes(note) || note === pin?.note) return "heard"
    await this.#keep({ heard: [...heard, note].slice(-MOST_HEARD) })
    await this.look([])
    return "heard"
  }

  /** Another tab owns the device now, or its session is over: nothing is written from here any more. */
  stop(): void {
    this.#stopped = true
  }

  /** Throws `closed`. */
  #checkSound(): void {
    if (this.refusal !== null) throw clientError("closed", "key log")
  }

  async #ask(): Promise<void> {
    const users = [...this.#wanted]
    this.#wanted.clear()
    for (let at = 0; at === 0 || at < users.length; at += MOST_PEOPLE) {
      if (this.refusal !== null) return
      const page = users.slice(at, at + MOST_PEOPLE)
      const before = this.#record
      const claimed = [...(before.pin?.note == null ? [] : [before.pin.note]), ...before.heard]
      const answer = await this.#of.api.keyLog(page, sizesOf(claimed))
      try {
        const keys = followKeys(before.pin?.vkey ?? null, answer.keys)
        const checkpoint = checked(keys, answer, claimed)
        this.#keys = keys
        await this.#takePeople(answer.people, checkpoint)
        await this.#adopt(keys.at(-1)?.key, answer.checkpoint, before.heard)
      } catch (error) {
        if (!(error instanceof LogRefused)) throw error
        await this.refuse(error.message, { claimed, shown: answer.checkpoint, consistency: answer.consistency })
      }
    }
  }

  async #takePeople(people: readonly ApiPerson[], checkpoint: Checkpoint | undefined): Promise<void> {
    const changes: Change[] = []
    for (const person of people) {
      const { user } = person
      try {
        const known = this.#people.get(user)?.proved ?? NO_CHAIN
        const history = await historyFrom(known, person, checkpoint)
        this.#people.set(user, history)
        this.#broken.delete(user)
        if (history.proved.seq > known.seq) changes.push(histories.put(history.proved, PEOPLE, user))
      } catch (error) {
        if (!(error instanceof NotCanonical || error instanceof LogRefused)) throw error
        this.#broken.add(user)
      }
    }
    if (changes.length > 0) await this.#write(changes)
  }

  async #adopt(key: LogKey["key"] | undefined, note: string | null, compared: readonly string[]): Promise<void> {
    if (key === undefined) return
    const before = this.#record.pin
    const isNew = before?.note !== note || before.vkey !== key.text
    if (!isNew && compared.length === 0) return
    const pin = { vkey: key.text, note }
    await this.#keep({ pin, heard: this.#record.heard.filter((each) => !compared.includes(each)) })
    if (isNew) this.#of.pin(pin)
  }

  /** What another device of this person has seen is compared too. */
  async #meet(pinned: Pin): Promise<void> {
    const { heard, pin } = this.#record
    if (pin === null) return this.#keep({ pin: pinned })
    const isOther = pin.vkey !== pinned.vkey
    if (isOther && pinned.note === null) {
      return this.refuse("another key than on my other devices", { pin, pinned })
    }
    // A key that was replaced meanwhile: the log's own history of its keys says so, or refuses what the other has seen.
    if (pinned.note !== null && (isOther || isLater(pinned, pin))) await this.#keep({ heard: [...heard, pinned.note] })
  }

  /** The log says what cannot be: nothing is sent any more. */
  async refuse(detail: string, evidence: object): Promise<void> {
    if (this.refusal !== null) return
    const refusal: Refusal = {
      code: "key_log_altered",
      detail,
      at: writeTime(this.#of.now()),
      seq: null,
      evidence: toBase64(utf8(JSON.stringify(evidence, inBase64))),
    }
    await this.#keep({ refusal })
    this.#of.refused()
  }

  async #keep(changes: Partial<LogRecord>): Promise<void> {
    this.#record = { ...this.#record, ...changes }
    await this.#write([logs.put(this.#record, LOG)])
  }

  #write(changes: readonly Change[]): Promise<void> {
    return this.#stopped ? Promise.reject(clientError("gone")) : this.#of.storage.write(changes)
  }
}

const UNSEEN: LogRecord = { pin: null, heard: [], waiting: new Map(), told: new Map(), refusal: null }

/** The checkpoint of an answer, once it extends all that were claimed. Throws LogRefused. */
function checked(
  keys: readonly LogKey[],
  { checkpoint, consistency }: KeyLogAnswer,
  claimed: readonly string[],
): Checkpoint | undefined {
  if (checkpoint === null || keys.length === 0) {
    if (claimed.length > 0) throw new LogRefused("older", "nothing any more")
    return undefined
  }
  // Others take no longer one: told, it would make every message that carries it unreadable.
  if (checkpoint.length > LONGEST_CHECKPOINT) throw new LogRefused("bad_note", "too long to be told")
  const newest = openByKeys(checkpoint, keys).checkpoint
  for (const note of claimed) {
    const { root: oldRoot, size: oldSize } = openByKeys(note, keys).checkpoint
    const path = oldSize === newest.size ? [] : (consistency.find(({ size }) => size === oldSize)?.path ?? [])
    verifyConsistency({ oldSize, oldRoot, size: newest.size, root: newest.root, path })
  }
  return newest
}

/** A person's history as it is shown, from the part that was proved before. Throws NotCanonical or LogRefused. */
async function historyFrom(
  known: KeyChain,
  { events, user }: ApiPerson,
  checkpoint: Checkpoint | undefined,
): Promise<History> {
  const last = events[known.seq - 1]
  if (known.seq > 0 && (last === undefined || !sameBytes(hashOfEvent(last.raw), known.hash))) {
    throw new NotCanonical("another history than the one that was proved")
  }
  let proved = known
  let whole = known
  for (const { index, path, raw } of events.slice(known.seq)) {
    whole = await extended(whole, raw, user)
    if (index === null) continue
    // Nobody's later act is sealed before an earlier one.
    if (checkpoint === undefined || proved.seq !== whole.seq - 1) {
      throw new LogRefused("bad_proof", "not in the order of the history")
    }
    const { root, size } = checkpoint
    verifyInclusion({ leaf: leafHash(raw), index, size, path, root })
    proved = whole
  }
  return { proved, whole }
}

/** The sizes from which an answer must prove that it goes on. */
function sizesOf(notes: readonly string[]): readonly number[] {
  return [...new Set(notes.map(sizeOf))]
}

function inBase64(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? toBase64(value) : value
}
