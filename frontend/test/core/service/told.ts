/** What the service's tables tell of a circle's people, as `GET …/timeline` shows it, and what the patient wishes. */
import type * as api from "../../../src/core/api/types.ts"
import { asId, type CircleId, type ConsentId, type OppositionId, type UserId } from "../../../src/core/ids.ts"
import { Refused, type CircleOf, type Service } from "./service.ts"

type Row = Partial<api.TimelineRow> & Pick<api.TimelineRow, "what">

export class Told {
  readonly rows: api.TimelineRow[] = []

  add(row: Row): void {
    const nothing = {
      user: null,
      by: null,
      role: null,
      ground: null,
      until: null,
      code: null,
      because: null,
      how: null,
      on: null,
      id: null,
    }
    this.rows.push({ at: new Date().toISOString(), ...nothing, ...row })
  }
}

/** Answers what coordinators record; undefined for every other operation. */
export async function wishes(
  service: Service,
  by: UserId,
  id: CircleId,
  [part = "", about = "", last = ""]: readonly string[],
  sent: Readonly<Record<string, unknown>>,
): Promise<CircleOf | undefined> {
  const circle = service.circleFor(by, id)
  if (circle.members.get(by)?.role !== "coordinator") throw new Refused("not_found")
  switch (`${part}/${last}`) {
    case "consents/withdraw": {
      const given = circle.told.rows.find((row) => row.id === about)
      if (given?.user == null) throw new Refused("not_found")
      circle.told.add({ what: "consent_withdrawn", user: given.user, by })
      await endBy(service, circle, given.user, by, "withdrawn")
      return circle
    }
    case "oppositions/": {
      const user = sent["user"] as UserId | null
      const how = sent["how"] as api.ConsentHow
      const number = String(circle.told.rows.length).padStart(12, "0")
      const name = asId<OppositionId>(`019386c5-6d00-7e01-8009-${number}`)
      circle.told.add({ what: "opposition", user, by, how, on: String(sent["told_on"]), id: name })
      if (user === null) close(circle, by, "opposition")
      else await endBy(service, circle, user, by, "opposition")
      return circle
    }
    case "oppositions/lift":
      circle.told.add({ what: "opposition_lifted", by })
      return circle
    case "close/":
      close(circle, by, "decided")
      return circle
    case "reopen/":
      circle.isClosed = false
      circle.told.add({ what: "reopened", by })
      return circle
    default:
      return undefined
  }
}

export const CONSENT = asId<ConsentId>("019386c5-6d00-7c01-8009-000000000001")

function close(circle: CircleOf, by: UserId, code: string): void {
  circle.isClosed = true
  circle.told.add({ what: "closed", by, code })
}

async function endBy(service: Service, circle: CircleOf, user: UserId, by: UserId, code: api.EndCode): Promise<void> {
  if (!circle.members.delete(user)) return
  circle.told.add({ what: "ended", user, by, code })
  await circle.asked.order(circle.id, user, code)
  circle.rekeyRequired = true
  service.ended(circle, user)
}
