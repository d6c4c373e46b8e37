/** The fields of a patient's identity: the traits of the civil status, and what vouches for them. */
import type { ReactNode } from "react"
import { useTranslation } from "react-i18next"
import { INS_NUMBERS, type IdentityDocument, type IdentityStatus, type Sex } from "../../core/index.ts"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Button } from "../../ui/Button.tsx"
import { DateField } from "../../ui/DateField.tsx"
import { Field } from "../../ui/Field.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { Select } from "../../ui/Select.tsx"
import { isDemo } from "../auth/demo.ts"
import { hasMatricule, withDocument, type IdentityField, type IdentityForm } from "./identityForm.ts"

const sexes: readonly Sex[] = ["F", "M", "I"]
const statuses: readonly IdentityStatus[] = ["provisional", "retrieved", "validated", "qualified"]
const documents: readonly IdentityDocument[] = [
  "identity_card",
  "passport",
  "residence_permit",
  "civil_record",
  "electronic_identity",
]

interface PartProps {
  form: IdentityForm
  change: (changes: Partial<IdentityForm>) => void
  /** What is wrong with a field, in words, once one has tried. */
  problem: (field: IdentityField) => string | undefined
}

export function PatientPart({ form, change, problem, children }: PartProps & { children?: ReactNode }) {
  const { t } = useTranslation("circles")
  return (
    <section className="open-circle-part" aria-labelledby="open-patient">
      <h2 id="open-patient">{t("open.patient")}</h2>
      <p className="small soft">{t("open.patientNote")}</p>
      {children}
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
  const { t } = useTranslation(["circles", "identity"])
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
            change({ status, ...((status === "provisional" || status === "retrieved") && { document: null }) })
          }}
        />
        <Select
          label={t("identity:document.label")}
          placeholder={t("identity:document.none")}
          choices={[
            { value: "none" as const, label: t("identity:document.none") },
            ...documents.map((value) => ({ value, label: t(`identity:document.${value}`) })),
          ]}
          value={form.document ?? "none"}
          onChange={(document) => {
            change(withDocument(form, document === "none" ? null : document))
          }}
          error={problem("document")}
        />
        {form.keepsNumber && (
          <div className="identity-kept">
            <p className="small">{t("identity:kept")}</p>
            <Button
              onPress={() => {
                change({ keepsNumber: false })
              }}
            >
              {t("identity:otherNumber")}
            </Button>
          </div>
        )}
        {hasMatricule(form.status) && !form.keepsNumber && (
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
                { value: INS_NUMBERS.nir, label: t("open.oids.nir") },
                { value: INS_NUMBERS.nia, label: t("open.oids.nia") },
                { value: INS_NUMBERS.test, label: t("open.oids.test") },
                ...(isDemo() ? [{ value: INS_NUMBERS.demo, label: t("open.oids.demo") }] : []),
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
