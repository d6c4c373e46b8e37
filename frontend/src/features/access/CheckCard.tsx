/** What this device has checked of a certificate, step by step; what only `verify.py` checks is said. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { CERTIFICATE_STEPS, type CertificateDocument, type CertificateVerdict } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { useCordee } from "../cordee.ts"
import { useDesk } from "../trail/desk.ts"
import "../trail/proof.css"

export function CheckCard({ document }: { document: CertificateDocument }) {
  const { t } = useTranslation("access")
  const { trail } = useCordee()
  const { id } = useDesk().organisation
  const running = useAct()
  const [verdict, setVerdict] = useState<CertificateVerdict | null>(null)
  return (
    <div className="proof-part">
      {verdict === null ? (
        <div className="proof proof-waiting" role="status">
          <p className="proof-head">
            <Icon name="shield" />
            {running.running ? t("check.checking") : t("check.unchecked")}
          </p>
        </div>
      ) : (
        <Verdict verdict={verdict} />
      )}
      <Problem words={running.problem} />
      <div className="proof-acts">
        <Button
          variant="primary"
          icon="shield"
          isPending={running.running}
          onPress={() => {
            running.run(async () => {
              setVerdict(await trail.checkCertificate(id, document))
            })
          }}
        >
          {verdict === null ? t("check.check") : t("check.again")}
        </Button>
      </div>
      <p className="mini faint">{t("check.offline")}</p>
    </div>
  )
}

function Verdict({ verdict: { acts, failed, passed } }: { verdict: CertificateVerdict }) {
  const { t } = useTranslation("access")
  return (
    <div
      className={failed === null ? "proof proof-intact" : "proof proof-broken"}
      role={failed === null ? "status" : "alert"}
    >
      <p className="proof-head">
        <Icon name={failed === null ? "shield" : "cut"} />
        {failed === null ? t("check.intact") : t("check.broken")}
      </p>
      <ol className="proof-steps">
        {CERTIFICATE_STEPS.map((step) => {
          const at = passed.includes(step) ? "passed" : step === failed ? "failed" : "pending"
          return (
            <li key={step} className={`proof-step proof-step-${at}`}>
              <Icon name={at === "passed" ? "check" : at === "failed" ? "cross" : "clock"} small />
              <span>
                {t(`check.steps.${step}`, { count: acts })}
                <span className="unseen">, {t(`check.at.${at}`)}</span>
              </span>
            </li>
          )
        })}
      </ol>
      {failed !== null && <p className="proof-words small">{t("check.do")}</p>}
    </div>
  )
}
