/** The patient's rights when a circle opens: that they were informed, and on what ground one is in it. */
import { useTranslation } from "react-i18next"
import type { Ground } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { DatePicker } from "../../ui/DateField.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import type { FieldName, OpenCircleForm } from "./openCircleForm.ts"
import { useSexWords } from "./patient.ts"

/** One's own place in a circle is never outside the care team. */
const grounds: readonly Ground[] = ["same_structure", "chosen_by_patient", "formal_team"]

interface RightsPartProps {
  form: OpenCircleForm
  change: (changes: Partial<OpenCircleForm>) => void
  /** What is wrong with a field, in words, once one has tried. */
  problem: (field: FieldName) => string | undefined
}

export function RightsPart({ form, change, problem }: RightsPartProps) {
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
