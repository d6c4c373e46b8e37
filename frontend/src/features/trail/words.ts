/** An act of the trail in words: who did what, and what is known beside. Pseudonyms by their codes. */
import { useTranslation } from "react-i18next"
import { asId, type Pseudonym, type TrailRow } from "../../core/index.ts"
import actWords from "../../locales/fr/acts.json"
import trailWords from "../../locales/fr/trail.json"
import { deviceCode, LETTERS, subjectCode } from "./code.ts"

export interface TrailWords {
  /** `Ouverture d’historique` */
  readonly actName: (act: string) => string
  /** `<b>P-71KD4</b> ouvre l’historique à <b>P-4MXR0</b>`, for `Marked`. */
  readonly sentence: (row: TrailRow) => string
  /** The same of somebody who is called otherwise: `<b>Mme Haddad</b> rejoint le cercle`. */
  readonly saidBy: (of: Pick<TrailRow, "act" | "out">, who: string, whom?: string) => string
  /** `infirmier`, `DAC Haute-Combe`, `appareil A-09X` */
  readonly beside: (row: TrailRow, organisation: string | null) => readonly string[]
  readonly who: (row: TrailRow) => string
  readonly role: (code: string) => string
  readonly purpose: (code: string) => string
  readonly error: (code: string) => string
  readonly how: (auth: string) => string
  /** `message 88`, `appareil A-09X` */
  readonly object: (obj: string) => string
}

type Known<Table> = keyof Table & string

function has<Table extends object>(table: Table, key: string): key is Known<Table> {
  return Object.hasOwn(table, key)
}

/** The pseudonym of a person who is acted upon. */
export function whomOf({ obj, on }: TrailRow): Pseudonym | null {
  const [type, id] = obj?.split("/") ?? []
  return type === "Person" && id !== undefined ? asId<Pseudonym>(id) : on
}

/** Everybody of whom these acts speak, professionals and patients, each once. */
export function subjectsOf(rows: readonly TrailRow[]): readonly Pseudonym[] {
  const spoken = rows.flatMap((row) => [row.who, row.on, whomOf(row), row.pat])
  return [...new Set(spoken.filter((each) => each !== null))]
}

export function useTrailWords(): TrailWords {
  const { t } = useTranslation(["trail", "acts"])

  /** The key of an act's words, or null for one that a newer server knows alone. */
  const keyOf = (act: string, what: "name" | "said") => {
    const [subject = "", verb = ""] = act.split(".")
    if (!has(actWords.acts, subject) || !has(actWords.acts[subject], verb)) return null
    // A template of every subject with every verb would be a type of ten thousand keys.
    return `acts:acts.${act}.${what}` as "acts:acts.auth.login.name"
  }
  const actName = (act: string) => {
    const key = keyOf(act, "name")
    return key === null ? act : t(key)
  }
  const who = ({ auth, sys, who: person }: TrailRow) => {
    if (person !== null) return subjectCode("Person", person)
    if (sys !== null) return t("actor.system")
    return auth === "system" ? t("actor.server") : t("actor.nobody")
  }
  const saidBy: TrailWords["saidBy"] = ({ act, out }, name, whom = t("somebody")) => {
    if (out !== 0) return t("refused", { who: name, act: actName(act) })
    const key = keyOf(act, "said")
    return key === null ? t("unknownAct", { who: name, act }) : t(key, { who: name, whom })
  }
  const role = (code: string) => (has(trailWords.roles, code) ? t(`roles.${code}`) : t("role", { code }))
  const error = (code: string) => (has(trailWords.refusals, code) ? t(`refusals.${code}`) : code)

  return {
    actName,
    who,
    role,
    error,
    purpose: (code) => (has(trailWords.purposes, code) ? t(`purposes.${code}`) : code),
    how: (auth) => (has(trailWords.auth, auth) ? t(`auth.${auth}`) : auth),
    object(obj) {
      const [type = "", id = ""] = obj.split("/")
      const name = has(trailWords.objects, type) ? t(`objects.${type}`) : type
      if (has(LETTERS, type)) return `${name} ${subjectCode(type, id)}`
      return type === "Device" ? `${name} ${deviceCode(id)}` : `${name} ${id.slice(-6)}`
    },
    saidBy,
    sentence(row) {
      const whom = whomOf(row)
      return saidBy(row, who(row), whom === null ? undefined : subjectCode("Person", whom))
    },
    beside(row, organisation) {
      const said = [
        row.err === null ? null : error(row.err),
        row.role === null ? null : role(row.role),
        organisation,
        row.cir === null ? null : t("beside.circle", { code: subjectCode("Circle", row.cir) }),
        row.dev === null ? null : t("beside.device", { code: deviceCode(row.dev) }),
        row.epo === null ? null : t("beside.epoch", { epoch: row.epo }),
        row.cnt === null || row.cnt === 0 ? null : t("beside.count", { count: row.cnt }),
        row.has_reason ? t("beside.reason") : null,
      ]
      return said.filter((each) => each !== null)
    },
  }
}
