/** When I am away and who stands in. Naming somebody gives them no right: it is shown, and reminders go to them. */
import { useTranslation } from "react-i18next"
import { useQuery } from "@tanstack/react-query"
import { asId, type UserId } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { DatePicker } from "../../ui/DateField.tsx"
import { Select } from "../../ui/Select.tsx"
import { useCordee } from "../cordee.ts"
import { fullName } from "../directory/professional.ts"

export interface AbsenceTyped {
  readonly starts: string | null
  readonly ends: string | null
  readonly replacement: { readonly user: UserId; readonly name: string } | null
}

interface AbsenceFieldsProps {
  value: AbsenceTyped | null
  onChange: (value: AbsenceTyped | null) => void
}

export function AbsenceFields({ value, onChange }: AbsenceFieldsProps) {
  const { t } = useTranslation("network")
  const today = useToday()
  return (
    <section className="card" aria-labelledby="own-absence">
      <h2 id="own-absence">{t("own.absence")}</h2>
      {value === null ? (
        <>
          <p className="small soft">{t("own.present")}</p>
          <div>
            <Button
              icon="calendar"
              onPress={() => {
                onChange({ starts: today, ends: null, replacement: null })
              }}
            >
              {t("own.plan")}
            </Button>
          </div>
        </>
      ) : (
        <Fields value={value} onChange={onChange} />
      )}
    </section>
  )
}

const NOBODY = "nobody"

function Fields({ value, onChange }: { value: AbsenceTyped; onChange: AbsenceFieldsProps["onChange"] }) {
  const { t } = useTranslation("network")
  const { network } = useCordee()
  const today = useToday()
  const { data } = useQuery({ queryKey: ["network", "contacts"], queryFn: network.contacts })
  const labels = { previous: t("own.previousMonth"), next: t("own.nextMonth") }
  const known = (data?.contacts ?? [])
    .filter(({ state }) => state === "accepted")
    .map((contact) => ({ user: contact.user, name: fullName(contact) }))
  const { ends, replacement, starts } = value
  // Whoever was named stays a choice, also when they are no contact any more.
  const others =
    replacement === null || known.some(({ user }) => user === replacement.user) ? known : [replacement, ...known]
  return (
    <>
      <div className="network-pair">
        <DatePicker
          label={t("own.starts")}
          value={starts}
          onChange={(day) => {
            onChange({ ...value, starts: day })
          }}
          labels={labels}
        />
        <DatePicker
          label={t("own.ends")}
          value={ends}
          min={starts !== null && starts > today ? starts : today}
          onChange={(day) => {
            onChange({ ...value, ends: day })
          }}
          labels={labels}
        />
      </div>
      <Select
        label={t("own.replacement")}
        value={replacement?.user ?? NOBODY}
        choices={[
          { value: NOBODY, label: t("own.noReplacement") },
          ...others.map(({ name, user }) => ({ value: user, label: name })),
        ]}
        onChange={(chosen) => {
          const person = others.find(({ user }) => user === (chosen === NOBODY ? null : asId<UserId>(chosen)))
          onChange({ ...value, replacement: person ?? null })
        }}
      />
      <p className="small soft">{t("own.replacementNote")}</p>
      <div>
        <Button
          icon="cross"
          onPress={() => {
            onChange(null)
          }}
        >
          {t("own.noAbsence")}
        </Button>
      </div>
    </>
  )
}
