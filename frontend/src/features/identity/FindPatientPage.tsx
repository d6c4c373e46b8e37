/** Is there a circle for this patient? What one learns is that there is one; to come in, one asks. */
import "../circles/openCircle.css"
import "./identity.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useToday } from "../../locales/today.ts"
import { IconButton, LinkButton } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { sentenceName } from "../circles/patient.ts"
import { paths } from "../shell/paths.ts"
import { useTitle } from "../shell/title.ts"
import { Capture } from "./Capture.tsx"
import { emptyIdentity, searched } from "./identityForm.ts"
import { PatientPart } from "./IdentityParts.tsx"
import { KnownNotice } from "./KnownNotice.tsx"
import { useKnown } from "./useKnown.ts"

export function FindPatientPage() {
  const { t } = useTranslation("identity")
  const today = useToday()
  const [form, setForm] = useState(emptyIdentity)
  const traits = searched(form, today)
  const known = useKnown(traits)
  useTitle(t("find.title"))
  return (
    <main className="screen open-circle">
      <header className="open-circle-head">
        <h1>{t("find.title")}</h1>
        <IconButton href={paths.circles} icon="cross" label={t("find.close")} />
      </header>
      <div className="open-circle-form">
        <p className="find-note">{t("find.note")}</p>
        <PatientPart
          form={form}
          change={(changes) => {
            setForm({ ...form, ...changes })
          }}
          problem={() => undefined}
        >
          <Capture form={form} change={setForm} />
        </PatientPart>
        <section className="find-answer" aria-live="polite" aria-label={t("find.answer")}>
          {traits === null && <p className="small soft">{t("find.incomplete")}</p>}
          {traits !== null && known.answer === null && <p role="status">{t("find.asking")}</p>}
          {traits !== null && <KnownNotice traits={traits} known={known} />}
          {traits !== null && known.answer?.exists === false && (
            <Notice
              tone="neutral"
              icon="circles"
              role="status"
              action={<LinkButton href={paths.openCircle}>{t("find.openOne")}</LinkButton>}
            >
              {t("find.none", { name: sentenceName({ family: traits.birth_name, given: traits.given_names }) })}
            </Notice>
          )}
        </section>
      </div>
    </main>
  )
}
