/** Opening a circle: who the patient is, that they were informed, and on what ground I am in it. */
import "./openCircle.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useNavigate, useSearchParams } from "react-router"
import type { ProposedCircle } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button, IconButton, LinkButton } from "../../ui/Button.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { proposedForm } from "../careteam/proposedForm.ts"
import { useProposed } from "../careteam/useProposed.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { Capture } from "../identity/Capture.tsx"
import { searched } from "../identity/identityForm.ts"
import { IdentityPart, PatientPart } from "../identity/IdentityParts.tsx"
import { KnownNotice } from "../identity/KnownNotice.tsx"
import { useKnown } from "../identity/useKnown.ts"
import { circleOf, emptyForm, mistakesIn, type FieldName, type OpenCircleForm } from "./openCircleForm.ts"
import { sentenceName, usePatientWords } from "./patient.ts"
import { RightsPart } from "./RightsPart.tsx"

export function OpenCirclePage() {
  const { t } = useTranslation("careteam")
  const [asked] = useSearchParams()
  const id = asked.get("proposition")
  const all = useProposed(id !== null)
  if (id === null) return <OpenCircle proposed={null} />
  const proposed = all?.find((each) => each.id === id)
  if (proposed !== undefined) return <OpenCircle key={id} proposed={proposed} />
  return (
    <main className="screen open-circle">
      {all !== undefined && <Notice role="status">{t("opening.gone")}</Notice>}
    </main>
  )
}

function OpenCircle({ proposed }: { proposed: ProposedCircle | null }) {
  const { t } = useTranslation("circles")
  const cordee = useCordee()
  const navigate = useNavigate()
  const today = useToday()
  const act = useAct()
  const [form, setForm] = useState(() => (proposed === null ? emptyForm : proposedForm(proposed.patient)))
  const [tried, setTried] = useState(false)
  useTitle(t("open.title"))

  const change = (changes: Partial<OpenCircleForm>) => {
    setForm((before) => ({ ...before, ...changes }))
    act.forget()
  }
  const traits = searched(form, today)
  const known = useKnown(traits)
  const mistakes = tried ? mistakesIn(form, today) : {}
  const problem = (field: FieldName) => {
    const mistake = mistakes[field]
    return mistake === undefined ? undefined : t(`open.mistakes.${mistake}`)
  }

  const open = () => {
    setTried(true)
    const circle = circleOf(form, today)
    if (circle === null) return
    act.run(async () => {
      const id = await cordee.openCircle(proposed === null ? circle : { ...circle, proposed: proposed.team })
      toast(t("open.opened"))
      await navigate(paths.circle(id), { replace: true })
    })
  }

  return (
    <main className="screen open-circle">
      <header className="open-circle-head">
        <h1>{t("open.title")}</h1>
        <IconButton href={paths.circles} icon="cross" label={t("open.close")} />
      </header>
      <Form
        className="open-circle-form"
        onSubmit={(event) => {
          event.preventDefault()
          open()
          focusFirstMistake(event.currentTarget)
        }}
      >
        {proposed !== null && <ProposedNote source={proposed.source} />}
        <PatientPart form={form} change={change} problem={problem}>
          <Capture form={form} change={change} />
          {traits !== null && <KnownNotice traits={traits} known={known} />}
        </PatientPart>
        <IdentityPart form={form} change={change} problem={problem} />
        <RightsPart form={form} change={change} problem={problem} />
        <footer className="open-circle-foot">
          {act.problem !== null && (
            <Notice tone="urgent" role="alert">
              {act.problem}
            </Notice>
          )}
          {tried && Object.keys(mistakes).length > 0 && (
            <p className="open-circle-mistakes" role="alert">
              {t("open.mistakeCount", { count: Object.keys(mistakes).length })}
            </p>
          )}
          <Sentence form={form} />
          <div className="open-circle-buttons">
            <Button type="submit" variant="primary" icon="key" large isPending={act.running}>
              {act.running ? t("open.running") : t("open.submit")}
            </Button>
            <LinkButton href={paths.circles}>{t("open.cancel")}</LinkButton>
          </div>
        </footer>
      </Form>
    </main>
  )
}

/** Where the words in the form come from, and whose word counts. */
function ProposedNote({ source }: Pick<ProposedCircle, "source">) {
  const { t } = useTranslation("careteam")
  return <Notice>{t("opening.note", { ...source })}</Notice>
}

/** The whole act in one sentence, as soon as there is somebody to name. */
function Sentence({ form }: { form: OpenCircleForm }) {
  const { t } = useTranslation("circles")
  const words = usePatientWords()
  const { birthDate, sex, birthName, givenNames } = form
  if (birthDate === null || sex === null || birthName.trim() === "" || givenNames.trim() === "") {
    return <p className="small soft">{t("open.sentenceEmpty")}</p>
  }
  const patient = {
    family: birthName.trim(),
    given: givenNames.trim(),
    sex,
    birth_date: birthDate,
    identity_status: form.status,
  }
  const { age, born } = words(patient)
  return <p className="small">{t("open.sentence", { name: sentenceName(patient), age, born })}</p>
}
