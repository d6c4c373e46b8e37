/** What is typed to open a circle: the patient's identity, that they were informed, one's own ground. Pure. */
import type { Ground, OpenCircle } from "../../core/index.ts"
import {
  dateMistake,
  emptyIdentity,
  identityMistakes,
  traitsOf,
  withoutNothing,
  type IdentityField,
  type IdentityForm,
  type Mistake,
} from "../identity/identityForm.ts"

export interface OpenCircleForm extends IdentityForm {
  readonly informedOn: string | null
  readonly ground: Ground | null
}

export const emptyForm: OpenCircleForm = { ...emptyIdentity, informedOn: null, ground: null }

export type FieldName = IdentityField | "informedOn" | "ground"

export type Mistakes = Partial<Record<FieldName, Mistake>>

export function mistakesIn(form: OpenCircleForm, today: string): Mistakes {
  const rights = withoutNothing({
    informedOn: dateMistake(form.informedOn, today),
    ground: form.ground === null ? "missing" : undefined,
  })
  return { ...identityMistakes(form, today), ...rights }
}

/** `null` while something is missing or wrong. */
export function circleOf(form: OpenCircleForm, today: string): OpenCircle | null {
  const { informedOn, ground } = form
  const patient = Object.keys(mistakesIn(form, today)).length > 0 ? null : traitsOf(form, today)
  if (patient === null || informedOn === null || ground === null) return null
  return { patient, informedOn, ground }
}
