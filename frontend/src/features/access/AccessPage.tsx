/**
 * Who was entitled to read: a certificate is asked for of a message or of a circle and a period, read here, checked on this
 * device, and taken along as JSON (the proof) or PDF (for people).
 */
import "./access.css"
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { useSearchParams } from "react-router"
import { asId, type CertificateId, type Pseudonym } from "../../core/index.ts"
import { useErrorWords } from "../../locales/errors.ts"
import { Button } from "../../ui/Button.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { useTitle } from "../shell/title.ts"
import { DeskHeader } from "../trail/TrailLayout.tsx"
import { CertificateList } from "./CertificateList.tsx"
import { CertificateView } from "./CertificateView.tsx"
import { CertifyDialog } from "./CertifyDialog.tsx"
import { useCertificates } from "./useCertificates.ts"

export function AccessPage() {
  const { t } = useTranslation("access")
  useTitle(t("title"))
  const words = useErrorWords()
  const [query, setQuery] = useSearchParams()
  const { again, error, make, rows } = useCertificates()
  const [isAsking, setAsking] = useState(query.has("message") || query.has("circle"))
  const chosen = rows?.find(({ id }) => id === query.get("certificate"))
  const show = (id: CertificateId | null) => {
    setQuery(id === null ? {} : { certificate: id })
  }
  return (
    <div className="desk">
      <DeskHeader
        title={t("title")}
        action={
          <span className="access-ask">
            <Button
              variant="primary"
              onPress={() => {
                setAsking(true)
              }}
            >
              {t("ask")}
            </Button>
          </span>
        }
      />
      <div className={chosen === undefined ? "access" : "access access-chosen"}>
        <aside className="access-list" aria-label={t("list.title")} data-region>
          {error !== null && (
            <Notice role="alert" action={<Button onPress={again}>{t("again")}</Button>}>
              {words(error)}
            </Notice>
          )}
          {rows !== null && <CertificateList rows={rows} chosen={chosen?.id ?? null} onChoose={show} />}
        </aside>
        <main className="access-main" data-region>
          {chosen === undefined ? (
            <Nothing />
          ) : (
            <CertificateView
              key={chosen.id}
              row={chosen}
              onBack={() => {
                show(null)
              }}
            />
          )}
        </main>
      </div>
      <CertifyDialog
        message={query.get("message")}
        circle={query.has("circle") ? asId<Pseudonym>(query.get("circle") ?? "") : null}
        isOpen={isAsking}
        onClose={() => {
          setAsking(false)
          if (chosen === undefined) show(null)
        }}
        make={async (asked, reason) => {
          const made = await make(asked, reason)
          setAsking(false)
          show(made.id)
        }}
      />
    </div>
  )
}

function Nothing() {
  const { t } = useTranslation("access")
  return (
    <div className="access-none">
      <p>
        <b>{t("none.title")}</b>
      </p>
      <p className="small soft">{t("none.what")}</p>
      <p className="small soft">{t("none.where")}</p>
    </div>
  )
}
