/** Before a second circle is opened for one patient: mine to open, somebody else's to ask for, or names to compare. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import type { PatientTraits } from "../../core/index.ts"
import { Button, LinkButton } from "../../ui/Button.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { Notice } from "../../ui/Notice.tsx"
import { listName, sentenceName } from "../circles/patient.ts"
import { paths } from "../shell/paths.ts"
import { AskDialog } from "./AskDialog.tsx"
import { BreakGlassDialog } from "./BreakGlassDialog.tsx"
import type { Known } from "./useKnown.ts"

interface KnownNoticeProps {
  traits: PatientTraits
  known: Known
}

export function KnownNotice({ traits, known: { answer, near } }: KnownNoticeProps) {
  const { t, i18n } = useTranslation("identity")
  const [open, setOpen] = useState<"ask" | "glass" | null>(null)
  const name = sentenceName({ family: traits.birth_name, given: traits.given_names })
  const close = () => {
    setOpen(null)
  }
  if (answer?.circle) {
    return (
      <Notice
        icon="circles"
        role="status"
        action={<LinkButton href={paths.circle(answer.circle)}>{t("known.openMine")}</LinkButton>}
      >
        <Marked text={t("known.mine", { name })} />
      </Notice>
    )
  }
  return (
    <>
      {answer?.exists && (
        <Notice icon="circles" role="status">
          <p>
            <Marked text={t("known.elsewhere", { name })} />
          </p>
          <p className="small">{t("known.elsewhereTodo")}</p>
          <div className="known-actions">
            <Button
              variant="primary"
              onPress={() => {
                setOpen("ask")
              }}
            >
              {t("ask.open")}
            </Button>
            <Button
              variant="danger-outline"
              icon="phone"
              onPress={() => {
                setOpen("glass")
              }}
            >
              {t("glass.open")}
            </Button>
          </div>
        </Notice>
      )}
      {near.length > 0 && (
        <Notice role="status">
          {t("known.near", { names: new Intl.ListFormat(i18n.language).format(near.map(listName)) })}
        </Notice>
      )}
      <AskDialog traits={traits} isOpen={open === "ask"} onClose={close} />
      <BreakGlassDialog traits={traits} isOpen={open === "glass"} onClose={close} />
    </>
  )
}
