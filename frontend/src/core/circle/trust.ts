/**
 * Who stands behind each person's key (e2ee.md, "Identity"), and who waits with new ones. Worked out when what it
 * depends on has changed, because signatures and safety numbers take their time.
 */
import { NO_DUTIES, type Duties as Asked, type Keys } from "../api/duties.ts"
import { fromBase64 } from "../encoding/base64.ts"
import { sameBytes } from "../encoding/bytes.ts"
import { safetyNumber } from "../identity/safetyNumber.ts"
import type { UserId } from "../ids.ts"
import type { CircleView, Trust, Waiting } from "../model.ts"
import type { Duties } from "./duties.ts"
import { directoryName } from "./invitee.ts"
import type { Room } from "./room.ts"
import { attestationOf } from "./tasks.ts"

const NOBODY: CircleView["waiting"] = { admissions: [], resets: [] }

export class Trusts {
  readonly #room: Room
  readonly #duties: Duties
  #known: ReadonlyMap<UserId, Trust> = new Map()
  #waiting = NOBODY
  #shown: Pick<Asked, "admissions" | "resets"> = NO_DUTIES

  constructor(room: Room, duties: Duties) {
    this.#room = room
    this.#duties = duties
  }

  /** Of who is not in the policy, nothing is known. */
  of(user: UserId): Trust {
    return this.#known.get(user) ?? "not_verified"
  }

  get waiting(): CircleView["waiting"] {
    return this.#waiting
  }

  /** The keys behind `waiting`: a person decides about what was shown, whatever the server has said since. */
  get shown(): Pick<Asked, "admissions" | "resets"> {
    return this.#shown
  }

  async look(): Promise<void> {
    const { changed, host, state } = this.#room
    const { group } = state.now()
    const { asked } = this.#duties
    if (group === undefined) return
    const known = new Map<UserId, Trust>()
    for (const { identity, user } of group.policy.persons.values()) {
      if (identity === null) continue
      if (await this.#isAttested(user, identity, asked)) known.set(user, "attested")
      else if (this.#isCompared(user, identity)) known.set(user, "compared")
    }
    this.#known = known
    const isCoordinator = group.policy.persons.get(host.own.user)?.role === "coordinator"
    this.#waiting = {
      admissions: isCoordinator ? await Promise.all(asked.admissions.map((keys) => this.#row(keys, asked))) : [],
      // Everybody is told; a coordinator confirms.
      resets: await Promise.all(asked.resets.map((keys) => this.#row(keys, asked))),
    }
    this.#shown = asked
    changed()
  }

  async #row({ identity_key, since, user }: Keys, asked: Asked): Promise<Waiting> {
    const identity = fromBase64(identity_key)
    return {
      user,
      since,
      attested: await this.#isAttested(user, identity, asked),
      safety: { ...safetyNumber(this.#room.host.own, { user, identity }), compared: this.#isCompared(user, identity) },
    }
  }

  async #isAttested(user: UserId, identity: Uint8Array, asked: Asked): Promise<boolean> {
    const { group, people } = this.#room.state.now()
    const attestation = group && (await attestationOf(user, identity, asked, group.policy))
    const shown = people.get(user)
    // The signature is for a name: it must be the one that is on the screen.
    return attestation !== undefined && shown !== undefined && attestation.name === directoryName(shown)
  }

  #isCompared(user: UserId, identity: Uint8Array): boolean {
    const compared = this.#room.host.vault.comparedKey(user)
    return compared !== undefined && sameBytes(compared, identity)
  }
}
