/**
 * The invented conversations of the demo: five patients of Saint-Aubrac and those around them.
 *
 * Nobody here exists. `days` and `at` place a message's signed `created` before the day of the seed; the server's own times are now.
 */
import type { Ground, PatientTraits, Role } from "../src/core/index.ts"

/** Keys of the demo's people: their identifier in directory/demo/annuaire.json. */
export type Name =
  | "anne-laure-ferrier"
  | "helene-roussel"
  | "sophie-landrin"
  | "thomas-oyelaran"
  | "karim-benali"
  | "claire-vasseur"
  | "nadia-haddad"
  | "malik-ducasse"
  | "yanis-rocher"
  | "odile-perrin"
  | "etienne-caron"

export interface Invited {
  readonly name: Name
  readonly role: Role
  readonly ground: Ground
  /** Days from the seed until the end of access; a guest must have one. */
  readonly endsIn?: number
  /** Stays an open invitation. */
  readonly waits?: boolean
}

export interface Line {
  readonly from: Name
  /** Days before the seed. */
  readonly days: number
  /** Hour of that day, in UTC. */
  readonly at: string
  readonly text: string
}

export interface Story {
  readonly patient: PatientTraits
  readonly informedDaysAgo: number
  readonly coordinator: Name
  readonly ground: Ground
  readonly others: readonly Invited[]
  readonly lines: readonly Line[]
}

/** The OID of demonstration identities: no real person has one. */
const DEMO_OID = "1.2.250.1.213.1.4.11"

/** 13 digits and their key, 97 − (N mod 97). */
function demoIns(number: string): string {
  const key = 97n - (BigInt(number.replace("2A", "19").replace("2B", "18")) % 97n)
  return number + key.toString().padStart(2, "0")
}

export const STORIES: readonly Story[] = [
  {
    patient: {
      birth_name: "AUBERTIN",
      used_name: null,
      given_names: "Jeanne",
      birth_date: "1941-03-12",
      sex: "F",
      birthplace: "38421",
      identity_status: "qualified",
      document: "identity_card",
      attributes: [],
      matricule: demoIns("2410338421056"),
      oid: DEMO_OID,
    },
    informedDaysAgo: 12,
    coordinator: "anne-laure-ferrier",
    ground: "formal_team",
    others: [
      { name: "helene-roussel", role: "member", ground: "chosen_by_patient" },
      { name: "sophie-landrin", role: "member", ground: "formal_team" },
      { name: "thomas-oyelaran", role: "member", ground: "formal_team" },
      { name: "karim-benali", role: "member", ground: "formal_team" },
      { name: "nadia-haddad", role: "member", ground: "formal_team", endsIn: 40 },
      { name: "malik-ducasse", role: "member", ground: "formal_team", waits: true },
    ],
    lines: [
      {
        from: "anne-laure-ferrier",
        days: 9,
        at: "08:10",
        text: "Bonjour à tous. J’ouvre ce cercle pour le retour à domicile de Mme Aubertin, prévu jeudi. Elle a été informée et elle est d’accord.",
      },
      {
        from: "helene-roussel",
        days: 9,
        at: "11:42",
        text: "Merci. Je passe la voir vendredi matin. Traitement de sortie à vérifier avec la pharmacie, il y a deux doublons sur l’ordonnance.",
      },
      {
        from: "karim-benali",
        days: 9,
        at: "14:05",
        text: "Vu. Je garde l’ancien anticoagulant de côté et j’attends votre ordonnance. Pilulier prêt jeudi à 17 h.",
      },
      {
        from: "sophie-landrin",
        days: 7,
        at: "17:30",
        text: "Première visite faite. Tension 13/8, pas d’œdème. Elle marche avec le déambulateur mais refuse la barre dans la douche.",
      },
      {
        from: "thomas-oyelaran",
        days: 6,
        at: "09:20",
        text: "Sa fille demande un hébergement temporaire en décembre, le temps de ses propres soins. Je regarde les places aux Tilleuls.",
      },
      {
        from: "anne-laure-ferrier",
        days: 5,
        at: "10:02",
        text: "D’accord. Il faudra le certificat médical et le dossier unique. Thomas, vous me dites la date limite ?",
      },
      {
        from: "thomas-oyelaran",
        days: 4,
        at: "15:48",
        text: "Date limite le 28. Une chambre au rez-de-chaussée est réservée jusque-là.",
      },
      {
        from: "helene-roussel",
        days: 3,
        at: "12:15",
        text: "Certificat signé hier, je le dépose au CCAS. Bilan sanguin correct, potassium à 4,1.",
      },
      {
        from: "nadia-haddad",
        days: 2,
        at: "18:05",
        text: "Repas du soir pris en entier. Elle a demandé des nouvelles de son fils deux fois.",
      },
      {
        from: "sophie-landrin",
        days: 1,
        at: "08:50",
        text: "Un peu essoufflée ce matin en revenant de la cuisine, 92 % au repos. Dr Roussel, voulez-vous que je repasse ce soir ?",
      },
      {
        from: "helene-roussel",
        days: 1,
        at: "09:14",
        text: "Oui, repassez et appelez-moi si elle descend sous 90 %. Au moindre doute la nuit, c’est le 15.",
      },
      {
        from: "sophie-landrin",
        days: 1,
        at: "18:40",
        text: "94 % ce soir, elle a mangé et regarde la télévision. Je repasse demain à 8 h.",
      },
    ],
  },
  {
    patient: {
      birth_name: "GRANDVAUX",
      used_name: null,
      given_names: "Émile",
      birth_date: "1934-07-04",
      sex: "M",
      birthplace: "38185",
      identity_status: "validated",
      document: "passport",
      attributes: [],
      matricule: null,
      oid: null,
    },
    informedDaysAgo: 20,
    coordinator: "anne-laure-ferrier",
    ground: "formal_team",
    others: [
      { name: "thomas-oyelaran", role: "member", ground: "formal_team" },
      { name: "claire-vasseur", role: "member", ground: "chosen_by_patient" },
      { name: "yanis-rocher", role: "member", ground: "formal_team", endsIn: 5 },
      { name: "helene-roussel", role: "member", ground: "chosen_by_patient" },
    ],
    lines: [
      {
        from: "thomas-oyelaran",
        days: 8,
        at: "09:05",
        text: "Visite à domicile faite. Le logement est encombré, mais M. Grandvaux tient à rester chez lui.",
      },
      {
        from: "yanis-rocher",
        days: 6,
        at: "16:20",
        text: "Évaluation ergothérapie : deux marches à l’entrée, une rampe suffit. Devis demandé.",
      },
      {
        from: "claire-vasseur",
        days: 5,
        at: "13:10",
        text: "Échographie stable par rapport à juin. Je ne change rien au traitement, contrôle dans six mois.",
      },
      {
        from: "anne-laure-ferrier",
        days: 2,
        at: "09:30",
        text: "La demande d’APA part demain. Qui signe la grille AGGIR ?",
      },
      { from: "helene-roussel", days: 2, at: "12:45", text: "Je la remplis cet après-midi avec lui." },
    ],
  },
  {
    patient: {
      birth_name: "AUBERTIN",
      used_name: null,
      given_names: "Jean",
      birth_date: "1967-09-02",
      sex: "M",
      birthplace: "38421",
      identity_status: "qualified",
      document: "identity_card",
      attributes: ["homonym"],
      matricule: demoIns("1670938421112"),
      oid: DEMO_OID,
    },
    informedDaysAgo: 9,
    coordinator: "helene-roussel",
    ground: "chosen_by_patient",
    others: [
      { name: "karim-benali", role: "member", ground: "chosen_by_patient" },
      { name: "anne-laure-ferrier", role: "member", ground: "formal_team" },
    ],
    lines: [
      {
        from: "helene-roussel",
        days: 5,
        at: "10:20",
        text: "M. Aubertin commence son insuline lundi. Éducation prévue à la maison de santé mercredi à 9 h.",
      },
      {
        from: "karim-benali",
        days: 4,
        at: "11:00",
        text: "Stylos et bandelettes commandés. Je lui montre le lecteur au comptoir.",
      },
      {
        from: "karim-benali",
        days: 1,
        at: "12:31",
        text: "Pilulier de la semaine livré ce matin. Il a bien compris l’ordre des prises.",
      },
    ],
  },
  {
    patient: {
      birth_name: "KERVELLA",
      used_name: "LE GOFF",
      given_names: "Odette",
      birth_date: "1947-11-19",
      sex: "F",
      birthplace: "29019",
      identity_status: "provisional",
      attributes: [],
      matricule: null,
      oid: null,
    },
    informedDaysAgo: 6,
    coordinator: "sophie-landrin",
    ground: "same_structure",
    others: [
      { name: "nadia-haddad", role: "member", ground: "same_structure" },
      { name: "helene-roussel", role: "member", ground: "chosen_by_patient" },
      { name: "odile-perrin", role: "member", ground: "formal_team" },
    ],
    lines: [
      {
        from: "sophie-landrin",
        days: 4,
        at: "08:15",
        text: "Pansement refait, plaie propre, bords roses. Prochain passage samedi.",
      },
      {
        from: "odile-perrin",
        days: 3,
        at: "14:30",
        text: "J’ai reçu sa voisine : elle peut faire les courses le mardi. Je mets en place le portage pour les autres jours.",
      },
      { from: "helene-roussel", days: 2, at: "19:05", text: "Bilan reçu, rien d’inquiétant. On se revoit en janvier." },
      { from: "nadia-haddad", days: 1, at: "17:55", text: "Toilette faite, elle a marché jusqu’au jardin avec moi." },
    ],
  },
  {
    patient: {
      birth_name: "DIARRA",
      used_name: "DIARRA-LEROY",
      given_names: "Fatou",
      birth_date: "1988-05-30",
      sex: "F",
      birthplace: "99335",
      identity_status: "retrieved",
      attributes: [],
      matricule: demoIns("2880599335027"),
      oid: DEMO_OID,
    },
    informedDaysAgo: 15,
    coordinator: "thomas-oyelaran",
    ground: "formal_team",
    others: [
      { name: "etienne-caron", role: "coordinator", ground: "formal_team" },
      { name: "helene-roussel", role: "member", ground: "chosen_by_patient" },
      { name: "claire-vasseur", role: "member", ground: "formal_team", waits: true },
    ],
    lines: [
      {
        from: "thomas-oyelaran",
        days: 7,
        at: "10:05",
        text: "Mme Diarra-Leroy sort de la maternité samedi. Le logement est prêt, la mutuelle est à jour.",
      },
      {
        from: "etienne-caron",
        days: 6,
        at: "09:40",
        text: "Je prends la suite pour l’aîné : place en crèche confirmée à partir de lundi.",
      },
      {
        from: "helene-roussel",
        days: 2,
        at: "10:05",
        text: "Première visite dimanche à 10 h. Tout va bien au téléphone.",
      },
    ],
  },
]

/** A compartment of the first patient's circle, which the circle's coordinator opens. */
export const COMPARTMENT = {
  name: "Social",
  others: [{ name: "thomas-oyelaran", role: "member", ground: "formal_team" }],
  lines: [
    {
      from: "anne-laure-ferrier",
      days: 1,
      at: "08:40",
      text: "Thomas, la situation financière reste ici : la fille ne souhaite pas que tout le cercle la connaisse.",
    },
    {
      from: "thomas-oyelaran",
      days: 1,
      at: "09:05",
      text: "Entendu. Le dossier d’aide sociale à l’hébergement est complet, il part demain au département.",
    },
  ],
} as const satisfies { name: string; others: readonly Invited[]; lines: readonly Line[] }

/** The team of the structure in which its coordinator practises. */
export const TEAM = {
  name: "Plaies et cicatrisation",
  coordinator: "anne-laure-ferrier",
  others: [
    { name: "helene-roussel", role: "member", ground: "no_patient" },
    { name: "sophie-landrin", role: "coordinator", ground: "no_patient" },
    { name: "karim-benali", role: "member", ground: "no_patient" },
  ],
  lines: [
    {
      from: "anne-laure-ferrier",
      days: 2,
      at: "10:00",
      text: "Le protocole de pansement révisé est validé. On en parle à la réunion de jeudi.",
    },
    { from: "karim-benali", days: 2, at: "10:20", text: "J’apporte la liste des dispositifs en stock." },
  ],
} as const satisfies {
  name: string
  coordinator: Name
  others: readonly Invited[]
  lines: readonly Line[]
}

/** Two who are in contact, and talk. */
export const EXCHANGE = {
  one: "helene-roussel",
  other: "anne-laure-ferrier",
  lines: [
    {
      from: "helene-roussel",
      days: 1,
      at: "12:30",
      text: "Êtes-vous joignable vers 17 h pour caler les gardes de décembre ?",
    },
    { from: "anne-laure-ferrier", days: 1, at: "12:41", text: "Oui, je vous appelle au cabinet." },
  ],
} as const satisfies { one: Name; other: Name; lines: readonly Line[] }
