/** Opening a circle: who the patient is, that they were informed, and on what ground I am in it. */
import "./openCircle.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useNavigate } from "react-router"
import type { Ground, IdentityStatus, Sex } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button, IconButton, LinkButton } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { DateField, DatePicker } from "../../ui/DateField.tsx"
import { Field } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { Select } from "../../ui/Select.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { isDemo } from "../auth/demo.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import {
  circleOf,
  emptyForm,
  hasMatricule,
  mistakesIn,
  oids,
  type FieldName,
  type OpenCircleForm,
} from "./openCircleForm.ts"
import { sentenceName, usePatientWords, useSexWords } from "./patient.ts"

const sexes: readonly Sex[] = ["F", "M", "I"]
const statuses: readonly IdentityStatus[] = ["provisional", "retrieved", "validated", "qualified"]
/** One's own place in a circle is never outside the care team. */
const grounds: readonly Ground[] = ["same_structure", "chosen_by_patient", "formal_team"]

export function OpenCirclePage() {
  const { t } = useTranslation("circles")
  const cordee = useCordee()
  const navigate = useNavigate()
  const today = useToday()
  const act = useAct()
  const sexWords = useSexWords()
  const [form, setForm] = useState(emptyForm)
  const [tried, setTried] = useState(false)
  useTitle(t("open.title"))

  const change = (changes: Partial<OpenCircleForm>) => {
    setForm((before) => ({ ...before, ...changes }))
    act.forget()
  }
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
      const id = await cordee.openCircle(circle)
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
        <section className="open-circle-part" aria-labelledby="open-patient">
          <h2 id="open-patient">{t("open.patient")}</h2>
          <p className="small soft">{t("open.patientNote")}</p>
          <div className="open-circle-fields">
            <Field
              label={t("open.birthName")}
              value={form.birthName}
              onChange={(birthName) => {
                change({ birthName })
              }}
              autoComplete="off"
              error={problem("birthName")}
            />
            <Field
              label={t("open.givenNames")}
              value={form.givenNames}
              onChange={(givenNames) => {
                change({ givenNames })
              }}
              autoComplete="off"
              error={problem("givenNames")}
            />
            <Field
              label={t("open.usedName")}
              help={t("open.usedNameHelp")}
              value={form.usedName}
              onChange={(usedName) => {
                change({ usedName })
              }}
              autoComplete="off"
            />
            <DateField
              label={t("open.birthDate")}
              value={form.birthDate}
              onChange={(birthDate) => {
                change({ birthDate })
              }}
              error={problem("birthDate")}
            />
            <Field
              label={t("open.birthplace")}
              help={t("open.birthplaceHelp")}
              value={form.birthplace}
              onChange={(birthplace) => {
                change({ birthplace })
              }}
              autoComplete="off"
              maxLength={5}
              code
              error={problem("birthplace")}
            />
          </div>
          <RadioCards
            label={t("open.sex")}
            columns
            cards={sexes.map((value) => ({ value, label: t(`open.sexes.${value}`) }))}
            value={form.sex}
            onChange={(sex) => {
              change({ sex })
            }}
            error={problem("sex")}
          />
        </section>
        <section className="open-circle-part" aria-labelledby="open-identity">
          <h2 id="open-identity">{t("open.identity")}</h2>
          <div className="open-circle-fields">
            <Select
              label={t("open.status")}
              choices={statuses.map((value) => ({
                value,
                label: t(`patient.identity.${value}`),
                description: t(`open.statuses.${value}`),
              }))}
              value={form.status}
              onChange={(status) => {
                change({ status })
              }}
            />
            {hasMatricule(form.status) && (
              <>
                <Field
                  label={t("open.matricule")}
                  help={t("open.matriculeHelp")}
                  value={form.matricule}
                  onChange={(matricule) => {
                    change({ matricule })
                  }}
                  autoComplete="off"
                  maxLength={21}
                  code
                  error={problem("matricule")}
                />
                <Select
                  label={t("open.oid")}
                  placeholder={t("open.oidPlaceholder")}
                  choices={[
                    { value: oids.nir, label: t("open.oids.nir") },
                    { value: oids.nia, label: t("open.oids.nia") },
                    { value: oids.test, label: t("open.oids.test") },
                    ...(isDemo() ? [{ value: oids.demo, label: t("open.oids.demo") }] : []),
                  ]}
                  value={form.oid === "" ? null : form.oid}
                  onChange={(oid) => {
                    change({ oid })
                  }}
                  error={problem("oid")}
                />
              </>
            )}
          </div>
          <Checkboxes
            label={t("open.attributes")}
            boxes={[
              { value: "homonym", label: t("open.homonym") },
              ...(form.status === "provisional"
                ? [
                    { value: "doubtful" as const, label: t("open.doubtful") },
                    { value: "fictive" as const, label: t("open.fictive") },
                  ]
                : []),
            ]}
            values={form.attributes}
            onChange={(attributes) => {
              change({ attributes })
            }}
          />
        </section>
        <section className="open-circle-part" aria-labelledby="open-rights">
          <h2 id="open-rights">{t("open.rights")}</h2>
          <div className="open-circle-fields">
            <DatePicker
              label={t("open.informedOn")}
              help={t("open.informedOnHelp")}
              value={form.informedOn}
              onChange={(informedOn) => {
                change({ informedOn })
              }}
              max={today}
              error={problem("informedOn")}
              labels={{ previous: t("open.previousMonth"), next: t("open.nextMonth") }}
            />
          </div>
          <RadioCards
            label={t("open.ground")}
            note="CSP L1110-4, L1110-12"
            cards={grounds.map((value) => ({
              value,
              label: t(`ground.${value}.label`, sexWords(form.sex ?? "I")),
              description: t(`ground.${value}.description`, sexWords(form.sex ?? "I")),
            }))}
            value={form.ground}
            onChange={(ground) => {
              change({ ground })
            }}
            error={problem("ground")}
          />
        </section>
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
