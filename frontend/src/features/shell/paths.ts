/** The addresses of the screens. They carry ids only: never a name, a search or a date of birth. */
import type { BreakGlassId, CircleId, OrganisationId, PractitionerId } from "../../core/index.ts"

export const paths = {
  circles: "/cercles",
  openCircle: "/cercles/nouveau",
  circle: (id: CircleId) => `/cercles/${id}`,
  invite: (id: CircleId) => `/cercles/${id}/inviter`,
  circleTrail: (id: CircleId) => `/cercles/${id}/journal`,
  timeline: (id: CircleId) => `/cercles/${id}/chronologie`,
  invitations: "/invitations",
  /** Public: the link of a letter, its secret in the fragment. */
  welcome: "/bienvenue",
  team: (id: CircleId) => `/cercles/${id}/equipe`,
  network: "/reseau",
  person: (id: PractitionerId) => `/reseau/personnes/${id}`,
  structureShown: (id: OrganisationId) => `/reseau/structures/${id}`,
  profile: "/profil",
  identity: (id: CircleId) => `/cercles/${id}/identite`,
  patients: "/patients",
  brokenGlass: (id: BreakGlassId) => `/patients/${id}`,
  notices: "/avis",
  security: "/securite",
  attest: "/attestations",
  structure: "/structure",
  /** The officer's desk: its own screens lie below. */
  journal: "/journal",
  access: "/journal/acces",
  findings: "/journal/ecarts",
  exports: "/journal/exports",
  holds: "/journal/conservation",
} as const
