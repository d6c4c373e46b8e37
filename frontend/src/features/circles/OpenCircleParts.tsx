/** The three parts of the form that opens a circle: the patient, their health identity, their rights. */
import { useTranslation } from "react-i18next"
import type { Ground, IdentityStatus, Sex } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { DateField, DatePicker } from "../../ui/DateField.tsx"
import { Field } from "../../ui/Field.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { Select } from "../../ui/Select.tsx"
import { isDemo } from "../auth/demo.ts"
import { hasMatricule, oids, type FieldName, type OpenCircleForm } from "./openCircleForm.ts"
import { useSexWords } from "./patient.ts"

const sexes: readonly Sex[] = ["F", "M", "I"]
const statuses: readonly IdentityStatus[] = ["provisional", "retrieved", "validated", "qualified"]
/** One's own place in a circle is never outside the care team. */
const grounds: readonly Ground[] = ["same_structure", "chosen_by_patient", "formal_team"]

interface PartProps {
  form: OpenCircleForm
  change: (changes: Partial<OpenCircleForm>) => void
  /** What is wrong with a field, in words, once one has tried. */
  problem: (field: FieldName) => string | undefined
}

export function PatientPart({ form, change, problem }: PartProps) {
  const { t } = useTranslation("circles")
  return (
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
  )
}

export function IdentityPart({ form, change, problem }: PartProps) {
  const { t } = useTranslation("circles")
  return (
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
  )
}

export function RightsPart({ form, change, problem }: PartProps) {
  const { t } = useTranslation("circles")
  const today = useToday()
  const sexWords = useSexWords()(form.sex ?? "I")
  return (
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
          label: t(`ground.${value}.label`, sexWords),
          description: t(`ground.${value}.description`, sexWords),
        }))}
        value={form.ground}
        onChange={(ground) => {
          change({ ground })
        }}
        error={problem("ground")}
      />
    </section>
  )
}
