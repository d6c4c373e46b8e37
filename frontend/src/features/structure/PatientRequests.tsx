/** What a patient asks of the organisation: to know what is kept about them, or that it go. */
import "../circles/openCircle.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { OrganisationId, PatientErasure, PatientReport } from "../../core/index.ts"
import { useToday } from "../../locales/today.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Problem } from "../auth/Problem.tsx"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"
import { save } from "../files/leave.ts"
import { emptyIdentity, searched } from "../identity/identityForm.ts"
import { PatientPart } from "../identity/IdentityParts.tsx"
import { PatientReportView } from "./PatientReportView.tsx"
import { ReasonForm } from "./ReasonForm.tsx"

export function PatientRequests({ organisation }: { organisation: OrganisationId }) {
  const { t } = useTranslation("organisation")
  const { structure } = useCordee()
  const today = useToday()
  const act = useAct()
  const [form, setForm] = useState(emptyIdentity)
  const [report, setReport] = useState<PatientReport | null>(null)
  const [erasure, setErasure] = useState<PatientErasure | null>(null)
  const [erasing, setErasing] = useState(false)
  const traits = searched(form, today)
  const stopErasing = () => {
    setErasing(false)
  }
  return (
    <>
      <h3>{t("patient.title")}</h3>
      <p className="small soft">{t("patient.note")}</p>
      <PatientPart
        form={form}
        change={(changes) => {
          setForm({ ...form, ...changes })
          setReport(null)
          setErasure(null)
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
              if (traits === null) return
              setErasure(null)
              setReport(await structure.patientReport(organisation, traits))
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
        {(report ?? erasure) !== null && (
          <Button
            onPress={() => {
              print()
            }}
          >
            {t("patient.print")}
          </Button>
        )}
        {report !== null && (
          <Button
            icon="download"
            onPress={() => {
              save(new Blob([new Uint8Array(report.pdf)]), t("patient.file"))
            }}
          >
            {t("patient.pdf")}
          </Button>
        )}
      </div>
      <p role="status" className="small soft">
        {report !== null && t("patient.ready", { count: report.circles })}
      </p>
      {report !== null && <PatientReportView report={report} />}
      {erasure !== null && (
        <pre className="patient-answer" role="status" lang="fr">
          {erasure.text}
        </pre>
      )}
      <Dialog title={t("erasure.title")} role="alertdialog" isOpen={erasing && traits !== null} onClose={stopErasing}>
        {traits !== null && (
          <ReasonForm
            consequence={t("erasure.consequence")}
            limits={t("erasure.limits")}
            label={t("erasure.reason")}
            missing={t("erasure.reasonMissing")}
            submit={t("erasure.submit")}
            onClose={stopErasing}
            act={async (reason) => {
              setErasure(await structure.erasePatient(organisation, traits, reason))
              setReport(null)
              stopErasing()
            }}
          />
        )}
      </Dialog>
    </>
  )
}
