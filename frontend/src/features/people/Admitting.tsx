/**
 * A coordinator makes sure of somebody's new keys before signing for them in the circle. Without an attestation, and for
 * every identity that was reset, the digits are compared first: the server alone has said whose keys these are.
 */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Waiting } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Checkboxes } from "../../ui/Checkboxes.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { SafetyNumberView } from "./SafetyNumberView.tsx"

interface AdmittingProps {
  person: Waiting
  name: string
  isReset: boolean
  confirm: () => Promise<void>
  onClose: () => void
}

export function Admitting({ person, name, isReset, confirm, onClose }: AdmittingProps) {
  const { t } = useTranslation("people")
  const act = useAct()
  const [isSame, setIsSame] = useState(person.safety.compared)
  const [tried, setTried] = useState(false)
  const mustCompare = isReset || !person.attested

  const submit = () => {
    setTried(true)
    if (mustCompare && !isSame) return
    act.run(async () => {
      await confirm()
      onClose()
      toast(t(isReset ? "waiting.resetDone" : "waiting.admitted", { name }))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      {person.attested && <Notice tone="sure" icon="check">{t("waiting.attested")}</Notice>}
      {isReset ? (
        <p>{t("waiting.resetWhy", { name })}</p>
      ) : (
        !person.attested && <p>{t("waiting.notAttested", { name })}</p>
      )}
      <SafetyNumberView digits={person.safety.digits} qr={person.safety.qr} />
      {mustCompare && (
        <Checkboxes
          label={t("waiting.comparison")}
          boxes={[{ value: "same", label: t("waiting.compared", { name }) }]}
          values={isSame ? ["same"] : []}
          onChange={(ticked) => {
            setIsSame(ticked.length > 0)
          }}
        />
      )}
      {tried && mustCompare && !isSame && (
        <Notice tone="urgent" role="alert">
          {t("waiting.comparedMissing", { name })}
        </Notice>
      )}
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("waiting.later")}</Button>
        <Button type="submit" variant="primary" icon="key" isPending={act.running}>
          {act.running ? t("waiting.running") : t(isReset ? "waiting.confirmReset" : "waiting.admit")}
        </Button>
      </div>
    </Form>
  )
}
