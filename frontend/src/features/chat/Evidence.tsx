/** The evidence of a refusal: to be looked at, and saved for whoever must judge it. */
import { useTranslation } from "react-i18next"
import { Button as AriaButton, Disclosure, DisclosurePanel } from "react-aria-components"
import type { Refusal } from "../../core/index.ts"
import { useDates } from "../../locales/dates.ts"
import { Button } from "../../ui/Button.tsx"
import { Icon } from "../../ui/Icon.tsx"

/** As much as tells two pieces of evidence apart by eye. */
const SHOWN_CHARACTERS = 64

export function Evidence({ refusal }: { refusal: Refusal }) {
  const { t } = useTranslation("chat")
  const dates = useDates()
  return (
    <Disclosure className="evidence">
      <div className="evidence-buttons">
        <Button
          variant="danger"
          onPress={() => {
            save(refusal)
          }}
        >
          {t("evidence.save")}
        </Button>
        <AriaButton slot="trigger" className="button button-plain evidence-trigger">
          {t("evidence.show")}
          <Icon name="down" small />
        </AriaButton>
      </div>
      <DisclosurePanel>
        <dl className="facts evidence-facts">
          <dt>{t("evidence.when")}</dt>
          <dd>
            {dates.numeric(refusal.at)} {dates.hour(refusal.at)}
          </dd>
          <dt>{t("evidence.check")}</dt>
          <dd className="code">{refusal.detail === "" ? refusal.code : `${refusal.code}: ${refusal.detail}`}</dd>
          {refusal.seq !== null && (
            <>
              <dt>{t("evidence.place")}</dt>
              <dd className="code">{refusal.seq}</dd>
            </>
          )}
          <dt>{t("evidence.bytes")}</dt>
          <dd className="code">
            {refusal.evidence.slice(0, SHOWN_CHARACTERS)}
            {refusal.evidence.length > SHOWN_CHARACTERS && "…"}
          </dd>
        </dl>
      </DisclosurePanel>
    </Disclosure>
  )
}

function save(refusal: Refusal): void {
  const url = URL.createObjectURL(new Blob([JSON.stringify(refusal, null, 2)], { type: "application/json" }))
  const link = document.createElement("a")
  link.href = url
  link.download = `cordee-${refusal.code}-${refusal.at.slice(0, 19).replaceAll(":", "-")}.json`
  link.click()
  URL.revokeObjectURL(url)
}
