/** How long the organisation keeps what: within what the law allows, in words of what follows. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { OrganisationId, Retention } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"

const PURPOSES = ["archive", "purge", "break_glass", "notices", "access", "security"] as const

interface RetentionFormProps {
  organisation: OrganisationId
  readOnly: boolean
}

export function RetentionForm({ organisation, readOnly }: RetentionFormProps) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const words = useErrorWords()
  const { data, error } = useQuery({
    queryKey: ["retention", organisation],
    queryFn: () => structure.retention(organisation),
  })
  return (
    <>
      <h3>{t("retention.title")}</h3>
      <p className="small soft">{t("retention.note")}</p>
      <Problem words={error === null ? null : words(error)} />
      {data && (readOnly ? <Shown kept={data} /> : <Chosen organisation={organisation} kept={data} />)}
    </>
  )
}

function Shown({ kept }: { kept: Retention }) {
  const { t } = useTranslation("organisation")
  return (
    <ul className="small">
      {PURPOSES.map((purpose) => (
        <li key={purpose}>{t(`retention.kept.${purpose}`, { count: kept[purpose] })}</li>
      ))}
    </ul>
  )
}

function Chosen({ organisation, kept }: { organisation: OrganisationId; kept: Retention }) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const queries = useQueryClient()
  const act = useAct()
  const [typed, setTyped] = useState<Partial<Record<keyof Retention, string>>>({})
  const value = (purpose: keyof Retention) => typed[purpose] ?? String(kept[purpose])
  const isNumber = (purpose: keyof Retention) => /^\d{1,4}$/.test(value(purpose))
  const save = async () => {
    const chosen = Object.fromEntries(PURPOSES.map((each) => [each, Number(value(each))])) as Record<
      keyof Retention,
      number
    >
    await structure.setRetention(organisation, chosen)
    await queries.invalidateQueries({ queryKey: ["retention", organisation] })
    setTyped({})
    toast(t("retention.done"))
  }
  return (
    <>
      <div className="retention-fields">
        {PURPOSES.map((purpose) => (
          <Field
            key={purpose}
            label={t(`retention.label.${purpose}`)}
            help={t(`retention.help.${purpose}`)}
            inputMode="numeric"
            value={value(purpose)}
            onChange={(text) => {
              setTyped({ ...typed, [purpose]: text })
            }}
            error={isNumber(purpose) ? undefined : t("retention.number")}
          />
        ))}
      </div>
      <Problem words={act.problem} />
      <div>
        <Button
          variant="primary"
          isPending={act.running}
          isDisabled={!PURPOSES.every(isNumber)}
          onPress={() => {
            act.run(save)
          }}
        >
          {t("save")}
        </Button>
      </div>
    </>
  )
}
