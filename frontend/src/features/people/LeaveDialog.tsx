/** Leaving a circle oneself: why, and what follows. The last coordinator hands over first. */
import { useState } from "react"
import { useTranslation } from "react-i18next"
import { Form } from "react-aria-components"
import type { Circle, CircleRow } from "../../core/index.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog } from "../../ui/Dialog.tsx"
import { Field } from "../../ui/Field.tsx"
import { focusFirstMistake } from "../../ui/focusMistake.ts"
import { Notice } from "../../ui/Notice.tsx"
import { toast } from "../../ui/toasts.ts"
import { useAct } from "../act.ts"
import { useCircleWords } from "../circles/circleTitle.ts"

interface LeaveDialogProps {
  circle: Circle
  row: CircleRow
  /** Nobody else coordinates: the circle cannot be left. */
  isLast: boolean
  isOpen: boolean
  onClose: () => void
}

export function LeaveDialog({ isOpen, ...form }: LeaveDialogProps) {
  const { t } = useTranslation("people")
  return (
    <Dialog title={t("leave.title")} role="alertdialog" isOpen={isOpen} onClose={form.onClose}>
      <LeaveForm {...form} />
    </Dialog>
  )
}

function LeaveForm({ circle, row, isLast, onClose }: Omit<LeaveDialogProps, "isOpen">) {
  const { t } = useTranslation("people")
  const act = useAct()
  const { the } = useCircleWords()(row)
  const [reason, setReason] = useState("")
  const [tried, setTried] = useState(false)
  if (isLast) {
    return (
      <>
        <Notice>{t("leave.last")}</Notice>
        <div className="dialog-actions">
          <Button onPress={onClose}>{t("sheet.close")}</Button>
        </div>
      </>
    )
  }

  const said = reason.trim()
  const leave = () => {
    setTried(true)
    if (said === "") return
    act.run(async () => {
      await circle.leave(said)
      onClose()
      toast(t("leave.done"))
    })
  }

  return (
    <Form
      onSubmit={(event) => {
        event.preventDefault()
        leave()
        focusFirstMistake(event.currentTarget)
      }}
    >
      <p>{t("leave.consequence", { circle: the })}</p>
      <Field
        label={t("leave.reason")}
        help={t("leave.reasonHelp")}
        value={reason}
        onChange={setReason}
        maxLength={200}
        error={tried && said === "" ? t("leave.reasonMissing") : undefined}
      />
      {act.problem !== null && (
        <Notice tone="urgent" role="alert">
          {act.problem}
        </Notice>
      )}
      <div className="dialog-actions">
        <Button onPress={onClose}>{t("sheet.close")}</Button>
        <Button type="submit" variant="danger" icon="leave" isPending={act.running}>
          {act.running ? t("leave.running") : t("leave.submit")}
        </Button>
      </div>
    </Form>
  )
}
