/**
 * The words of the interface. French is the language of the product; English is complete (a test compares the keys).
 */
import i18next, { type i18n } from "i18next"
import { initReactI18next } from "react-i18next"
import enAccess from "./en/access.json"
import enActs from "./en/acts.json"
import enAuth from "./en/auth.json"
import enCareteam from "./en/careteam.json"
import enChat from "./en/chat.json"
import enCircles from "./en/circles.json"
import enCommon from "./en/common.json"
import enDirectory from "./en/directory.json"
import enExports from "./en/exports.json"
import enFiles from "./en/files.json"
import enHolds from "./en/holds.json"
import enInvitations from "./en/invitations.json"
import enFindings from "./en/findings.json"
import enIdentity from "./en/identity.json"
import enKinds from "./en/kinds.json"
import enNetwork from "./en/network.json"
import enOrganisation from "./en/organisation.json"
import enPeople from "./en/people.json"
import enPlaces from "./en/places.json"
import enReaching from "./en/reaching.json"
import enRegistrar from "./en/registrar.json"
import enTrail from "./en/trail.json"
import frAccess from "./fr/access.json"
import frActs from "./fr/acts.json"
import frAuth from "./fr/auth.json"
import frCareteam from "./fr/careteam.json"
import frChat from "./fr/chat.json"
import frCircles from "./fr/circles.json"
import frCommon from "./fr/common.json"
import frDirectory from "./fr/directory.json"
import frExports from "./fr/exports.json"
import frFiles from "./fr/files.json"
import frHolds from "./fr/holds.json"
import frInvitations from "./fr/invitations.json"
import frFindings from "./fr/findings.json"
import frIdentity from "./fr/identity.json"
import frKinds from "./fr/kinds.json"
import frNetwork from "./fr/network.json"
import frOrganisation from "./fr/organisation.json"
import frPeople from "./fr/people.json"
import frPlaces from "./fr/places.json"
import frReaching from "./fr/reaching.json"
import frRegistrar from "./fr/registrar.json"
import frTrail from "./fr/trail.json"

const fr = {
  common: frCommon,
  access: frAccess,
  acts: frActs,
  auth: frAuth,
  circles: frCircles,
  careteam: frCareteam,
  chat: frChat,
  directory: frDirectory,
  exports: frExports,
  files: frFiles,
  findings: frFindings,
  holds: frHolds,
  invitations: frInvitations,
  identity: frIdentity,
  kinds: frKinds,
  network: frNetwork,
  organisation: frOrganisation,
  people: frPeople,
  places: frPlaces,
  reaching: frReaching,
  registrar: frRegistrar,
  trail: frTrail,
}
const en = {
  common: enCommon,
  access: enAccess,
  acts: enActs,
  auth: enAuth,
  circles: enCircles,
  careteam: enCareteam,
  chat: enChat,
  directory: enDirectory,
  exports: enExports,
  files: enFiles,
  findings: enFindings,
  holds: enHolds,
  invitations: enInvitations,
  identity: enIdentity,
  kinds: enKinds,
  network: enNetwork,
  organisation: enOrganisation,
  people: enPeople,
  places: enPlaces,
  reaching: enReaching,
  registrar: enRegistrar,
  trail: enTrail,
}

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "common"
    resources: typeof fr
  }
}

export const languages = ["fr", "en"] as const
export type Language = (typeof languages)[number]

const STORED = "cordee.language"

/** French unless this person chose otherwise in this browser. */
function chosen(): Language {
  return localStorage.getItem(STORED) === "en" ? "en" : "fr"
}

export function startWords(): i18n {
  const words = i18next.use(initReactI18next)
  void words.init({
    lng: chosen(),
    fallbackLng: "fr",
    ns: Object.keys(fr),
    defaultNS: "common",
    resources: { fr, en },
    interpolation: { escapeValue: false }, // React escapes
    initAsync: false,
  })
  document.documentElement.lang = words.language
  return words
}

export async function speak(language: Language): Promise<void> {
  localStorage.setItem(STORED, language)
  document.documentElement.lang = language
  await i18next.changeLanguage(language)
}
