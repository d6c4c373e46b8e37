/** Saying no to an invitation: a reason that the coordinators see, and words that only the log keeps. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { DeclineCode, Invitation } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Field } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCordee } from "../cordee.ts"

const reasons = [
  "not_concerned",
  "unavailable",
  "not_known",
  "wrong_person",
  "other",
] as const satisfies readonly DeclineCode[]
/** As the server takes it. */
const LONGEST_TEXT = 500

interface DeclineFormProps {
  invitation: Invitation
  onBack: () => void
  onDone: () => void
}

export function DeclineForm({ invitation, onBack, onDone }: DeclineFormProps) {
  const { t } = useTranslation(["invitations", "circles"])
  const cordee = useCordee()
  const act = useAct()
  const [because, setBecause] = useState<DeclineCode | null>(null)
  const [text, setText] = useState("")
  const [tried, setTried] = useState(false)

  const decline = () => {
    setTried(true)
    if (because === null) return
    act.run(async () => {
      await cordee.decline(invitation.id, because, text.trim())
      onDone()
      toast(t("circles:invitation.declined"))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        decline()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <RadioCards
        label={t("decline.title")}
        cards={reasons.map((value) => ({ value, label: t(`decline.because.${value}`) }))}
        value={because}
        onChange={setBecause}
        error={tried && because === null ? t("decline.missing") : undefined}
      />
      <Field
        label={t("decline.text")}
        help={t("decline.textHelp")}
        value={text}
        onChange={setText}
        maxLength={LONGEST_TEXT}
      />
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button isDisabled={act.running} onPress={onBack}>
          {t("decline.back")}
        </Button>
        <Button type="submit" variant="danger" isPending={act.running}>
          {act.running ? t("decline.running") : t("decline.submit")}
        </Button>
      </div>
    </Form>
  )
}
