/** Break-glass: the consequence stands before the button, and a reason in words before the consequence happens. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import { useNavigate } from "react-router"
import type { PatientTraits } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { Marked } from "../../ui/Marked.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { useAct } from "../act.ts"
import { Problem } from "../auth/Problem.tsx"
import { sentenceName } from "../circles/patient.ts"
import { useCordee } from "../cordee.ts"
import { paths } from "../shell/paths.ts"

interface BreakGlassDialogProps {
  traits: PatientTraits
  isOpen: boolean
  onClose: () => void
}

/** As the server asks (circles/services/break_glass.py). */
const SHORTEST_REASON = 10

export function BreakGlassDialog({ isOpen, ...form }: BreakGlassDialogProps) {
  const { t } = useTranslation("identity")
  return (
    <Dialog title={t("glass.title")} isOpen={isOpen} onClose={form.onClose} role="alertdialog">
      <BreakGlassForm {...form} />
    </Dialog>
  )
}

function BreakGlassForm({ traits, onClose }: Omit<BreakGlassDialogProps, "isOpen">) {
  const { t } = useTranslation("identity")
  const cordee = useCordee()
  const navigate = useNavigate()
  const act = useAct()
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const mistake = reason.trim().length < SHORTEST_REASON ? t("glass.reasonMissing") : undefined
  const name = sentenceName({ family: traits.birth_name, given: traits.given_names })
  const open = () => {
    setTried(true)
    if (mistake !== undefined) return
    act.run(async () => {
      const id = await cordee.patients.breakGlass(traits, reason.trim())
      onClose()
      await navigate(paths.brokenGlass(id))
    })
  }
  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        open()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>
        <Marked text={t("glass.told")} />
      </p>
      <ul className="glass-consequences">
        <li>{t("glass.shows", { name })}</li>
        <li>{t("glass.hides")}</li>
        <li>{t("glass.reviewed")}</li>
      </ul>
      <Field
        label={t("glass.reason")}
        help={t("glass.reasonHelp")}
        value={reason}
        onChange={setReason}
        maxLength={500}
        multiline
        error={tried ? mistake : undefined}
      />
      <Problem words={act.problem} />
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("cancel")}</Button>
        <Button type="submit" variant="danger" isPending={act.running}>
          {act.running ? t("glass.running") : t("glass.submit")}
        </Button>
      </div>
    </Form>
  )
}
