/**
 * What an organisation's registrar signs with the steward key: that an identity key is this professional's, and who
 * takes over a circle that has lost its coordinators. The key's private half lies in the registrar's vault.
 */
import { ed25519 } from "@noble/curves/ed25519.js"
import type { OrganisationPeople, RegisteredPerson, StrandedCircle } from "../api/types.ts"
import { fromBase64, toBase64 } from "../encoding/base64.ts"
import { clientError, CordeeError } from "../errors.ts"
import type { CircleId, OrganisationId, UserId } from "../ids.ts"
import { ATTESTATION } from "../statements/identity.ts"
import { RESTORE_ORDER } from "../statements/orders.ts"
import { makeStatement } from "../statements/signed.ts"
import type { OwnDevice } from "./ownDevice.ts"

export class Registrar {
  readonly #mine: OwnDevice
  /** As they were last shown: what is signed is what was looked at, whatever the server says later. */
  readonly #shown = new Map<UserId, RegisteredPerson>()

  constructor(mine: OwnDevice) {
    this.#mine = mine
  }

  async people(organisation: OrganisationId): Promise<OrganisationPeople> {
    const answer = await this.#mine.ring.api.organisationPeople(organisation)
    for (const person of answer.people) this.#shown.set(person.user, person)
    return answer
  }

  /** The identity key that was shown of somebody. */
  shownKey(user: UserId): Uint8Array | undefined {
    const key = this.#shown.get(user)?.identity_key ?? null
    return key === null ? undefined : fromBase64(key)
  }

  /** Kept in the vault before it is told. Rejects `steward_exists` when somebody else holds the key. */
  async makeSteward(organisation: OrganisationId): Promise<void> {
    const { ring, vault } = this.#mine
    const { steward } = await ring.api.organisationPeople(organisation)
    if (steward !== null) {
      const mine = vault.content.stewards.get(organisation)
      if (mine === undefined || toBase64(ed25519.getPublicKey(mine)) !== steward) throw clientError("steward_exists")
      return
    }
    const made = ring.randomBytes(32)
    await vault.change((content) =>
      content.stewards.has(organisation)
        ? content
        : { ...content, stewards: new Map([...content.stewards, [organisation, made]]) },
    )
    await ring.api.putSteward(organisation, toBase64(ed25519.getPublicKey(this.#seed(organisation))))
  }

  /** Signs that the identity key that was shown of this person is this professional's. Rejects `not_found`. */
  async attest(organisation: OrganisationId, user: UserId): Promise<void> {
    const { api, serverClock } = this.#mine.ring
    const person = this.#shown.get(user)
    const identity = this.shownKey(user)
    if (person === undefined || identity === undefined) throw new CordeeError("not_found")
    const { name, number, system } = person
    const says = { organisation, user, identity, name, number, system, time: serverClock.now() }
    const attestation = await makeStatement(ATTESTATION, says, this.#seed(organisation))
    await api.attest(organisation, toBase64(attestation))
  }

  stranded(organisation: OrganisationId): Promise<readonly StrandedCircle[]> {
    return this.#mine.ring.api.strandedCircles(organisation)
  }

  async restoreCoordinator(organisation: OrganisationId, circle: CircleId, user: UserId): Promise<void> {
    const { api, serverClock } = this.#mine.ring
    const says = { circle, user, time: serverClock.now() }
    const order = await makeStatement(RESTORE_ORDER, says, this.#seed(organisation))
    await api.restore(organisation, toBase64(order))
  }

  /** Throws `not_allowed` for who holds no steward key of this organisation. */
  #seed(organisation: OrganisationId): Uint8Array {
    const seed = this.#mine.vault.content.stewards.get(organisation)
    if (seed === undefined) throw new CordeeError("not_allowed", "no steward key")
    return seed
  }
}
