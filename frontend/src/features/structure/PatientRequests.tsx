/** What a patient asks of the organisation: to know what is kept about them, or that it go. */
import "../circles/openCircle.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { OrganisationId, PatientAnswer, PatientTraits } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { Problem } from "../auth/Problem.tsx"
import { ProveForm } from "../auth/ProveForm.tsx"
import { useAct } from "../act.ts"
import { useProvenAct } from "../auth/provenAct.ts"
import { useCordee } from "../cordee.ts"
import { emptyIdentity, searched } from "../identity/identityForm.ts"
import { PatientPart } from "../identity/IdentityParts.tsx"

export function PatientRequests({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const today = useToday()
  const act = useAct()
  const [form, setForm] = useState(emptyIdentity)
  const [answer, setAnswer] = useState<PatientAnswer | null>(null)
  const [erasing, setErasing] = useState(false)
  const traits = searched(form, today)
  return (
    <>
      <h3>{t("patient.title")}</h3>
      <p className="small soft">{t("patient.note")}</p>
      <PatientPart
        form={form}
        change={(changes) => {
          setForm({ ...form, ...changes })
          setAnswer(null)
        }}
        problem={() => undefined}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button
          variant="primary"
          isDisabled={traits === null}
          isPending={act.running}
          onPress={() => {
            act.run(async () => {
              if (traits !== null) setAnswer(await structure.patientReport(organisation, traits))
            })
          }}
        >
          {t("patient.report")}
        </Button>
        <Button
          variant="danger-outline"
          isDisabled={traits === null}
          onPress={() => {
            setErasing(true)
          }}
        >
          {t("patient.erase")}
        </Button>
        {answer !== null && (
          <Button
            onPress={() => {
              print()
            }}
          >
            {t("patient.print")}
          </Button>
        )}
      </div>
      {answer !== null && (
        <pre className="patient-answer" role="status" lang="fr">
          {answer.text}
        </pre>
      )}
      <Dialog
        title={t("erasure.title")}
        role="alertdialog"
        isOpen={erasing && traits !== null}
        onClose={() => {
          setErasing(false)
        }}
      >
        {traits !== null && (
          <ErasureForm
            organisation={organisation}
            patient={traits}
            onClose={() => {
              setErasing(false)
            }}
            onDone={setAnswer}
          />
        )}
      </Dialog>
    </>
  )
}

interface ErasureFormProps {
  organisation: OrganisationId
  patient: PatientTraits
  onClose: () => void
  onDone: (answer: PatientAnswer) => void
}

function ErasureForm({ organisation, patient, onClose, onDone }: ErasureFormProps) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const act = useProvenAct()
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const said = reason.trim()
  if (act.proving) return <ProveForm withPasskey onClose={act.giveUp} onProven={act.goOn} />
  return (
    <>
      <p>{t("erasure.consequence")}</p>
      <p className="small soft">{t("erasure.limits")}</p>
      <Field
        label={t("erasure.reason")}
        value={reason}
        onChange={setReason}
        maxLength={500}
        error={tried && said === "" ? t("erasure.reasonMissing") : undefined}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button
          variant="danger"
          isPending={act.running}
          onPress={() => {
            setTried(true)
            if (said === "") return
            act.run(async () => {
              onDone(await structure.erasePatient(organisation, patient, said))
              onClose()
            })
          }}
        >
          {t("erasure.submit")}
        </Button>
      </div>
    </>
  )
}
