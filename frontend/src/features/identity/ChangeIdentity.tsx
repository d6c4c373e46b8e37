/** A coordinator changes the identity: the same fields as when a circle opens, and what it costs said before. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { CircleId, PatientIdentity } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { Capture } from "./Capture.tsx"
import {
  formOf,
  identityMistakes,
  isValidated,
  traitsOf,
  type IdentityField,
  type IdentityForm,
} from "./identityForm.ts"
import { IdentityPart, PatientPart } from "./IdentityParts.tsx"

interface ChangeIdentityProps {
  circle: CircleId
  identity: PatientIdentity
  done: () => void
}

const STRICT = ["birthName", "givenNames", "birthDate", "sex", "birthplace"] as const

export function ChangeIdentity({ circle, identity, done }: ChangeIdentityProps) {
  const { t } = useTranslation(["identity", "circles"])
  const cordee = useCordee()
  const today = useToday()
  const act = useAct()
  const before = formOf(identity)
  const [form, setForm] = useState<IdentityForm>(before)
  const [tried, setTried] = useState(false)
  const sameTraits = STRICT.every((trait) => form[trait] === before[trait])
  const mistakes = identityMistakes(form, today, isValidated(before.status) && sameTraits)
  const problem = (field: IdentityField) => {
    const mistake = tried ? mistakes[field] : undefined
    return mistake === undefined ? undefined : t(`circles:open.mistakes.${mistake}`)
  }
  const change = (changes: Partial<IdentityForm>) => {
    const next = { ...form, ...changes }
    const touched = STRICT.some((trait) => next[trait] !== form[trait])
    // Another trait is another look at the document.
    setForm(touched && isValidated(next.status) && changes.document === undefined ? { ...next, document: null } : next)
    act.forget()
  }
  const save = () => {
    setTried(true)
    const traits = traitsOf(form, today)
    if (Object.keys(mistakes).length > 0 || traits === null) return
    act.run(async () => {
      await cordee.patients.change(circle, traits, form.keepsNumber)
      toast(t("change.done"))
      done()
    })
  }
  return (
    <Form
      className="open-circle-form"
      onSubmit={(event) => {
        event.preventDefault()
        save()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <PatientPart form={form} change={change} problem={problem}>
        <Capture form={form} change={setForm} />
      </PatientPart>
      <IdentityPart form={form} change={change} problem={problem} />
      <footer className="open-circle-foot">
        <Problem words={act.problem} />
        <p className="small">{t("change.sentence")}</p>
        <div className="open-circle-buttons">
          <Button type="submit" variant="primary" large isPending={act.running}>
            {act.running ? t("change.running") : t("change.submit")}
          </Button>
          <Button large onPress={done}>
            {t("cancel")}
          </Button>
        </div>
      </footer>
    </Form>
  )
}
