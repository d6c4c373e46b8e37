/** From how much on each rule speaks: numbers within bounds, in words of what they mean. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useQuery, useQueryClient } from "@tanstack/react-query"
import type { Threshold } from "../../core/index.ts"
import fr from "../../locales/fr/findings.json"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { useDesk } from "../trail/desk.ts"

type Named = keyof typeof fr.thresholds.name

export function Thresholds() {
  const { t } = useTranslation("findings")
  const { findings } = useCordee()
  const { id } = useDesk().organisation
  const words = useErrorWords()
  const { data, error } = useQuery({ queryKey: ["thresholds", id], queryFn: () => findings.thresholds(id) })
  return (
    <main className="finding-form" data-region>
      <h2>{t("thresholds.title")}</h2>
      <p className="soft small">{t("thresholds.note")}</p>
      <Problem words={error === null ? null : words(error)} />
      {data && <Form key={id} thresholds={data} />}
    </main>
  )
}

function Form({ thresholds }: { thresholds: readonly Threshold[] }) {
  const { t } = useTranslation("findings")
  const { findings } = useCordee()
  const { id } = useDesk().organisation
  const queries = useQueryClient()
  const act = useAct()
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const valueOf = ({ name, value }: Threshold) => typed[name] ?? String(value)
  const isGood = (each: Threshold) => {
    const value = Number(valueOf(each))
    return /^\d{1,7}$/.test(valueOf(each)) && value >= each.least && value <= each.most
  }
  const save = async () => {
    const changed = thresholds.filter((each) => Number(valueOf(each)) !== each.default)
    await findings.setThresholds(id, Object.fromEntries(changed.map((each) => [each.name, Number(valueOf(each))])))
    await queries.invalidateQueries({ queryKey: ["thresholds", id] })
    setTyped({})
    toast(t("thresholds.done"))
  }
  return (
    <>
      <div className="threshold-fields">
        {thresholds.filter(isNamed).map((each) => (
          <Field
            key={each.name}
            label={t(`thresholds.name.${each.name}`)}
            help={t("thresholds.bounds", { least: each.least, most: each.most, default: each.default })}
            inputMode="numeric"
            value={valueOf(each)}
            onChange={(text) => {
              setTyped({ ...typed, [each.name]: text })
            }}
            error={isGood(each) ? undefined : t("thresholds.number")}
          />
        ))}
      </div>
      <Problem words={act.problem} />
      <div>
        <Button
          variant="primary"
          isPending={act.running}
          isDisabled={!thresholds.every(isGood)}
          onPress={() => {
            act.run(save)
          }}
        >
          {t("thresholds.save")}
        </Button>
      </div>
    </>
  )
}

/** One of a newer server has no words here and stays what it is. */
function isNamed(threshold: Threshold): threshold is Threshold & { readonly name: Named } {
  return threshold.name in fr.thresholds.name
}
