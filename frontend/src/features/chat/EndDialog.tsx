/** Ending someone's place in a circle: why, in the words that the law knows, and what follows from it. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Circle, CircleRow, EndCode, UserId } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { RadioCards } from "../../ui/RadioCards.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCircleWords } from "../circles/circleTitle.ts"
import { sexOf, useSexWords } from "../circles/patient.ts"

export interface Ending {
  readonly user: UserId
  readonly name: string
  /** An invitation without an answer, not yet a member. */
  readonly pending: boolean
}

interface EndDialogProps {
  circle: Circle
  row: CircleRow
  ending: Ending | null
  onClose: () => void
}

/** What a coordinator decides. What the patient asked for is recorded on the card (`places/MemberWishes.tsx`). */
const codes = ["removed", "left"] as const satisfies readonly EndCode[]
/** Of those, the patient's own words. */
const byPatient: readonly EndCode[] = ["withdrawn", "opposition"]

export function EndDialog({ circle, row, ending, onClose }: EndDialogProps) {
  const { t } = useTranslation("chat")
  return (
    <Dialog
      title={ending === null ? "" : t(ending.pending ? "end.titlePending" : "end.title", { name: ending.name })}
      role="alertdialog"
      isOpen={ending !== null}
      onClose={onClose}
    >
      {ending && <EndForm circle={circle} row={row} ending={ending} onClose={onClose} />}
    </Dialog>
  )
}

function EndForm({ circle, row, ending, onClose }: EndDialogProps & { ending: Ending }) {
  const { t } = useTranslation("chat")
  const act = useAct()
  const sexWords = useSexWords()(sexOf(row.patient))
  const { the } = useCircleWords()(row)
  const [code, setCode] = useState<(typeof codes)[number] | null>(null)
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  const reasonMissing = code === "removed" && reason.trim() === ""

  const end = () => {
    setTried(true)
    if (code === null || reasonMissing) return
    act.run(async () => {
      await circle.end(ending.user, code, reason.trim())
      onClose()
      toast(t("end.done", { name: ending.name }))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        end()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>{t(ending.pending ? "end.consequencePending" : "end.consequence", { circle: the })}</p>
      <RadioCards
        label={t("end.why")}
        cards={codes
          .filter((value) => row.patient !== null || !byPatient.includes(value))
          .map((value) => ({ value, label: t(`end.code.${value}`, sexWords) }))}
        value={code}
        onChange={setCode}
        error={tried && code === null ? t("end.whyMissing") : undefined}
      />
      <Field
        label={t(code === "removed" ? "end.reason" : "end.reasonOptional")}
        help={t("end.reasonHelp")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        error={tried && reasonMissing ? t("end.reasonMissing") : undefined}
      />
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("end.cancel")}</Button>
        <Button type="submit" variant="danger" isPending={act.running}>
          {act.running ? t("end.running") : t(ending.pending ? "end.submitPending" : "end.submit")}
        </Button>
      </div>
    </Form>
  )
}
