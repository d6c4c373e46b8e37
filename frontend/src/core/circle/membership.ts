/** What people decide about a circle's people: each decision is a signed change of the policy. */
import type { Duties as Asked, Keys } from "../api/duties.ts"
import type { EndCode, Role, Timestamp } from "../api/types.ts"
import type { HandOver, Invite } from "../cordee.ts"
import { CordeeError } from "../errors.ts"
import type { DeviceId, UserId } from "../ids.ts"
import * as acts from "./acts.ts"
import type { Commits } from "./commits.ts"
import { asActRefused, invitee, termOf } from "./invitee.ts"
import { pinned } from "./tasks.ts"

type Shown = Pick<Asked, "admissions" | "resets">

export class Membership {
  readonly #commits: Commits
  readonly #shown: () => Shown

  /** `shown` is what was shown last of people who wait. */
  constructor(commits: Commits, shown: () => Shown) {
    this.#commits = commits
    this.#shown = shown
  }

  async invite(invite: Invite): Promise<void> {
    const person = invitee(invite)
    const { candidate, consent = null, delegateOf = null } = invite
    const terms = {
      role: candidate.role,
      consent: consent && { given_on: consent.givenOn, how: consent.how },
      delegateOf,
    }
    await this.#act((acting) => acts.invite(acting, person, terms))
  }

  async end(user: UserId, code: EndCode, reason: string): Promise<void> {
    await this.#act((acting) => acts.end(acting, user, code, reason))
  }

  async setRole(user: UserId, role: Role, notAfter: Timestamp | null): Promise<void> {
    const op = { type: "role", user, role, notAfter: termOf(notAfter) } as const
    await this.#act((acting) => acts.change(acting, op))
  }

  async handOver({ stepDown, to, until }: HandOver): Promise<void> {
    await this.#act((acting) => acts.handOver(acting, to, until, stepDown))
  }

  async endDevice(user: UserId, device: DeviceId): Promise<void> {
    await this.#act((acting) => acts.change(acting, { type: "revoke", user, device, order: null }))
  }

  /** Lets in a pending person with the keys that were shown, after the coordinator has made sure of them. */
  async admit(user: UserId): Promise<void> {
    const keys = pinned(waiting(this.#shown().admissions, user))
    await this.#act((acting) => acts.change(acting, { type: "admit", ...keys }))
  }

  /** Likewise, a person who has lost all devices and the old keys. */
  async confirmReset(user: UserId): Promise<void> {
    const keys = pinned(waiting(this.#shown().resets, user))
    await this.#act((acting) => acts.change(acting, { type: "reset", ...keys }))
  }

  async #act(make: Parameters<Commits["act"]>[0]): Promise<void> {
    try {
      await this.#commits.act(make)
    } catch (error) {
      // Our own policy says no before the server would, with the same codes.
      throw asActRefused(error)
    }
  }
}

function waiting(people: readonly Keys[], user: UserId): Keys {
  const found = people.find((each) => each.user === user)
  if (found === undefined) throw new CordeeError("not_found")
  return found
}
