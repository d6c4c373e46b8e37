/** A whole team at once: who of a structure, one ground, one role, one end; then each by name, as it goes. */
import "./invitations.css"
import "./letter.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useQuery } from "@tanstack/react-query"
import type { Candidate, Circle, CircleRow, Ground, RoleId } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { endOfDay, useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Chip } from "../../ui/Chip.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { SearchField } from "../../ui/SearchField.tsx"
import { Select } from "../../ui/Select.tsx"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { fullName } from "../directory/professional.ts"
import { useSettled } from "../directory/useSettled.ts"
import { inviteAll, together, type Standing } from "./team.ts"

const PAUSE_MS = 250
const LEAST_CHARACTERS = 2
/** Somebody outside the care team needs a consent of their own: not together with others. */
const grounds = ["same_structure", "chosen_by_patient", "formal_team"] as const satisfies readonly Ground[]
const roles = ["member", "guest"] as const

interface TeamDialogProps {
  circle: Circle
  row: CircleRow
  isOpen: boolean
  onClose: () => void
}

export function TeamDialog({ isOpen, onClose, ...where }: TeamDialogProps) {
  const { t } = useTranslation("invitations")
  return (
    <Dialog title={t("team.title")} isOpen={isOpen} onClose={onClose}>
      {isOpen && <TeamForm {...where} onClose={onClose} />}
    </Dialog>
  )
}

function TeamForm({ circle, row, onClose }: Omit<TeamDialogProps, "isOpen">) {
  const { t } = useTranslation(["invitations", "directory", "circles"])
  const sexWords = useSexWords()(sexOf(row.patient))
  const today = useToday()
  const [typed, setTyped] = useState("")
  const [chosen, setChosen] = useState<readonly RoleId[]>([])
  const [ground, setGround] = useState<Ground | null>(row.patient === null ? "no_patient" : null)
  const [role, setRole] = useState<(typeof roles)[number]>("member")
  const [end, setEnd] = useState<string | null>(null)
  const [tried, setTried] = useState(false)
  const [going, setGoing] = useState<readonly Candidate[] | null>(null)
  const [standings, setStandings] = useState<ReadonlyMap<RoleId, Standing>>(new Map())
  const query = useSettled(typed.trim(), PAUSE_MS)
  const { data, isFetching } = useQuery({
    queryKey: ["candidates", circle.id, query],
    queryFn: () => circle.candidates(query),
    enabled: query.length >= LEAST_CHARACTERS,
  })
  const { apart, can } = together(data?.candidates ?? [])
  const wanted = can.filter((each) => chosen.includes(each.role))
  const endMistake =
    end === null
      ? role === "guest"
        ? t("directory:endMissing")
        : undefined
      : end < today
        ? t("directory:endPast")
        : undefined

  const invite = () => {
    setTried(true)
    if (ground === null || endMistake !== undefined || wanted.length === 0) return
    setGoing(wanted)
    const conditions = { role, ground, notAfter: end === null ? null : endOfDay(end) }
    void inviteAll(circle, wanted, conditions, (candidate, standing) => {
      setStandings((before) => new Map(before).set(candidate.role, standing))
    })
  }

  if (going !== null) return <Progress people={going} standings={standings} onClose={onClose} />
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        invite()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <SearchField
        label={t("team.search")}
        placeholder={t("team.searchPlaceholder")}
        value={typed}
        onChange={setTyped}
        autoFocus
      />
      <p className="mini faint" role="status">
        {query.length < LEAST_CHARACTERS
          ? t("team.searchNote")
          : isFetching
            ? t("directory:searching")
            : t("team.found", { count: can.length })}
        {data?.truncated === true && ` ${t("team.truncated")}`}
      </p>
      {can.length > 0 && (
        <>
          <Checkboxes
            label={t("team.who")}
            boxes={can.map((each) => ({ value: each.role, label: `${fullName(each)}, ${each.profession.label}` }))}
            values={chosen}
            onChange={setChosen}
          />
          <Button
            variant="quiet"
            onPress={() => {
              setChosen(wanted.length === can.length ? [] : can.map((each) => each.role))
            }}
          >
            {t(wanted.length === can.length ? "team.none" : "team.all")}
          </Button>
        </>
      )}
      {apart.length > 0 && <p className="small soft">{t("team.apart", { names: apart.map(fullName).join(", ") })}</p>}
      {row.patient !== null && (
        <RadioCards
          label={t("directory:ground")}
          note="CSP L1110-4, L1110-12"
          cards={grounds.map((value) => ({ value, label: t(`circles:ground.${value}.label`, sexWords) }))}
          value={ground}
          onChange={setGround}
          error={tried && ground === null ? t("directory:groundMissing") : undefined}
        />
      )}
      <div className="letter-two">
        <Select
          label={t("directory:role")}
          choices={roles.map((value) => ({ value, label: t(`directory:roles.${value}`) }))}
          value={role}
          onChange={setRole}
        />
        <DatePicker
          label={role === "guest" ? t("directory:end") : t("directory:endOptional")}
          value={end}
          onChange={setEnd}
          min={today}
          error={tried ? endMistake : undefined}
          labels={{ previous: t("directory:previousMonth"), next: t("directory:nextMonth") }}
        />
      </div>
      {tried && wanted.length === 0 && (
        <Notice tone="urgent" role="alert">
          {t("team.nobody")}
        </Notice>
      )}
      <p className="small soft">{t("team.consequence")}</p>
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("decline.back")}</Button>
        <Button type="submit" variant="primary" icon="key">
          {t("team.submit", { count: wanted.length })}
        </Button>
      </div>
    </Form>
  )
}

interface ProgressProps {
  people: readonly Candidate[]
  standings: ReadonlyMap<RoleId, Standing>
  onClose: () => void
}

function Progress({ people, standings, onClose }: ProgressProps) {
  const { t } = useTranslation("invitations")
  const words = useErrorWords()
  const of = (candidate: Candidate): Standing => standings.get(candidate.role) ?? { at: "waiting" }
  const over = people.filter((each) => ["invited", "refused"].includes(of(each).at)).length
  return (
    <>
      <p role="status">{t("team.progress", { over, count: people.length })}</p>
      <ul className="team-progress">
        {people.map((each) => {
          const standing = of(each)
          return (
            <li key={each.role}>
              <span className="name">{fullName(each)}</span>
              <Chip
                tone={standing.at === "refused" ? "vigilance" : "neutral"}
                {...(standing.at === "waiting" || standing.at === "running"
                  ? { icon: "clock" as const }
                  : { icon: standing.at === "invited" ? ("check" as const) : ("triangle" as const) })}
              >
                {t(`team.at.${standing.at}`)}
              </Chip>
              {standing.at === "refused" && <p className="small">{words(standing.error)}</p>}
            </li>
          )
        })}
      </ul>
      <div className="dialog-actions">
        <Button variant="primary" isDisabled={over < people.length} onPress={onClose}>
          {t("team.close")}
        </Button>
      </div>
    </>
  )
}
