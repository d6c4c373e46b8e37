/** An act that asks why, and asks again who does it: what follows first, then the reason. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { Problem } from "../auth/Problem.tsx"
import { ProveForm } from "../auth/ProveForm.tsx"
import { useProvenAct } from "../auth/provenAct.ts"

interface ReasonFormProps {
  consequence: string
  /** What does not follow, or not at once. */
  limits: string
  label: string
  help?: string
  missing: string
  submit: string
  act: (reason: string) => Promise<void>
  onClose: () => void
}

export function ReasonForm({ consequence, limits, label, help, missing, submit, act, onClose }: ReasonFormProps) {
  const { t } = useTranslation("organisation")
  const proven = useProvenAct()
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const said = reason.trim()
  if (proven.proving) return <ProveForm withPasskey onClose={proven.giveUp} onProven={proven.goOn} />
  return (
    <>
      <p>{consequence}</p>
      <p className="small soft">{limits}</p>
      <Field
        label={label}
        help={help}
        value={reason}
        onChange={setReason}
        maxLength={500}
        error={tried && said === "" ? missing : undefined}
      />
      <Problem words={proven.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          variant="danger"
          isPending={proven.running}
          onPress={() => {
            setTried(true)
            if (said !== "") proven.run(() => act(said))
          }}
        >
          {submit}
        </Button>
      </div>
    </>
  )
}
