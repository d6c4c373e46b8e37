/** On what conditions someone is invited, and the sentence that says the whole act before it is signed. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useNavigate } from "react-router"
import type { Candidate, Circle, CircleRow, Ground, Role, UserId } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { dayOf, endOfDay, useToday } from "../../locales/today.ts"
import { Avatar } from "../../ui/Avatar.tsx"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { Select } from "../../ui/Select.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCircleWords } from "../circles/circleTitle.ts"
import { sexOf, useSexWords } from "../circles/patient.ts"
import { LetterFields, letterOf, newLetter } from "../invitations/LetterFields.tsx"
import { Principal } from "../places/Principal.tsx"
import { NOTHING_SAID, saidWrong, Statement } from "../places/Statement.tsx"
import { paths } from "../shell/paths.ts"
import { useFixedTerms } from "./fixedTerms.ts"
import { fullName, initialsOf } from "./professional.ts"

const roles = ["member", "coordinator", "guest", "delegate"] as const satisfies readonly Role[]
const grounds = [
  "same_structure",
  "chosen_by_patient",
  "formal_team",
  "outside_team",
] as const satisfies readonly Ground[]

interface ConditionsProps {
  circle: Circle
  row: CircleRow
  candidate: Candidate
  onCancel: () => void
}

export function Conditions({ circle, row, candidate, onCancel }: ConditionsProps) {
  const { t } = useTranslation(["directory", "places"])
  const { t: circleWords } = useTranslation("circles")
  const navigate = useNavigate()
  const today = useToday()
  const act = useAct()
  const [chosenGround, setGround] = useState<Ground | null>(null)
  const fixed = useFixedTerms(row, candidate)
  const ground = fixed.ground ?? chosenGround
  const [chosenRole, setRole] = useState<(typeof roles)[number]>("member")
  const role = fixed.role ?? chosenRole
  const [end, setEnd] = useState<string | null>(fixed.until === null ? null : dayOf(fixed.until))
  const [letter, setLetter] = useState(() => newLetter(candidate.mssante))
  const [tried, setTried] = useState(false)
  const isWrittenTo = candidate.account !== "open"
  const address = letterOf(letter)
  const [said, setSaid] = useState(NOTHING_SAID)
  const [principal, setPrincipal] = useState<UserId | null>(null)
  const needsConsent = fixed.ground === null && ground === "outside_team"
  const sexWords = useSexWords()(sexOf(row.patient))
  const endMistake =
    end === null ? (role === "guest" ? t("endMissing") : undefined) : end < today ? t("endPast") : undefined

  const invite = () => {
    setTried(true)
    if (ground === null || endMistake !== undefined || (isWrittenTo && address === undefined)) return
    if ((needsConsent && saidWrong(said, today) !== undefined) || (role === "delegate" && principal === null)) return
    act.run(async () => {
      await circle.invite({
        candidate,
        role,
        ground,
        notAfter: end === null ? null : endOfDay(end),
        consent: needsConsent && said.on !== null ? { givenOn: said.on, how: said.how } : null,
        delegateOf: role === "delegate" ? principal : null,
        ...(isWrittenTo && address && { letter: address }),
      })
      toast(t(isWrittenTo ? "invitedByLetter" : "invited", { name: fullName(candidate) }))
      await navigate(paths.circle(row.id))
    })
  }

  return (
    <Form
      className="conditions"
      onSubmit={(event) => {
        event.preventDefault()
        invite()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <h2 className="line">
        <Avatar initials={initialsOf(candidate)} sector={candidate.sector} small />
        {fullName(candidate)}
      </h2>
      {fixed.ground === null && (
        <RadioCards
          label={t("ground")}
          note="CSP L1110-4, L1110-12"
          cards={grounds.map((value) => ({
            value,
            label: circleWords(`ground.${value}.label`, sexWords),
            description: circleWords(`ground.${value}.description`, sexWords),
          }))}
          value={ground}
          onChange={setGround}
          error={tried && ground === null ? t("groundMissing") : undefined}
        />
      )}
      {needsConsent && (
        <fieldset className="conditions-consent">
          <legend>{t("places:consent.heading", sexWords)}</legend>
          <p className="soft">{t("places:consent.note", sexWords)}</p>
          <Statement label={t("places:consent.label")} said={said} onChange={setSaid} tried={tried} />
        </fieldset>
      )}
      {row.kind !== "direct" && (
        <div className="conditions-two">
          <Select
            label={t("role")}
            choices={roles
              .filter((value) => fixed.role === null || value === fixed.role)
              .map((value) => ({ value, label: t(`roles.${value}`), description: t(`roleNotes.${value}`) }))}
            value={role}
            onChange={setRole}
          />
          <DatePicker
            label={role === "guest" ? t("end") : t("endOptional")}
            value={end}
            onChange={setEnd}
            min={today}
            error={tried ? endMistake : undefined}
            labels={{ previous: t("previousMonth"), next: t("nextMonth") }}
          />
        </div>
      )}
      {isWrittenTo && (
        <LetterFields
          person={candidate}
          mssante={candidate.mssante}
          letter={letter}
          onChange={setLetter}
          tried={tried}
        />
      )}
      {role === "delegate" && <Principal circle={circle} chosen={principal} onChange={setPrincipal} tried={tried} />}
      <div className="conditions-foot">
        {act.problem !== null && (
          <Notice tone="urgent" role="alert">
            {act.problem}
          </Notice>
        )}
        {candidate.identity_key === null && (
          <Notice icon="clock">
            <Marked text={t("pending", { name: fullName(candidate) })} />
          </Notice>
        )}
        <Sentence row={row} candidate={candidate} role={role} end={end} />
        <div className="conditions-buttons">
          <Button type="submit" variant="primary" icon="key" isPending={act.running}>
            {act.running ? t("running") : t("submit")}
          </Button>
          <Button isDisabled={act.running} onPress={onCancel}>
            {t("cancel")}
          </Button>
        </div>
      </div>
    </Form>
  )
}

interface SentenceProps {
  row: CircleRow
  candidate: Candidate
  role: (typeof roles)[number]
  end: string | null
}

function Sentence({ row, candidate, role, end }: SentenceProps) {
  const { t } = useTranslation("directory")
  const dates = useDates()
  const { of } = useCircleWords()(row)
  return (
    <p>
      <Marked text={t(`sentence.${role}`, { name: fullName(candidate), of })} />
      <Marked text={end === null ? t("sentence.noEnd") : t("sentence.until", { date: dates.numeric(end) })} />{" "}
      {t("sentence.others")}
    </p>
  )
}
