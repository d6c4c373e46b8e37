/** The people of the service: the tests' cast, invented. */
import type * as api from "../../../src/core/api/types.ts"
import {
  asId,
  type DeviceId,
  type OrganisationId,
  type PractitionerId,
  type RoleId,
  type UserId,
} from "../../../src/core/ids.ts"
import { Factors } from "./factors.ts"

export interface Account {
  readonly id: UserId
  email: string
  readonly role: RoleId
  readonly practitioner: PractitionerId
  readonly card: api.ProfessionalCard
  readonly devices: Map<DeviceId, { certificate: string; name: string; ended: boolean }>
  /** Key events and rotations, in order. */
  readonly events: string[]
  readonly rotations: string[]
  identity: { readonly identity_key: string; readonly history_key: string; readonly history_sig: string } | null
  vault: api.VaultBlobs | null
  readonly factors: Factors
  /** `none`: the directory alone knows this person; `reserved`: invited, the account not opened yet. */
  state: "none" | "reserved" | "open"
  /** What this person was told beside the conversations, the newest first. */
  readonly notices: {
    id: string
    what: string
    circle: string | null
    by: null
    created: string
    seen: string | null
  }[]
  /** The link of the letter that waits for this person, while it works. */
  link: string | null
}

export function account(
  number: number,
  given: string,
  family: string,
  profession: string,
  sector: api.Sector,
): Account {
  const digits = String(number).padStart(12, "0")
  return {
    id: asId<UserId>(`019386c5-6d00-7a01-8002-${digits}`),
    email: `${given.toLowerCase()}@cordee.example`,
    role: asId<RoleId>(`019386c5-6d00-7a01-8005-${digits}`),
    practitioner: asId<PractitionerId>(`019386c5-6d00-7a01-8006-${digits}`),
    card: {
      name: `${given} ${family}`,
      family_name: family,
      given_name: given,
      civility: "Mme",
      profession: { code: "10", label: profession },
      sector,
      organisation: {
        id: asId<OrganisationId>(`019386c5-6d00-7a01-8007-${digits}`),
        name: "Maison de santé",
        city: "Annecy",
      },
    },
    devices: new Map(),
    events: [],
    rotations: [],
    identity: null,
    vault: null,
    factors: new Factors(),
    state: "open",
    link: null,
    notices: [],
  }
}

export const PATIENT: api.PatientTraits = {
  birth_name: "AUBERTIN",
  used_name: null,
  given_names: "Jeanne",
  birth_date: "1941-03-12",
  sex: "F",
  birthplace: "74010",
  identity_status: "provisional",
  attributes: ["fictive"],
  matricule: null,
  oid: null,
}
